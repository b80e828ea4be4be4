import { join } from "node:path";
import type { Note } from "../../outbox/audit/gatherNotes.ts";

/** What a command did, as the server that has the data shall note it. A tenant `*`: of none in particular. */
export type Told = Omit<Note, "hub" | "failure"> & { readonly at: number };

/** Where commands leave what they did for the server of a data folder: a file for each, as its data have one writer. */
export function toldFolder(data: string): string {
  return join(data, "told");
}
