import type { Scalar } from "../../plan/typed.ts";
import { linkStatements } from "../linkWrites.ts";
import type { StoreSchema } from "../schema.ts";
import { statementsOf } from "../statements.ts";
import type { LinkWrite, RowKey, WriteAnswer } from "../store.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { Withdrawn, type Transaction } from "./runGroup.ts";

/** Changes relations within one hub, once the rows of their WriteSet are written. Throws Withdrawn with `moved` where an end is not there. */
export function writeLinks(
  { connection }: Transaction,
  schema: StoreSchema,
  { links, hub }: { readonly links: readonly LinkWrite[]; readonly hub: number },
): void {
  const numberOf = ({ place, parents, id }: RowKey): Scalar => {
    const table = schema.tableOf(place);
    const n = table && connection.prepare(statementsOf(table, dialect).find).get([hub, ...parents, id])?.[0];
    if (n === undefined) throw new Withdrawn({ kind: "moved", index: 0 } satisfies WriteAnswer);
    return n;
  };
  for (const write of links) {
    const ends = { dialect, hub, from: numberOf(write.from), ...(write.to && { to: numberOf(write.to) }) };
    for (const { sql, values } of linkStatements(write, schema, ends)) connection.prepare(sql).run([...values]);
  }
}
