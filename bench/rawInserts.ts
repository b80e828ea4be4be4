import { DatabaseSync } from "node:sqlite";
import { answerParent } from "./child.ts";
import { entity } from "./entity.ts";

/** The base line of durable writes: node:sqlite, WAL, synchronous=FULL, one table of id and text. Argument: the data file. */
const database = new DatabaseSync(process.argv[2]!);
database.exec(
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
);
const insert = database.prepare("INSERT INTO rows (body) VALUES (?)");
const body = entity(1);

/** Inserts `rows` rows of 1 KB, `group` to a transaction. */
function insertRows(rows: number, group: number): void {
  for (let done = 0; done < rows; done += group) {
    database.exec("BEGIN IMMEDIATE");
    for (let n = 0; n < group; n += 1) insert.run(body);
    database.exec("COMMIT");
  }
}

answerParent({ port: 0, token: "" }, { insert: ([rows, group]) => insertRows(rows!, group!) }, () => database.close());
