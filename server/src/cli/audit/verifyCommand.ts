import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ChainState } from "../../store/audit/verifyChain.ts";
import { rateProgress } from "../backup/rateProgress.ts";
import { callersFolder } from "../checkoutRoot.ts";
import { ConfigurationFault } from "../configuration.ts";
import type { VerifyFlags } from "./auditCommands.ts";
import { checkpointKeyName, publicPart, readCheckpoint, type CheckpointHub } from "./checkpoint.ts";
import type { Trail } from "./openTrail.ts";
import { withTrail } from "./trailOf.ts";
import { verifyExport, verifyTrail, type Verified } from "./verifyTrail.ts";

/** Checks trails, or an export of them, and says what was found; ends the process with 1 for a fault. */
export async function verifyCommand(file: string | undefined, flags: VerifyFlags): Promise<void> {
  const verified = file === undefined ? await withTrail(flags, (trail) => verifyStored(trail, flags)) : await verifyFile(file, flags);
  for (const line of linesOf(verified)) console.log(line);
  process.exitCode = verified.faults.length === 0 ? 0 : 1;
}

async function verifyStored(trail: Trail, flags: VerifyFlags): Promise<Verified> {
  requireHub(trail, flags.hub);
  const points = await pointsOf(flags, () => trail.value(checkpointKeyName));
  const progress = rateProgress("verifying", { unit: "rows" });
  return verifyTrail(trail, { points, hub: flags.hub, progress: (done) => progress(done, trail.total) });
}

async function verifyFile(file: string, flags: VerifyFlags): Promise<Verified> {
  const points = await pointsOf(flags, async () => undefined);
  return verifyExport(pathOf(file), { points, hub: flags.hub, isPart: flags.part === true });
}

/** Throws for a hub that is not there. */
export function requireHub(trail: Trail, hub: string | undefined): void {
  if (hub !== undefined && !trail.hubs.some(({ id }) => id === hub)) throw new ConfigurationFault(`There is no hub ${hub}. secgraph hub list shows them.`);
}

async function pointsOf({ checkpoint, key, hub }: VerifyFlags, kept: () => Promise<string | undefined>): Promise<readonly CheckpointHub[]> {
  if (checkpoint === undefined) return [];
  const text = key === undefined ? await kept() : readText(key);
  if (text === undefined) throw new ConfigurationFault("The checkpoint's key is needed: --key <file> with what secgraph audit key prints.");
  const known = publicKeyOf(text, key);
  const lines = readText(checkpoint)
    .split("\n")
    .filter((one) => one.trim() !== "");
  // What was emptied would be held against nothing, and all would look well.
  if (lines.length === 0) throw new ConfigurationFault(`${checkpoint} holds no checkpoint.`);
  const points: CheckpointHub[] = [];
  for (const line of lines) points.push(...(await readCheckpoint(line.trim(), known)).hubs);
  const meant = points.filter(({ hub: id }) => hub === undefined || id === hub);
  if (hub !== undefined && meant.length === 0) throw new ConfigurationFault(`${checkpoint} holds no checkpoint of the hub ${hub}.`);
  return meant;
}

function publicKeyOf(text: string, file = "the data's key"): string {
  try {
    return publicPart(text);
  } catch {
    throw new ConfigurationFault(`${file} holds no key; expected what secgraph audit key prints.`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(pathOf(file), "utf8");
  } catch (error) {
    throw new ConfigurationFault(`${file} cannot be read: ${(error as Error).message}.`);
  }
}

function pathOf(file: string): string {
  return resolve(callersFolder(), file);
}

function* linesOf({ chains, unchained, faults }: Verified): Generator<string> {
  const faulty = new Set(faults.map(({ hub }) => hub));
  for (const chain of chains) if (!faulty.has(chain.hub)) yield lineOf(chain, unchained.get(chain.hub) ?? 0);
  for (const [hub, count] of unchained)
    if (!chains.some((chain) => chain.hub === hub)) yield `${hub}  ${count} records from before there were chains: nothing can be told of them`;
  for (const { hub, kind, number, detail } of faults) yield `${hub}  record ${number}: ${kind}: ${detail}`;
  if (chains.length + faults.length + unchained.size === 0) yield "There are no records.";
}

function lineOf({ hub, first, last, count, erased, at, seal }: ChainState, older: number): string {
  const range = count === 1 ? `record ${first} is` : `records ${first} to ${last} are`;
  const before = older === 0 ? "" : `; the ${older} before them are from before there were chains`;
  const gone = erased === 0 ? "" : `; of ${erased} the details were erased`;
  return `${hub}  ${range} whole, the last of ${at}, seal ${seal}${before}${gone}`;
}
