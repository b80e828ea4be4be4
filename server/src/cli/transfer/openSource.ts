import { existsSync } from "node:fs";
import { inspectDatabase, isCurrentVersion, requireServable } from "../../store/postgres/inspectDatabase.ts";
import { openTransferSource as openDatabaseSource } from "../../store/postgres/transferSource.ts";
import type { StoreSchema } from "../../store/schema.ts";
import { openTransferSource as openFileSource } from "../../store/sqlite/transferSource.ts";
import type { TransferSource } from "../../store/transfer/ends.ts";
import type { DataPlace } from "./place.ts";

/** Opens data to be read as they stand in this moment, beside a server that writes or without one. Throws a plain Error that says why it cannot be done. */
export async function openSource(place: DataPlace, schema: StoreSchema): Promise<TransferSource> {
  if (place.engine === "postgres") {
    const found = await inspectDatabase(place.url);
    requireServable(found, schema);
    if (found.recorded === undefined) throw new Error(`There are no data in ${place.shown}.`);
    if (!isCurrentVersion(found, schema))
      throw new Error(`The data in ${place.shown} are of an older secgraph: bring them to this version first (secgraph migrate).`);
    return openDatabaseSource(place.url, schema);
  }
  if (!existsSync(place.file)) throw new Error(`There are no data in ${place.file}.`);
  return openFileSource(place.file, schema);
}
