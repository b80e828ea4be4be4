import { existsSync, readFileSync } from "node:fs";

/** One case of the OASIS ABNF: a rule, a text, whether it must parse, and else where its first bad character stands. */
export interface Case {
  readonly suite: "core" | "aggregation" | "temporal";
  readonly name: string;
  readonly rule: string;
  readonly input: string;
  readonly ok: boolean;
  readonly failAt: number | null;
}

/** Which names each rule of the ABNF may match, by suite. */
export type Constraints = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

// The files are OASIS's and lie beside the project, where they are there at all; nothing of them is copied into it.
const folder = new URL("../../../../../shared/conformance/", import.meta.url);

export const isPresent = existsSync(folder);

function read(name: string): unknown {
  return isPresent ? JSON.parse(readFileSync(new URL(name, folder), "utf8")) : undefined;
}

export const cases = (read("abnf-cases.json") ?? []) as readonly Case[];
export const constraints = (read("abnf-constraints.json") ?? {}) as Constraints;
