import { DatabaseSync } from "node:sqlite";
import { inspecting, type Inspection, type Row } from "./inspecting.ts";

/** Reads a data file beside the server: sound as a file, and `inspecting` finds nothing. */
export function inspectFile(file: string): Inspection {
  const database = new DatabaseSync(file, { readOnly: true, readBigInts: true });
  const all = (sql: string): Row[] => database.prepare(sql).all() as unknown as Row[];
  const unsound = all("PRAGMA integrity_check").flatMap((row) => (row["integrity_check"] === "ok" ? [] : [`integrity: ${String(row["integrity_check"])}`]));
  try {
    database.exec("BEGIN");
    const looking = inspecting();
    let step = looking.next();
    while (step.done !== true) step = looking.next(all(step.value));
    return { ...step.value, faults: [...unsound, ...step.value.faults] };
  } finally {
    database.close();
  }
}
