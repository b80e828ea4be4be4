import { readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { makeFolderDurably } from "../../base/durableFile.ts";
import type { Notes } from "../../outbox/audit/gatherNotes.ts";
import { toldFolder, type Told } from "./toldFolder.ts";

interface Taking {
  readonly data: string;
  readonly notes: Pick<Notes, "add" | "flush">;
  /** The tenant that is told what is of none in particular. */
  readonly strangersTenant?: string | undefined;
  readonly onFault: (error: unknown) => void;
}

/** Milliseconds for which several commands are taken together. */
const together = 100;

/** Notes what commands did to the data folder (`tellTrail`): what was left when no server ran, and from then on whenever something comes. Nothing is done while nothing comes. */
export function startTakingTold({ data, notes, strangersTenant, onFault }: Taking): { readonly stop: () => Promise<void> } {
  const folder = toldFolder(data);
  let timer: NodeJS.Timeout | undefined;
  let taking: Promise<void> = Promise.resolve();

  async function takeAll(): Promise<void> {
    const names = readdirSync(folder).filter((one) => one.endsWith(".json"));
    for (const name of names.toSorted()) {
      const told = JSON.parse(readFileSync(join(folder, name), "utf8")) as Told;
      const tenant = told.tenant === "*" ? strangersTenant : told.tenant;
      if (tenant !== undefined) notes.add({ ...told, tenant });
    }
    await notes.flush();
    for (const name of names) rmSync(join(folder, name), { force: true });
  }
  const take = (): Promise<void> => (taking = taking.then(takeAll).catch(onFault));
  makeFolderDurably(folder);
  const watcher = watch(folder, { persistent: false }, () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void take();
    }, together);
  }).on("error", onFault);
  void take();
  return {
    stop() {
      watcher.close();
      clearTimeout(timer);
      return take();
    },
  };
}
