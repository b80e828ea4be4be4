import type { Schema } from "./model.ts";

/** Finds what is kept by lower-cased qualified name by its qualified, aliased or unqualified name, in any case. */
export function finderOf<T>(known: ReadonlyMap<string, T>, schemas: readonly Schema[]): (name: string) => T | undefined {
  const prefixes = schemas.map(({ namespace }) => `${namespace}.`.toLowerCase());
  const aliases = new Map(schemas.flatMap(({ alias }, index) => (alias === undefined ? [] : [[alias.toLowerCase(), prefixes[index]!]])));
  const find = (name: string): T | undefined => {
    const wanted = name.replace(/^#/, "").toLowerCase();
    const found = known.get(wanted);
    if (found !== undefined) return found;
    const dot = wanted.lastIndexOf(".");
    if (dot >= 0) {
      const prefix = aliases.get(wanted.slice(0, dot));
      return prefix === undefined ? undefined : known.get(prefix + wanted.slice(dot + 1));
    }
    for (const prefix of prefixes) {
      const own = known.get(prefix + wanted);
      if (own !== undefined) return own;
    }
    return undefined;
  };
  const spelled = new Map<string, T>();
  return (name) => {
    const kept = spelled.get(name);
    if (kept !== undefined) return kept;
    const found = find(name);
    if (found !== undefined && spelled.size < mostSpellings) spelled.set(name, found);
    return found;
  };
}

/** Bodies name their types in every request, mostly in the same way. */
const mostSpellings = 250;
