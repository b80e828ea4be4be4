import { recentlyUsed } from "./recentlyUsed.ts";
import { AliasTaken } from "./records.ts";
import type { RecordKind, Records, RecordSet } from "./records.ts";

interface Kept {
  readonly text: string;
  readonly alias: string | undefined;
  readonly owner: string | undefined;
  readonly until: number;
}

const usualMost = 10_000;

/** Makes records in the memory of this process: they end with it. The clock is in milliseconds and must not be set anew. */
export function createMemoryRecords(clock: () => number): Records {
  return (kind) => createSet(kind, clock);
}

function createSet<T extends object>({ life, aliasOf, ownerOf, most = usualMost }: RecordKind<T>, clock: () => number): RecordSet<T> {
  const aliases = new Map<string, string>();
  const kept = recentlyUsed<Kept>(most, { dispose: ({ alias }) => void (alias !== undefined && aliases.delete(alias)) });
  const find = (key: string): Kept | undefined => {
    const found = kept.get(key);
    return found === undefined || found.until > clock() ? found : void kept.delete(key);
  };
  const valueOf = (found: Kept | undefined): T | undefined => (found === undefined ? undefined : (JSON.parse(found.text) as T));

  function put(key: string, value: T, before: Kept | undefined): void {
    const [alias, owner] = [aliasOf?.(value), ownerOf?.(value)];
    const holder = alias === undefined ? undefined : aliases.get(alias);
    if (holder !== undefined && holder !== key && find(holder) !== undefined) throw new AliasTaken();
    const until = life === undefined ? Infinity : life.since === "made" && before !== undefined ? before.until : clock() + life.milliseconds;
    kept.set(key, { text: JSON.stringify(value), alias, owner, until });
    if (alias !== undefined) aliases.set(alias, key);
  }

  return {
    find: async (key) => valueOf(find(key)),
    findByAlias: async (alias) => valueOf(find(aliases.get(alias) ?? "")),
    all: async () => [...kept.keys()].flatMap((key) => valueOf(find(key)) ?? []),
    count: async (owner) => [...kept.entries()].filter(([key, one]) => one.owner === owner && find(key) !== undefined).length,
    async change(key, change) {
      const before = find(key);
      const known = valueOf(before);
      const next = change(known);
      if (next === undefined) kept.delete(key);
      else if (next !== known) put(key, next, before);
      return next;
    },
  };
}
