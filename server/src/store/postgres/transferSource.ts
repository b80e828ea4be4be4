import type { StoreSchema } from "../schema.ts";
import { tableShapes, type TableShape } from "../tableShapes.ts";
import { cellReaders } from "../transfer/cells.ts";
import type { Cells, Portion, TransferSource } from "../transfer/ends.ts";
import { fingerprintOf, tellingTables } from "../transfer/fingerprint.ts";
import { portionsOf } from "../transfer/portions.ts";
import { openBulkSession, type BulkSession } from "./bulkSession.ts";
import { postgresDialect } from "./dialect.ts";

const { quote } = postgresDialect;
const list = (names: readonly string[]): string => names.map(quote).join(", ");
/** Rows that are fetched together: few at first, then as many as seem to have so many characters. */
const fetching = { first: 100, most: 10_000, characters: 4_000_000 };

/** A database as it stands in this moment, beside servers that write or without any: one snapshot for all that is read. */
export async function openTransferSource(url: string, schema: StoreSchema): Promise<TransferSource> {
  const session = await openBulkSession(url);
  try {
    await session.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await enterSystem(session);
    const counts = new Map<string, number>();
    for (const { name } of tableShapes(schema)) counts.set(name, Number((await session.rows(`SELECT count(*) FROM ${quote(name)}`))[0]![0]));
    const telling: Cells[] = [];
    for (const table of tellingTables) for (const row of await session.rows(`SELECT t.* FROM ${quote(table)} AS t`)) telling.push([table, ...row]);
    return {
      fingerprint: fingerprintOf("postgres", telling, counts),
      counts,
      read: (shape, after) => readRows(session, shape, after),
      leaseToken: () => leaseTokenIn(session),
      close: session.end,
    };
  } catch (error) {
    await session.end();
    throw error;
  }
}

/** Sees the rows of every hub in this transaction, whether the login owns them or serves, and takes what time it takes. */
export async function enterSystem(session: BulkSession): Promise<void> {
  await session.rows("SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)");
  await session.rows(
    `SELECT set_config('role', r.rolname, true) FROM pg_roles AS r, pg_class AS c
     WHERE r.rolname = 'secgraph_system' AND pg_has_role(r.rolname, 'MEMBER') AND c.oid = to_regclass('"hubs"') AND NOT pg_has_role(c.relowner, 'USAGE')`,
  );
}

/** The rows of a table in the order of its key; runs inside the caller's transaction. */
export async function* readRows(session: BulkSession, { name, columns, key }: TableShape, after?: Cells): AsyncGenerator<Portion> {
  const names = columns.map((column) => column.name);
  const readers = columns.map(({ kind }) => cellReaders[kind]);
  const places = key.map((column) => names.indexOf(column));
  const behind = after === undefined ? "" : ` WHERE (${list(key)}) > (${key.map((_, index) => `$${index + 1}`).join(", ")})`;
  await session.rows(`DECLARE "portions" NO SCROLL CURSOR FOR SELECT ${list(names)} FROM ${quote(name)}${behind} ORDER BY ${list(key)}`, after ?? []);
  for (let wanted = fetching.first; ;) {
    const fetched = await session.rows(`FETCH ${wanted} FROM "portions"`);
    const rows = fetched.map((row) => row.map((text, index) => readers[index]!(text)));
    for (const portion of portionsOf(rows)) yield { rows: portion, after: places.map((place) => portion.at(-1)![place]!) };
    if (fetched.length < wanted) break;
    wanted = Math.max(10, Math.min(fetching.most, Math.floor(fetching.characters / averageOf(rows))));
  }
  await session.rows(`CLOSE "portions"`);
}

/** Characters of a row. */
function averageOf(rows: readonly Cells[]): number {
  let characters = 0;
  for (const row of rows) for (const cell of row) characters += cell?.length ?? 1;
  return characters / rows.length + 1;
}

async function leaseTokenIn(session: BulkSession): Promise<string> {
  const [[there] = []] = await session.rows("SELECT to_regclass('lease_tokens') IS NOT NULL");
  if (there !== "t") return "0";
  const [[token] = []] = await session.rows("SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = 'lease_tokens'");
  return token ?? "0";
}
