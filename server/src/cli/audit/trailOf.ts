import { readLocalConfiguration, storageFlags, type StorageFlags } from "../configuration.ts";
import { servedModel } from "../servedModel.ts";
import { databasePlace, filePlace, type DataPlace } from "../transfer/place.ts";
import type { TrailFlags } from "./auditCommands.ts";
import { openTrail, type Trail } from "./openTrail.ts";

/** Where the flags of a command say that data are kept. */
export function placeIn(flags: StorageFlags): DataPlace {
  const { data, databaseUrl } = readLocalConfiguration(storageFlags(flags));
  return databaseUrl === undefined ? filePlace(data) : databasePlace(databaseUrl, "--database-url");
}

/** Opens the trails that the flags of a command lead to, for as long as `work` takes. */
export async function withTrail<T>(flags: TrailFlags, work: (trail: Trail) => Promise<T>): Promise<T> {
  const trail = await openTrail(placeIn(flags), servedModel(flags));
  try {
    return await work(trail);
  } finally {
    await trail.close();
  }
}
