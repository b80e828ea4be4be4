import { readInstant } from "../../base/instant.ts";

/** Functions that SQLite lacks, for every connection: case by the rules of Unicode, instants of text. Null stays null. */
export const functions: Readonly<Record<string, (value: unknown) => string | null>> = {
  secgraph_lower: (value) => (typeof value === "string" ? value.toLowerCase() : null),
  secgraph_upper: (value) => (typeof value === "string" ? value.toUpperCase() : null),
  secgraph_instant: (value) => (typeof value === "string" ? (readInstant(value) ?? null) : null),
};
