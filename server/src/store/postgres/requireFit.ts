import { linkDefinition, sideDefinition } from "../ddl.ts";
import type { StoreSchema } from "../schema.ts";
import { columnsOf, existing, fixedColumns, markOf, typeOf } from "./bringSchema.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import type { Session } from "./session.ts";

/** Throws a plain Error unless a program may serve tables that a newer one has brought forward: all that it reads and writes is there as it knows it. */
export async function requireFit(session: Session, schema: StoreSchema): Promise<void> {
  const lack = await lackIn(session, schema);
  if (lack === undefined) return;
  throw new Error(
    `A newer version of secgraph has brought the tables forward, beside which this one cannot serve (${lack} is another now). Start that version; or bring the tables back to this one with 'secgraph migrate'.`,
  );
}

async function lackIn(session: Session, schema: StoreSchema): Promise<string | undefined> {
  const tables = await existing(session, "rp");
  for (const table of schema.tables) {
    if (!tables.has(table.name)) return table.name;
    const found = await columnsOf(session, table);
    const other = table.columns.find((column) => !fixedColumns.has(column.name) && found.get(column.name) !== typeOf(column));
    if (other !== undefined) return `${table.name}.${other.name}`;
    const side = table.sides.find((one) => tables.get(one.name) !== markOf(sideDefinition(one, table, dialect).sql));
    if (side !== undefined) return side.name;
  }
  return schema.links.find((link) => tables.get(link.name) !== markOf(linkDefinition(link, dialect).sql))?.name;
}
