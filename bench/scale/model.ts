import type { EngineFigures, Sizes } from "./figures.ts";

/** What a deployment is asked to hold and to do, per day and hub on average. */
export interface Demand {
  readonly hubs: number;
  /** Rows of scores that are there. */
  readonly rows: number;
  /** Writes of a day, all hubs together. */
  readonly writesPerDay: number;
  readonly readsPerDay: number;
  /** Days that the change log is kept. */
  readonly changeLogDays: number;
}

/** Bytes that a row, a change and an audit row take with their indexes. */
export interface Unit {
  readonly row: number;
  readonly rowIndexes: number;
  readonly change: number;
  readonly audit: number;
}

const sum = (sizes: Sizes, wanted: (name: string) => boolean): number =>
  Object.entries(sizes).reduce((bytes, [name, one]) => (wanted(name) ? bytes + one : bytes), 0);
const isIndex = (name: string): boolean => /\.by |_pkey$|_key$|_1$|autoindex|\.own$/.test(name);
const isOf = (name: string, table: string): boolean => name.startsWith(table) || name.startsWith(`sqlite_autoindex_${table}`);

/** The units of an engine, from what was measured at a size. */
export function unitOf(sizes: Sizes): Unit {
  const rows = "security_secureScores";
  return {
    row: sum(sizes, (name) => isOf(name, rows) && !isIndex(name)),
    rowIndexes: sum(sizes, (name) => isOf(name, rows) && isIndex(name)),
    change: sum(sizes, (name) => isOf(name, "changes")),
    audit: sum(sizes, (name) => isOf(name, "audit")),
  };
}

/** Bytes by what they are for. */
export interface Bytes {
  readonly rows: number;
  readonly indexes: number;
  readonly changeLog: number;
  readonly audit: number;
  readonly all: number;
}

/** A part of the change log covers a quarter of the time that it is kept; half of one is too old on average. */
const kept = 1 + 1 / 8;

/**
 * What a demand takes on disk: rows x (row + indexes) + writes a day x days kept x 9/8 x change + writes so far x audit. Audit rows are never deleted: there are as
 * many as there were writes, at least as many as rows.
 */
export function bytesOf(unit: Unit, { rows, writesPerDay, changeLogDays }: Demand): Bytes {
  const parts = {
    rows: rows * unit.row,
    indexes: rows * unit.rowIndexes,
    changeLog: Math.min(rows, writesPerDay * changeLogDays * kept) * unit.change,
    audit: rows * unit.audit,
  };
  return { ...parts, all: parts.rows + parts.indexes + parts.changeLog + parts.audit };
}

/** Requests of a kind that a core does in a second, of the server's and of the database's. */
export function perCore({
  sizes,
  write,
}: EngineFigures): Readonly<Record<"get" | "list" | "delta" | "write", { readonly server: number; readonly database: number }>> {
  const { get, list, delta } = sizes.at(-1)!;
  const rate = ({ server, database }: { readonly server: number; readonly database: number }) => ({
    server: 1e6 / server,
    database: database === 0 ? Number.POSITIVE_INFINITY : 1e6 / database,
  });
  return { get: rate(get), list: rate(list), delta: rate(delta), write: rate(write) };
}
