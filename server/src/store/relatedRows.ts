import type { Permitted } from "../auth/permitted.ts";
import type { Deciding } from "./decisionReads.ts";
import { linkFrom } from "./linkTest.ts";
import { keyOf, ownRows } from "./reading.ts";
import type { RelatedAsked, Row } from "./store.ts";

/** The rows that one is related to, or contains (`StoreReads.related`), in the order of their keys. */
export async function relatedRows({ schema, dialect, numberOf, rows }: Deciding, permitted: Permitted, asked: RelatedAsked): Promise<Row[]> {
  const { scope } = permitted;
  const { place, link, from, most } = asked;
  const table = schema.tableOf(place);
  if (scope.kind === "fleet" || table === undefined) return [];
  const { quote, parameter } = dialect;
  const key = keyOf(from);
  const hub = parameter(1);
  const part = (index: number): string => parameter(index + 2);
  const related =
    link === undefined
      ? table.parents.slice(0, key.length).map((parent, index) => `t.${quote(parent)} = ${part(index)}`)
      : [linkFrom(link, { to: "t", hub, from: part }, { dialect, schema })];
  const owned = ownRows(permitted, table, { dialect, n: key.length + 2 });
  const columns = ["id", "seq", "type", "body"].map((name) => `t.${quote(name)}`).join(", ");
  const where = [`t.${quote("hub")} = ${hub}`, ...related].join(" AND ");
  const sql = `SELECT ${columns} FROM ${quote(table.name)} AS t WHERE ${where}${owned.sql} ORDER BY t.${quote("id")} LIMIT ${parameter(key.length + 2 + owned.values.length)}`;
  const [found] = await rows([{ sql, values: [numberOf(scope.hub.id), ...key, ...owned.values, most] }]);
  const parents = link === undefined ? key : [];
  return found!.map(([id, seq, type, body]) => ({ hub: scope.hub.id, parents, id: String(id), seq: Number(seq), type: String(type), body: String(body) }));
}
