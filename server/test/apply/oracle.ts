/** What `$apply` means (OData Extension for Data Aggregation 4.0), in plain code over rows in memory: what the SQL must agree with. */

export type Value = string | number | boolean | null;

/** A row: its values by path, and the elements of its collection; `id` of one that is a stored entity. */
export interface Item {
  readonly id?: string;
  readonly values: ReadonlyMap<string, Value>;
  readonly elements?: readonly ReadonlyMap<string, Value>[];
}

/** A step: rows in, rows out. */
export type Step = (items: readonly Item[]) => Item[];

export interface Aggregated {
  readonly alias: string;
  readonly method: "sum" | "min" | "max" | "average" | "countdistinct" | "count";
  /** The value of each row, or of each of its elements. */
  readonly values: (item: Item) => readonly Value[];
}

/** A number as a fraction of a power of ten: by the shortest decimal that gives it; from 2^53 on as it is. */
function exact(value: number): { readonly digits: bigint; readonly power: number } {
  if (Math.abs(value) >= 2 ** 53 && Math.abs(value) < 2 ** 63) return { digits: BigInt(value), power: 0 };
  const [mantissa = "0", power = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), power: Number(power) - fraction.length };
}

/** A sum that is rounded once. */
export function sumOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const parts = values.map(exact);
  const lowest = Math.min(...parts.map(({ power }) => power));
  const digits = parts.reduce((sum, part) => sum + part.digits * 10n ** BigInt(part.power - lowest), 0n);
  return Number(`${digits}e${lowest}`) + 0;
}

/** What a number is by its type: what is calculated depends on it. */
export type NumberType = "int" | "decimal" | "double";

/** Two numbers put together: whole ones and decimals exactly, then rounded once; doubles as IEEE 754 says. */
export function calculated(
  a: Value | undefined,
  b: Value | undefined,
  { operator, type }: { readonly operator: "add" | "sub" | "mul"; readonly type: NumberType },
): Value {
  if (typeof a !== "number" || typeof b !== "number") return null;
  if (type !== "double") return operator === "mul" ? productOf(a, b) : sumOf([a, operator === "sub" ? -b : b]);
  return (operator === "add" ? a + b : operator === "sub" ? a - b : a * b) + 0;
}

function productOf(a: number, b: number): number {
  const [left, right] = [exact(a), exact(b)];
  return Number(`${left.digits * right.digits}e${left.power + right.power}`) + 0;
}

export function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

const known = (values: readonly Value[]): Exclude<Value, null>[] => values.filter((value) => value !== null);

function aggregated({ method, values }: Aggregated, items: readonly Item[]): Value {
  const all = items.flatMap(values);
  const some = known(all);
  switch (method) {
    case "count":
      return all.length;
    case "countdistinct":
      return new Set(some).size;
    case "sum":
      return sumOf(some as number[]);
    case "average":
      return some.length === 0 ? null : sumOf(some as number[])! / some.length;
    case "min":
    case "max":
      return some.toSorted(compare).at(method === "min" ? 0 : -1) ?? null;
  }
}

export function aggregate(columns: readonly Aggregated[]): Step {
  return (items) => [{ values: new Map(columns.map((column) => [column.alias, aggregated(column, items)])) }];
}

/** The rows of each group, transformed, with the group's own values. */
export function groupby(keys: readonly string[], each: Step | undefined): Step {
  return (items) => {
    const groups = Map.groupBy(items, ({ values }) => JSON.stringify(keys.map((key) => [values.has(key), values.get(key) ?? null])));
    return [...groups.values()].flatMap((group) => {
      const has = keys.filter((key) => group[0]!.values.has(key));
      const own = has.map((key) => [key, group[0]!.values.get(key) ?? null] as const);
      return each === undefined ? [{ values: new Map(own) }] : each(group).map((item): Item => ({ ...item, values: new Map([...item.values, ...own]) }));
    });
  };
}

export const filter =
  (holds: (item: Item) => boolean): Step =>
  (items) =>
    items.filter(holds);

export function compute(alias: string, value: (item: Item) => Value): Step {
  return (items) => items.map((item) => ({ ...item, values: new Map([...item.values, [alias, value(item)]]) }));
}

export function orderby(terms: readonly { readonly name: string; readonly descending: boolean }[]): Step {
  return (items) =>
    items.toSorted((a, b) => {
      for (const { name, descending } of terms) {
        const order = compare(a.values.get(name) ?? null, b.values.get(name) ?? null);
        if (order !== 0) return descending ? -order : order;
      }
      return 0;
    });
}

/** Rows in their order of rank, while those before do not suffice. */
export function ranked(name: string, kind: string, amount: number): Step {
  return (items) => {
    const sorted = orderby([{ name, descending: kind.startsWith("top") }])(items);
    const numbers = (some: readonly Item[]): number[] => known(some.map(({ values }) => values.get(name) ?? null)) as number[];
    const total = sumOf(numbers(items)) ?? 0;
    const reached = (some: readonly Item[]): number => {
      if (kind.endsWith("count")) return some.length;
      const sum = sumOf(numbers(some)) ?? 0;
      return kind.endsWith("sum") ? sum : total === 0 ? 0 : (sum * 100) / total;
    };
    const end = sorted.findIndex((_, index) => reached(sorted.slice(0, index)) >= amount);
    return end < 0 ? sorted : sorted.slice(0, end);
  };
}

export function join(alias: string, outer: boolean): Step {
  return (items) =>
    items.flatMap((item) => {
      const elements = item.elements ?? [];
      const some = elements.length === 0 && outer ? [nothing] : elements;
      return some.map((element): Item => ({
        ...item,
        values: new Map([...item.values, ...[...element].map(([name, value]) => [`${alias}/${name}`, value] as const)]),
      }));
    });
}

/** An element that is not there: all of it is null. */
const nothing: ReadonlyMap<string, Value> = new Map(["controlName", "score"].map((name) => [name, null]));

/** Each sequence of the same rows, one after the other. */
export const concat =
  (steps: readonly Step[]): Step =>
  (items) =>
    steps.flatMap((step) => step(items));
