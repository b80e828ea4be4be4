import { textOf } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import type { Cursor } from "../../plan/plan.ts";
import type { CompiledText } from "../compilePageText.ts";
import type { PageSize } from "../pageOf.ts";
import { valuesOf, type Run } from "../sqlText.ts";
import type { Page } from "../store.ts";
import type { SqliteConnection } from "./driver.ts";

const lineBreak = 10;

/** What a page is read with. */
export interface TextPage {
  readonly run: Run;
  readonly size: PageSize;
}

/** Reads a page as one text: all statements see one state of the data. */
export function fetchText(connection: SqliteConnection, texts: CompiledText, page: TextPage): Page {
  connection.prepare("BEGIN").run([]);
  try {
    return readText(connection, texts, page);
  } finally {
    connection.prepare("COMMIT").run([]);
  }
}

function readText(connection: SqliteConnection, texts: CompiledText, { run, size }: TextPage): Page {
  const { count, text } = collect(connection, texts, run);
  const hasMore = count > size.size;
  const end = hasMore ? text.lastIndexOf(lineBreak) - 1 : text.length;
  const own = text.subarray(0, end);
  const left = size.remaining === undefined ? undefined : size.remaining - Math.min(count, size.size);
  if (!hasMore || left === 0) return { rows: [], text: own };
  const next: Cursor = { values: cursorBehind(connection, own, { texts, run }), ...(left === undefined ? {} : { remaining: left }) };
  return { rows: [], text: own, next };
}

interface Collected {
  readonly count: number;
  readonly text: Buffer;
}

function collect(connection: SqliteConnection, { pages }: CompiledText, run: Run): Collected {
  const parts: Uint8Array[] = [];
  let count = 0;
  for (const page of pages) {
    const [found, text] = connection.prepare(page.sql).get(valuesOf(page, { ...run, limit: run.limit - count }))!;
    if (found === 0) continue;
    if (count > 0) parts.push(Buffer.from(",\n"));
    parts.push(text as unknown as Uint8Array);
    count += found as number;
    if (count >= run.limit) break;
  }
  const [only] = parts;
  if (parts.length > 1 || only === undefined) return { count, text: Buffer.concat(parts) };
  return { count, text: Buffer.from(only.buffer, only.byteOffset, only.byteLength) };
}

/** Where the last row of a text stands in the order. */
function cursorBehind(connection: SqliteConnection, text: Buffer, { texts, run }: { readonly texts: CompiledText; readonly run: Run }): Cursor["values"] {
  const last = parseStored(text.toString("utf8", text.lastIndexOf(lineBreak) + 1));
  const values = valuesOf(texts.cursor, { ...run, id: textOf(last[texts.key]) });
  return connection.prepare(texts.cursor.sql, texts.bigints).get(values)!;
}
