import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model } from "../edm/model.ts";
import { createModel } from "../edm/createModel.ts";
import { securityGraph } from "../graph/securityGraph.ts";
import { connectionProblem } from "../store/postgres/connectionProblem.ts";
import { inspectDatabase, type DatabaseFacts } from "../store/postgres/inspectDatabase.ts";
import { prepareDatabase as bringForward } from "../store/postgres/prepareDatabase.ts";
import { openSession } from "../store/postgres/session.ts";
import { schemaOf } from "../store/schema.ts";
import type { StoreEvents } from "../store/store.ts";
import type { Configuration } from "./configuration.ts";
import { refusing } from "./refusing.ts";
import { requireDatabase } from "./requireDatabase.ts";
import { seedDemoStore } from "./seedDemoStore.ts";
import { showProgress } from "./showProgress.ts";
import { databasePlace, filePlace } from "./transfer/place.ts";
import { transferData } from "./transfer/transferData.ts";

/** Which database, and whether it gets demo data when it is new. */
interface Preparing extends Pick<Configuration, "databaseOwnerUrl" | "seed"> {
  readonly databaseUrl: string;
  readonly model: Model;
}

/** Looks a database over, fills a new one with the demo where that is wanted, and brings its tables to this program. Throws a ConfigurationFault of one line, before anything is touched. */
export async function prepareDatabase({ databaseUrl: url, databaseOwnerUrl: ownerUrl = url, seed, model }: Preparing, events: StoreEvents): Promise<void> {
  const schema = schemaOf(model);
  const look = (): Promise<DatabaseFacts> => requireDatabase({ databaseUrl: url, databaseOwnerUrl: ownerUrl }, schema);
  const fill = async (): Promise<void> => {
    const { filling } = await inspectDatabase(ownerUrl);
    const isNew = filling === "demo" || (await look()).recorded === undefined;
    if (isNew) await fillDemo(ownerUrl);
  };
  await refusing<unknown>(() => (seed === true ? alone(ownerUrl, fill) : look()));
  await refusing(() => bringForward({ url, ownerUrl, schema, events }));
}

/** Of servers that start at once on a new database one fills it, and the others wait for that. */
async function alone(url: string, work: () => Promise<void>): Promise<void> {
  const session = await openSession(url).catch((error: unknown) => {
    throw connectionProblem(error, url);
  });
  try {
    await session.transaction(async () => {
      await session.rows("SELECT pg_advisory_xact_lock(7305808868236254825), set_config('idle_in_transaction_session_timeout', '0', true)");
      await work();
    });
  } finally {
    await session.end();
  }
}

/** The demo is made in a file and carried over. What an interrupted start left half filled nobody serves, and the next start fills it anew. */
async function fillDemo(ownerUrl: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-demo-"));
  try {
    const from = filePlace(join(folder, "demo.sqlite"));
    await seedDemoStore(from.file, createModel(securityGraph), showProgress("secgraph fills the demo hub"));
    await transferData({ from, to: databasePlace(ownerUrl, "DATABASE_URL"), filling: "demo", progress: () => () => undefined });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
