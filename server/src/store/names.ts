import { createHash } from "node:crypto";

/** Gives out identifiers that differ even without regard to case, as SQLite compares them. */
export interface Names {
  readonly take: (wanted: string) => string;
}

/** Names of one table or database; `reserved` are taken already. */
export function createNames(reserved: readonly string[] = []): Names {
  const taken = new Set(reserved.map((name) => name.toLowerCase()));
  return {
    take(wanted) {
      let name = wanted;
      while (taken.has(name.toLowerCase())) name += "_";
      taken.add(name.toLowerCase());
      return name;
    },
  };
}

const longest = 52;

/** A name that PostgreSQL does not cut (63 bytes, with room for endings): the end of a long one is a hash of the whole. */
export function shortName(name: string): string {
  if (Buffer.byteLength(name) <= longest) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${Buffer.from(name)
    .subarray(0, longest - 9)
    .toString("utf8")
    .replaceAll("\uFFFD", "")}_${hash}`;
}
