import { instantOf } from "../../base/instant.ts";
import { mentions } from "../../store/audit/eraseDetails.ts";
import type { StoreSystem } from "../../store/store.ts";
import { ConfigurationFault } from "../configuration.ts";
import { lockDataFolder } from "../dataFolder.ts";
import { onSystem } from "../onSystem.ts";
import type { DataPlace } from "../transfer/place.ts";
import type { EraseFlags } from "./auditCommands.ts";
import type { Trail } from "./openTrail.ts";
import { placeIn, withTrail } from "./trailOf.ts";
import { requireHub } from "./verifyCommand.ts";

/** Shortest name that is looked for: a shorter one is found in what is no name. */
const shortest = 3;
/** Records that are changed at once: writers wait no longer than for these. */
const most = 500;

/** Takes away the details of all records that name a person, and what is left of them in the file. */
export async function eraseCommand(flags: EraseFlags): Promise<void> {
  if (flags.user.length < shortest || /["\\\p{Cc}]/u.test(flags.user))
    throw new ConfigurationFault(`--user is '${flags.user}'; expected a name of ${shortest} characters or more, without quotation marks and backslashes.`);
  const place = placeIn(flags);
  const found = await withTrail(flags, (trail) => numbersOf(trail, flags));
  const count = [...found.values()].reduce((sum, { length }) => sum + length, 0);
  if (count === 0) return console.log("No record names that person.");
  if (flags.yes !== true) return console.log(`${count} records name that person. Nothing was changed: --yes takes their details away, for ever.`);
  const done = await onSystem(flags, (system) => eraseIn(system, found));
  await compact(place);
  console.log(`The details of ${done} records are gone; their seals and pseudonyms stay. Exports, backups and copies of before still hold them.`);
  if (place.engine === "postgres")
    console.log('PostgreSQL keeps old versions until VACUUM FULL "audit"; its write-ahead log and archives of it for as long as you do.');
}

/** By hub the numbers of the records that name a person. */
async function numbersOf(trail: Trail, { user, hub: only }: EraseFlags): Promise<ReadonlyMap<string, readonly number[]>> {
  requireHub(trail, only);
  const isAbout = mentions(user);
  const found = new Map<string, number[]>();
  for await (const { hub, number, body } of trail.rows(trail.hubs.find(({ id }) => id === only))) {
    if (body === null || !isAbout(body)) continue;
    const numbers = found.get(hub.id);
    if (numbers === undefined) found.set(hub.id, [number]);
    else numbers.push(number);
  }
  return found;
}

async function eraseIn({ eraseDetails }: StoreSystem, found: ReadonlyMap<string, readonly number[]>): Promise<number> {
  let done = 0;
  for (const [hub, numbers] of found) {
    for (let from = 0; from < numbers.length; from += most) {
      const told = from === 0 ? numbers.length : 0;
      done += await eraseDetails({ hub, numbers: numbers.slice(from, from + most), now: instantOf(Date.now()), told });
    }
  }
  return done;
}

/** Writes the file anew: what was in it before is in no page of it, and in no log beside it. */
async function compact(place: DataPlace): Promise<void> {
  if (place.engine !== "sqlite") return;
  const { nodeSqlite } = await import("../../store/sqlite/nodeSqlite.ts");
  const lock = lockDataFolder(place.folder);
  const connection = nodeSqlite.open(place.file);
  try {
    connection.exec("PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    connection.close();
    lock.release();
  }
}
