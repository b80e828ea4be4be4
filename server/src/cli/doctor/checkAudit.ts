import { existsSync } from "node:fs";
import { openTrail } from "../audit/openTrail.ts";
import { verifyEnds } from "../audit/verifyTrail.ts";
import type { Configuration } from "../configuration.ts";
import { dataFile } from "../openStore.ts";
import { servedModel } from "../servedModel.ts";
import { databasePlace, filePlace } from "../transfer/place.ts";
import { fail, ok, type Finding } from "./finding.ts";

/** What is looked at in passing; `secgraph audit verify` looks at all. */
const most = { hubs: 100, records: 1000 };

/** The audit trails are chains whose ends are whole. */
export async function checkAudit({ data, databaseUrl }: Configuration): Promise<readonly Finding[]> {
  if (databaseUrl === undefined && !existsSync(dataFile(data))) return [ok("audit", "There are no trails yet.")];
  const trail = await openTrail(databaseUrl === undefined ? filePlace(data) : databasePlace(databaseUrl, "DATABASE_URL"), servedModel({}));
  try {
    const { chains, faults } = await verifyEnds(trail, most);
    const records = chains.reduce((sum, { count }) => sum + count, 0);
    if (faults.length === 0) return [ok("audit", `The last ${records} records of ${chains.length} audit trails are whole.`)];
    const [{ hub, number, kind, detail }] = faults as [(typeof faults)[number]];
    return [
      fail(
        "audit",
        `In the trail of ${hub} record ${number} is ${kind}: ${detail}.`,
        "Run secgraph audit verify, and compare with a backup: somebody changed the data.",
      ),
    ];
  } finally {
    await trail.close();
  }
}
