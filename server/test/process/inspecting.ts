import { parseStored } from "../../src/base/parseJson.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { sqliteDialect } from "../../src/store/sqlite/dialect.ts";
import { ordinalsOf } from "../../src/store/ddl.ts";
import { rowOf } from "../../src/store/rowOf.ts";
import { schemaOf } from "../../src/store/schema.ts";
import type { Table } from "../../src/store/schema.ts";
import { inspectTrail, type ToldWrites } from "./inspectTrail.ts";

/** What a store holds, and where it contradicts itself. */
export interface Inspection {
  readonly faults: readonly string[];
  readonly rows: number;
  readonly sideRows: number;
  readonly changes: number;
  readonly audits: number;
}

export type Cell = string | number | bigint | null;
export type Row = Readonly<Record<string, Cell>>;

const { quote } = sqliteDialect;

/** Asks for the rows of a statement, and gets them. */
export type Inspecting<T> = Generator<string, T, readonly Row[]>;

/** Looks through a store beside its server, which an engine's own function drives: body, columns, side rows, change log and audit trail of every row tell the same. */
export function* inspecting(): Inspecting<Inspection> {
  const faults: string[] = [];
  let rows = 0;
  let sideRows = 0;
  const told = yield* inspectTrail(faults);
  for (const table of schemaOf(createModel(securityGraph)).tables) {
    const found = yield* inspectTable(table, told);
    faults.push(...found.faults);
    rows += found.rows;
    sideRows += found.sideRows;
  }
  faults.push(...(yield* inspectSequences()));
  const changes = Number((yield `SELECT count(*) AS n FROM "changes"`)[0]?.["n"]);
  const audits = Number((yield `SELECT count(*) AS n FROM "audit"`)[0]?.["n"]);
  return { faults, rows, sideRows, changes, audits };
}

function* inspectTable(table: Table, told: ToldWrites): Inspecting<Pick<Inspection, "faults" | "rows" | "sideRows">> {
  const faults: string[] = [];
  const key = ["hub", ...table.parents, "id"];
  const keyOf = (row: Row): string => text(key.map((name) => row[name]));
  const ordered = (name: string, columns: readonly string[]) => `SELECT * FROM ${quote(name)} ORDER BY ${columns.map(quote).join(", ")}`;
  const sides: Map<string, Row[]>[] = [];
  let sideRows = 0;
  for (const side of table.sides) {
    const found = yield ordered(side.name, ["n", ...ordinalsOf(side)]);
    sideRows += found.length;
    sides.push(Map.groupBy(found, (row) => String(row["n"])));
  }
  const last = yield* lastChanges(table);
  const rows = yield ordered(table.name, key);
  for (const row of rows) {
    const name = `${table.name} ${keyOf(row)}`;
    const stored = storedForm(table, row);
    const columns = table.columns.map((column) => row[column.name]!);
    if (!isSame(columns, stored.values)) faults.push(`columns of ${name}: ${text(columns)}, its body says ${text(stored.values)}`);
    for (const [index, side] of table.sides.entries()) {
      const cells = (sides[index]!.get(String(row["n"])) ?? []).map((one) =>
        [...ordinalsOf(side), ...side.columns.map((column) => column.name)].map((column) => one[column]!),
      );
      const wanted = stored.sides[index]!.toSorted((one, other) => compareOrdinals(one, other, side.ordinals));
      if (cells.length !== wanted.length || cells.some((one, at) => !isSame(one, wanted[at]!)))
        faults.push(`${side.name} of ${name}: ${text(cells)}, its body says ${text(wanted)}`);
      sides[index]!.delete(String(row["n"]));
    }
    const change = last.get(keyOf(row));
    if (change === undefined || change["seq"] !== row["seq"] || change["verb"] === "delete")
      faults.push(`${name} has the sequence ${row["seq"]}; the change log ends with ${text(change)}`);
    last.delete(keyOf(row));
    // A hub's own row comes with its first write.
    const untold = table.place.definition.hub === undefined ? told.faultOf(row) : undefined;
    if (untold !== undefined) faults.push(`audit of ${name}: ${untold}`);
  }
  const orphans = sides.flatMap((owners, index) => [...owners.keys()].map((owner) => `${table.sides[index]!.name} has rows of ${owner}, which is not there`));
  // A contained row goes with the row above it, whose deletion the log tells.
  const missing = [...last]
    .filter(([, change]) => change["verb"] !== "delete" && table.parents.length === 0)
    .map(([owner]) => `${table.name} ${owner} is in the change log and not there`);
  return {
    faults: [...faults, ...orphans, ...missing],
    rows: rows.length,
    sideRows,
  };
}

