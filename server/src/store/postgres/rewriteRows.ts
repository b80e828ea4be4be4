import { isObject } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { completeEntity } from "../../edm/completeEntity.ts";
import type { Scalar } from "../../plan/typed.ts";
import { heldKeys, heldText, type HeldKeys } from "../heldKeys.ts";
import { rowOf } from "../rowOf.ts";
import type { StoreSchema, Table } from "../schema.ts";
import { statementsOf } from "../statements.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import { parameterText } from "./parameterText.ts";
import type { Session } from "./session.ts";

interface Work {
  readonly session: Session;
  readonly schema: StoreSchema;
  readonly rewritten?: ((place: string, done: number, all: number) => void) | undefined;
}

const step = 500;

/**
 * Writes body, columns and side rows of every row of a table anew, so many in a transaction: whoever writes meanwhile waits for a moment at most. Side rows whose row a server
 * of another version has deleted, which does not know of them, go away.
 */
export async function rewriteRows({ session, schema, rewritten }: Work, table: Table): Promise<void> {
  const name = dialect.quote(table.name);
  const all = Number((await session.transaction(() => session.rows(`SELECT count(*) FROM ${name}`)))[0]![0]);
  const isKeyed = table.place.alternate !== undefined;
  const held = isKeyed ? heldKeys(await session.transaction(() => session.rows(heldText(table, dialect.quote)))) : undefined;
  let done = 0;
  let last: unknown = 0;
  for (;;) {
    const count = await session.transaction(async () => {
      const owner = ["hub", ...table.parents].map((column) => dialect.quote(column)).join(", ");
      const rows = await session.rows(
        `SELECT "n", "natural", "type", "body", "seq", ${owner} FROM ${name} WHERE "n" > $1 ORDER BY "n" LIMIT ${step} FOR UPDATE`,
        [last],
      );
      for (const row of rows) await rewriteRow({ session, schema, held }, table, row);
      last = rows.at(-1)?.[0] ?? last;
      return rows.length;
    });
    done += count;
    if (count > 0) rewritten?.(table.place.path, done, Math.max(all, done));
    if (count < step) break;
  }
  await removeLost(session, table);
}

async function removeLost(session: Session, { name, sides }: Table): Promise<void> {
  const { quote } = dialect;
  const isLost = `NOT EXISTS (SELECT 1 FROM ${quote(name)} AS t WHERE t."hub" = s."hub" AND t."n" = s."n")`;
  for (const side of sides) await session.transaction(() => session.rows(`DELETE FROM ${quote(side.name)} AS s WHERE ${isLost}`));
}

async function rewriteRow({ session, schema, held }: Work & { readonly held: HeldKeys | undefined }, table: Table, row: readonly unknown[]): Promise<void> {
  const [n, natural, typeName, body, seq, ...owner] = row as [string, string | null, string, string, string, ...Scalar[]];
  const entity = parseStored(body);
  if (!isObject(entity)) throw new Error(`A stored body of ${table.place.path} is no JSON object.`);
  const found = schema.model.findType(typeName);
  const type = found?.kind === "entity" ? found : table.place.type;
  const stored = rowOf(table, type, completeEntity(type, entity), Number(seq));
  const run = (sql: string, values: readonly Scalar[]): Promise<unknown> => session.rows(sql, values.map(parameterText));
  const texts = statementsOf(table, dialect);
  const kept = held === undefined ? natural && stored.natural() : held.take({ n, owner }, stored.natural());
  await run(texts.rewrite, [n, kept, ...stored.values, stored.body, owner[0]!]);
  for (const [index, side] of texts.sides.entries()) {
    await run(side.remove, [...owner, n]);
    for (const element of stored.sides[index]!) await run(side.insert, [...owner, n, ...element]);
  }
}
