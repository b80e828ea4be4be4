import { join } from "node:path";
import { crashEnv, type Crash } from "../process/crashRounds.ts";
import { inspectFile } from "../process/inspectFile.ts";
import { randomOf } from "../process/randomOf.ts";
import { program, startServer } from "../process/server.ts";
import { createDisk, emptyJournal } from "./disk.ts";
import { readJournal } from "./journal.ts";
import { followDisk, type FollowedDisk } from "./powerCut.ts";

/** What the power cuts had to work with. */
export interface PowerCrash extends Crash {
  /** Changes that were not synced at the moments of the cuts, and how many of them came to the disk all the same. */
  readonly counts: { waiting: number; kept: number };
}

export interface PowerSettings {
  /** An empty folder; the data folder is made in it by the server. */
  readonly folder: string;
  readonly seed: number;
  /** Files whose fsync the disk only says it did. */
  readonly deaf?: string;
}

/** A power cut under the server over a SQLite file: by turns only what had been synced is left, or also a random part of the rest, torn. */
export function powerCrash({ folder, seed, deaf }: PowerSettings): PowerCrash {
  const [disk, data, journal] = [join(folder, "disk"), join(folder, "disk", "data"), join(folder, "journal")];
  const random = randomOf(seed);
  const { env } = createDisk({ folder: disk, journal, ...(deaf === undefined ? {} : { deaf }) });
  const counts = { waiting: 0, kept: 0 };
  let followed: FollowedDisk | undefined;
  let cuts = 0;
  return {
    counts,
    start() {
      emptyJournal(journal);
      followed = followDisk(disk);
      return startServer({ command: [...program, "emulator"], data, env: { ...crashEnv, ...env } });
    },
    async strike(server) {
      await server.kill();
      followed!.follow(readJournal(journal));
      const { waiting, kept } = followed!.cut((cuts += 1) % 2 === 0 ? random : undefined);
      counts.waiting += waiting;
      counts.kept += kept;
    },
    inspect: () => inspectFile(join(data, "secgraph.sqlite")),
  };
}
