import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import { readInstant } from "../../base/instant.ts";
import { parseStored } from "../../base/parseJson.ts";
import { rateProgress } from "../backup/rateProgress.ts";
import { callersFolder } from "../checkoutRoot.ts";
import { ConfigurationFault } from "../configuration.ts";
import type { ExportFlags } from "./auditCommands.ts";
import { ocsfEvent } from "./ocsfEvent.ts";
import type { Trail, TrailRow } from "./openTrail.ts";
import { withTrail } from "./trailOf.ts";
import { requireHub } from "./verifyCommand.ts";

interface Since {
  readonly number: number;
  readonly instant: string;
}

/** A record as a line. */
type Print = (row: TrailRow & { readonly body: string }) => string;

const formats: Readonly<Record<string, Print>> = {
  ndjson: ({ body, seal }) => `${body.slice(0, -1)},"seal":${JSON.stringify(seal)}}`,
  ocsf: ({ body, seal }) => JSON.stringify(ocsfEvent({ ...parseStored(body), seal })),
};

/** Writes the records of the trails, oldest first; no more than a portion of them is held at a time. */
export async function exportCommand(flags: ExportFlags): Promise<void> {
  const print = formats[flags.format];
  if (print === undefined) throw new ConfigurationFault(`--format is '${flags.format}'; expected ndjson or ocsf.`);
  const since = sinceOf(flags.since);
  const out = flags.to === undefined ? process.stdout : createWriteStream(resolve(callersFolder(), flags.to), { flags: "wx", mode: 0o600 });
  await withTrail(flags, async (trail) => {
    requireHub(trail, flags.hub);
    const progress = flags.to === undefined ? () => undefined : rateProgress("exporting", { unit: "rows" });
    let done = 0;
    for await (const row of rowsOf(trail, flags.hub, since)) {
      progress((done += 1), trail.total);
      if (isWanted(row, since) && !out.write(`${print(row)}\n`)) await once(out, "drain");
    }
    progress(trail.total, trail.total);
  });
  if (out === process.stdout) return;
  out.end();
  await finished(out);
}

function rowsOf(trail: Trail, hub: string | undefined, { number }: Since): AsyncGenerator<TrailRow> {
  const only = trail.hubs.find(({ id }) => id === hub);
  return only === undefined ? trail.rows() : trail.rows(only, number);
}

function isWanted(row: TrailRow, { number, instant }: Since): row is TrailRow & { readonly body: string } {
  return row.body !== null && row.number > number && (row.repeated["createdDateTime"] ?? "") >= instant;
}

function sinceOf(text: string | undefined): Since {
  if (text === undefined) return { number: 0, instant: "" };
  if (/^\d{1,15}$/.test(text)) return { number: Number(text), instant: "" };
  const instant = readInstant(text);
  if (instant === undefined) throw new ConfigurationFault(`--since is '${text}'; expected the number of a record, or an instant such as 2026-11-22T06:00:00Z.`);
  return { number: 0, instant };
}
