import type { Permitted } from "../auth/permitted.ts";
import type { Via } from "../plan/plan.ts";
import type { Deciding } from "./decisionReads.ts";
import { linkTest } from "./linkTest.ts";
import { keyOf, ownRows } from "./reading.ts";

/** Where a link leads from a row (`StoreReads.follow`): one statement, whichever way the relation is stored. */
export async function followLink(
  deciding: Deciding,
  permitted: Permitted,
  { link, from, key, alternate }: Pick<Via, "link" | "from" | "key" | "alternate">,
): Promise<{ readonly type: string; readonly id?: string } | undefined> {
  if (alternate !== undefined) return byAlternateKey(deciding, permitted, { from, alternate });
  const { schema, dialect, numberOf, rows } = deciding;
  const { scope } = permitted;
  const [table, to] = [schema.tableOf(link.from), schema.tableOf(link.to)];
  if (scope.kind === "fleet" || table === undefined || to === undefined) return undefined;
  const { quote, parameter } = dialect;
  const id = keyOf(from);
  const keys = ["hub", ...table.parents, ...(link.from.kind === "singleton" ? [] : ["id"])];
  const where = keys.map((name, index) => `f.${quote(name)} = ${parameter(index + 1)}`).join(" AND ");
  const owned = ownRows(permitted, table, { dialect, n: keys.length + (key === undefined ? 1 : 2) });
  const member = key === undefined ? "" : ` AND t.${quote("id")} = ${parameter(keys.length + 1)}`;
  const wanted = link.navigation.collection && key === undefined;
  const test = linkTest(link, { from: "f", to: "t" }, { dialect, schema });
  const related = wanted ? "" : `, (SELECT t.${quote("id")} FROM ${quote(to.name)} AS t WHERE ${test}${member} LIMIT 1)`;
  const sql = `SELECT f.${quote("type")}${related} FROM ${quote(table.name)} AS f WHERE ${where}${owned.sql}`;
  const values = [numberOf(scope.hub.id), ...id, ...(key === undefined ? [] : [key]), ...owned.values];
  const [[found] = []] = await rows([{ sql, values }]);
  if (found === undefined) return undefined;
  const [type, other] = found as readonly [string, string | null | undefined];
  return { type, ...(typeof other === "string" && { id: other }) };
}

/** The row of an alternate key, by the index of these. */
async function byAlternateKey(
  { schema, dialect, numberOf, rows }: Deciding,
  permitted: Permitted,
  { from, alternate }: { readonly from: Via["from"]; readonly alternate: string },
): Promise<{ readonly type: string; readonly id: string } | undefined> {
  const { scope } = permitted;
  const { quote, parameter } = dialect;
  const table = schema.tableOf(from.place);
  if (scope.kind === "fleet" || table === undefined) return undefined;
  const keys = ["hub", ...table.parents, "natural"];
  const owned = ownRows(permitted, table, { dialect, n: keys.length + 1 });
  const where = keys.map((name, index) => `f.${quote(name)} = ${parameter(index + 1)}`).join(" AND ");
  const sql = `SELECT f.${quote("type")}, f.${quote("id")} FROM ${quote(table.name)} AS f WHERE ${where}${owned.sql}`;
  const [[found] = []] = await rows([{ sql, values: [numberOf(scope.hub.id), ...from.parents, alternate, ...owned.values] }]);
  return found === undefined ? undefined : { type: String(found[0]), id: String(found[1]) };
}