function storedForm(table: Table, row: Row): ReturnType<typeof rowOf> {
  const type = [table.place.type, ...table.place.type.derived].find(({ name }) => name === row["type"]);
  if (type === undefined) throw new Error(`${table.name} has a row of the type ${String(row["type"])}.`);
  return rowOf(table, type, parseStored(String(row["body"])), Number(row["seq"]));
}

/** The newest entry of the change log for each row of a table. */
function* lastChanges(table: Table): Inspecting<Map<string, Row>> {
  const changes = yield `SELECT "hub", "seq", "parents", "id", "verb" FROM "changes" WHERE "place" = '${table.place.path}' ORDER BY "hub", "seq"`;
  return new Map(changes.map((change) => [text([change["hub"], ...(JSON.parse(String(change["parents"])) as string[]), change["id"]]), change]));
}

/** Sequences of changes and of audit rows run from 1 to the hub's counters without a gap, and every change that was asked for stands in one audit row. */
function* inspectSequences(): Inspecting<string[]> {
  const faults: string[] = [];
  const audits = Map.groupBy(yield `SELECT "hub", "seq", "first", "last" FROM "audit" ORDER BY "hub", "seq"`, (row) => row["hub"]);
  const changes = Map.groupBy(yield `SELECT "hub", "seq", "place", "parents", "verb" FROM "changes" ORDER BY "hub", "seq"`, (row) => row["hub"]);
  for (const { hub, n, seq, audits: lastAudit } of yield `SELECT * FROM "hubs"`) {
    const [ofHub, trail] = [changes.get(n) ?? [], audits.get(n) ?? []];
    if (!isRun(ofHub, seq!)) faults.push(`hub ${hub}: the change log does not run from 1 to ${seq}`);
    if (!isRun(trail, lastAudit!)) faults.push(`hub ${hub}: the audit trail does not run from 1 to ${lastAudit}`);
    const covered = new Map<number, number>();
    for (const { first, last } of trail.filter((row) => row["first"] !== null)) {
      for (let at = Number(first); at <= Number(last); at += 1) covered.set(at, (covered.get(at) ?? 0) + 1);
    }
    const bare = ofHub.filter((row) => covered.get(Number(row["seq"])) !== 1);
    if (bare.length > 0) faults.push(`hub ${hub}: ${bare.length} changes do not stand in one audit row, the first being ${text(bare[0])}`);
    if (covered.keys().some((at) => at > Number(seq))) faults.push(`hub ${hub}: the audit trail tells of changes that are not in the log`);
  }
  return faults;
}

function isRun(rows: readonly Row[], last: Cell): boolean {
  return rows.length === Number(last) && rows.every((row, index) => Number(row["seq"]) === index + 1);
}

function isSame(found: readonly Cell[], wanted: readonly unknown[]): boolean {
  return found.length === wanted.length && found.every((cell, index) => String(cell) === String(wanted[index]));
}

function compareOrdinals(one: readonly unknown[], other: readonly unknown[], ordinals: number): number {
  for (let index = 0; index < ordinals; index += 1) {
    const difference = Number(one[index]) - Number(other[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? Number(one) : one)) ?? "nothing";
}
