import { readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolderDurably, writeDurably } from "../../base/durableFile.ts";
import { randomGuid } from "../../base/ids.ts";
import { serverId } from "../../base/serverId.ts";
import type { Note } from "../../outbox/audit/gatherNotes.ts";
import type { Configuration } from "../configuration.ts";
import { toldFolder, type Told } from "./toldFolder.ts";

/** What a command did. A tenant `*`: of none in particular. */
export type Did = Pick<Note, "tenant" | "activity"> & Partial<Pick<Note, "category" | "appId" | "user" | "path">>;

/** Files that wait at most, where no server ever takes them. */
const most = 1000;

/**
 * Has the audit trail of a tenant's home hub tell what a command did: in a database at once; of a data folder its server
 * does, the running one within a second or the next. The command is done, so what fails here is a line on standard error.
 */
export async function tellTrail(configuration: Configuration, did: Did): Promise<void> {
  const told: Told = { category: "system", appId: serverId, user: null, origin: { requestId: randomGuid(), userAgent: "secgraph" }, at: Date.now(), ...did };
  try {
    if (configuration.databaseUrl === undefined) return leave(told, toldFolder(configuration.data));
    const { noteInDatabase } = await import("./noteInDatabase.ts");
    await noteInDatabase(told, configuration);
  } catch (error) {
    console.error(`secgraph: the audit trail could not be told: ${(error as Error).message}`);
  }
}

function leave(told: Told, folder: string): void {
  makeFolderDurably(folder);
  if (readdirSync(folder).length < most) writeDurably(join(folder, `${told.at}-${randomGuid()}.json`), JSON.stringify(told));
}
