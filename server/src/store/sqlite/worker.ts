import { parentPort, workerData } from "node:worker_threads";
import { fetchRows, type Fetch } from "./fetchRows.ts";
import { nodeSqlite } from "./nodeSqlite.ts";
import { openReader, type ConnectionSizes } from "./openConnection.ts";

/** What a worker is started with. */
export interface WorkerData {
  readonly file: string;
  readonly sizes: ConnectionSizes;
}

/** A reading worker: one fetch in, its rows or its error out. */
const { file, sizes } = workerData as WorkerData;
const connection = openReader(nodeSqlite, file, sizes);

parentPort!.on("message", (fetch: Fetch) => {
  try {
    parentPort!.postMessage({ rows: fetchRows(connection, fetch) }, []);
  } catch (error) {
    parentPort!.postMessage({ error: error instanceof Error ? error.message : String(error), errcode: (error as { readonly errcode?: unknown }).errcode }, []);
  }
});
