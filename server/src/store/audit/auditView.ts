import type { Dialect } from "../dialect.ts";
import type { Column, SideTable, StoreSchema, Table } from "../schema.ts";
import { ordinalsOf, type Definition } from "../ddl.ts";
import { erasable, optional } from "./sealRecord.ts";

/** Properties of a record that columns of the table `audit` repeat. */
const kept: Readonly<Record<string, string>> = {
  activity: "verb",
  appId: "app",
  createdDateTime: "at",
  firstChange: "first",
  lastChange: "last",
  number: "seq",
  tenantId: "tenant",
  userPrincipalName: "user",
};

/** The audit as the table of its place: a view over `audit`, in which a record is an entity with etag, id and seal; and its collections as side tables that nobody has to write. */
export function auditViews({ journals }: StoreSchema, dialect: Dialect): Definition[] {
  return journals.flatMap((table) => [
    { name: table.name, sql: viewOf(table, dialect) },
    ...table.sides.map((side) => ({ name: side.name, sql: sideViewOf(side, dialect) })),
  ]);
}

/** The names of these views. */
export function auditViewNames({ journals }: Pick<StoreSchema, "journals">): string[] {
  return journals.flatMap(({ name, sides }) => [name, ...sides.map((side) => side.name)]);
}

/** The indexes by which records are found: by id, and by time. */
export function auditIndexes({ journals }: StoreSchema, dialect: Dialect): Definition[] {
  if (journals.length === 0) return [];
  return [
    { name: "audit.id", sql: `CREATE INDEX "audit.id" ON "audit" ("hub", (${idText(dialect)}))` },
    { name: "audit.at", sql: `CREATE INDEX "audit.at" ON "audit" ("hub", "at", "seq")` },
  ];
}

function idText({ columnTypes: { text } }: Dialect): string {
  return text === "TEXT" ? `CAST("seq" AS TEXT)` : `("seq"::text COLLATE "C")`;
}

function viewOf(table: Table, dialect: Dialect): string {
  const { quote } = dialect;
  const columns = [
    ["n", `"seq"`],
    ["hub", `"hub"`],
    ["id", idText(dialect)],
    ["seq", `"seq"`],
    ["type", `'${table.place.type.name}'`],
    ["natural", dialect.nothing("text")],
    ...table.columns.map((column) => [column.name, columnText(column, dialect)] as const),
    ["body", bodyText(table, dialect)],
  ];
  const list = columns.map(([name, sql]) => `${sql} AS ${quote(name)}`).join(", ");
  return `CREATE VIEW ${quote(table.name)}${dialect.viewOptions} AS SELECT ${list} FROM "audit" WHERE "body" IS NOT NULL`;
}

/** The elements of a collection within the stored record, those of collections above it each in its own. */
function sideViewOf(side: SideTable, dialect: Dialect): string {
  const { quote } = dialect;
  const within = side.path.map((name, index) => dialect.bodyElements(index === 0 ? `"body"` : `e${index}."value"`, name, `e${index + 1}`));
  const columns = [
    ["hub", `"hub"`],
    ["n", `"seq"`],
    ...ordinalsOf(side).map((name, index) => [name, within[index]!.place] as const),
    ...side.columns.map((column) => [column.name, valueText(column, `e${within.length}."value"`, dialect)] as const),
  ];
  const list = columns.map(([name, sql]) => `${sql} AS ${quote(name)}`).join(", ");
  const from = [`"audit"`, ...within.map((one) => one.from)].join(" CROSS JOIN ");
  return `CREATE VIEW ${quote(side.name)}${dialect.viewOptions} AS SELECT ${list} FROM ${from} WHERE "body" IS NOT NULL`;
}

/** The stored record with what is not stored of the entity around it: etag, type, id and seal, and members without a value. */
function bodyText({ place: { type } }: Table, dialect: Dialect): string {
  const head = `'{"@odata.etag":"W/\\"' || "seq" || '\\"","@odata.type":"#${type.name}","id":"' || "seq" || '",'`;
  const absent = type.allProperties.filter(({ name }) => isLeftOut(name)).map(({ name }) => ` || ${nullUnless(name, dialect)}`);
  return `${head} || substr("body", 2, length("body") - 2)${absent.join("")} || ',"seal":"' || "seal" || '"}'`;
}

/** Members that records have only where they say something; older ones have them as null. `salt` and `resources` are gone with what was erased. */
function isLeftOut(name: string): boolean {
  return optional.has(name) || (erasable.has(name) && name !== "salt" && name !== "resources");
}

/** A quoted name before a colon is that of a member: within a text its quotes are escaped. No member of a resource is called so. */
function nullUnless(name: string, { position }: Dialect): string {
  return `CASE ${position(`"body"`, `'"${name}":'`)} WHEN 0 THEN ',"${name}":null' ELSE '' END`;
}

function columnText(column: Column, dialect: Dialect): string {
  const name = column.steps.join("/");
  if (name === "seal") return `"seal"`;
  const own = kept[name];
  return own === undefined ? valueText(column, `"body"`, dialect) : dialect.quote(own);
}

/** A member of a JSON object as the value of its column. */
function valueText({ steps, kind, property: { type } }: Column, json: string, dialect: Dialect): string {
  const value = dialect.bodyText(json, steps.join("/"));
  if (type.kind === "enum") return `CASE ${value} ${type.members.map((member) => `WHEN '${member.name}' THEN ${member.value}`).join(" ")} END`;
  if (kind === "boolean") return `(CAST(${value} AS TEXT) IN ('true', '1'))`;
  return kind === "integer" ? dialect.toInteger(value) : value;
}
