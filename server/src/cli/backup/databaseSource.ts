import type { Model } from "../../edm/model.ts";
import { inspectDatabase as inspectServer } from "../../store/postgres/inspectDatabase.ts";
import { inspectDatabase } from "../../store/sqlite/inspectDatabase.ts";
import { refusing } from "../refusing.ts";
import { databasePlace, filePlace } from "../transfer/place.ts";
import { transferData } from "../transfer/transferData.ts";
import type { BackupSource } from "./makeBackup.ts";

/** A PostgreSQL database as a backup takes it: in the form of a data file, which either engine can be filled from. The issuer's memory comes from there too. */
export async function databaseSource(url: string, model: Model | undefined): Promise<BackupSource> {
  const { bytes } = await refusing(() => inspectServer(url));
  return {
    bytes,
    brings: /^issuer\//,
    async stage(copy, progress) {
      await transferData({ from: databasePlace(url, "DATABASE_URL"), to: filePlace(copy), model, progress });
      return inspectDatabase(copy, "whole");
    },
  };
}
