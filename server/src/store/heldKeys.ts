import type { Scalar } from "../plan/typed.ts";
import type { Table } from "./schema.ts";

/** Which rows hold the alternate keys of a table while its rows are written anew: of several with one key the one that held it before, else the first. */
export interface HeldKeys {
  /** What the row is to hold: the key that is made of it now, unless another row has that; null for none. */
  readonly take: (row: { readonly n: Scalar; readonly owner: readonly Scalar[] }, natural: string | null) => string | null;
}

/** The statement for what is held already: number, key, and the columns of the owner. */
export function heldText({ name, parents }: Table, quote: (name: string) => string): string {
  const owner = ["hub", ...parents].map(quote).join(", ");
  return `SELECT "n", "natural", ${owner} FROM ${quote(name)} WHERE "natural" IS NOT NULL`;
}

/** From the rows of that statement. */
export function heldKeys(rows: Iterable<readonly unknown[]>): HeldKeys {
  const holders = new Map<string, string>();
  for (const [n, natural, ...owner] of rows) holders.set(JSON.stringify([natural, ...owner.map(String)]), String(n));
  return {
    take({ n, owner }, natural) {
      if (natural === null) return null;
      const key = JSON.stringify([natural, ...owner.map(String)]);
      const holder = holders.get(key) ?? String(n);
      holders.set(key, holder);
      return holder === String(n) ? natural : null;
    },
  };
}
