import type { Dialect } from "../dialect.ts";
import type { Column, StoreSchema, Table } from "../schema.ts";
import type { Definition } from "../ddl.ts";

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

/** The audit as the table of its place: a view over `audit`, in which a record is an entity with etag, id and seal. */
export function auditViews({ journals }: StoreSchema, dialect: Dialect): Definition[] {
  return journals.map((table) => ({ name: table.name, sql: viewOf(table, dialect) }));
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
    ["body", bodyText(table)],
  ];
  const list = columns.map(([name, sql]) => `${sql} AS ${quote(name)}`).join(", ");
  return `CREATE VIEW ${quote(table.name)}${dialect.viewOptions} AS SELECT ${list} FROM "audit" WHERE "body" IS NOT NULL`;
}

/** The stored record with what is not stored of the entity around it. */
function bodyText({ place: { type } }: Table): string {
  const head = `'{"@odata.etag":"W/\\"' || "seq" || '\\"","@odata.type":"#${type.name}","id":"' || "seq" || '",'`;
  return `${head} || substr("body", 2, length("body") - 2) || ',"seal":"' || "seal" || '"}'`;
}

function columnText({ steps, kind, property: { type } }: Column, dialect: Dialect): string {
  const name = steps.join("/");
  if (name === "seal") return `"seal"`;
  const column = kept[name];
  if (column !== undefined) return dialect.quote(column);
  const value = dialect.bodyText(`"body"`, name);
  if (type.kind === "enum") return `CASE ${value} ${type.members.map((member) => `WHEN '${member.name}' THEN ${member.value}`).join(" ")} END`;
  return kind === "integer" ? dialect.toInteger(value) : value;
}
