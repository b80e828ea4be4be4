import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Json, JsonObject } from "../../base/json.ts";
import { isObject, textOf } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { ChainWalk, type ChainFault, type ChainPoint, type ChainState } from "../../store/audit/verifyChain.ts";
import type { Trail, TrailHub, TrailRow } from "./openTrail.ts";

/** What came of looking at trails. */
export interface Verified {
  readonly chains: readonly ChainState[];
  /** Records from before there were chains, by hub. */
  readonly unchained: ReadonlyMap<string, number>;
  /** The first fault of each chain that has one. */
  readonly faults: readonly (ChainFault & { readonly hub: string })[];
}

/** What trails are held against. */
export interface Against {
  readonly points?: readonly ChainPoint[];
  /** This hub alone. */
  readonly hub?: string | undefined;
  /** An export of a part: it need not begin with the first record. */
  readonly isPart?: boolean;
  readonly progress?: (done: number) => void;
}

/** Looks at every record of the trails of a store. */
export async function verifyTrail(trail: Trail, { points = [], hub: only, progress }: Against): Promise<Verified> {
  const chains = new Chains(points);
  const hubs = trail.hubs.filter(({ id }) => only === undefined || id === only);
  let done = 0;
  for await (const row of trail.rows(only === undefined ? undefined : hubs[0])) {
    chains.row(row);
    progress?.((done += 1));
  }
  return chains.end(hubs);
}

/** Looks at the last records of some trails alone. */
export async function verifyEnds(trail: Trail, most: { readonly hubs: number; readonly records: number }): Promise<Verified> {
  const chains = new Chains([], true);
  const hubs = trail.hubs.slice(0, most.hubs);
  for (const hub of hubs) for await (const row of trail.rows(hub, Math.max(0, hub.audits - most.records))) if (row.body !== null) chains.row(row);
  return chains.end(hubs);
}

/** Looks at every line of an exported file. */
export function verifyExport(file: string, against: Against): Promise<Verified> {
  return verifyLines(createInterface({ input: createReadStream(file), crlfDelay: Infinity }), against);
}

/** Looks at every line of an export. */
export async function verifyLines(lines: Iterable<string> | AsyncIterable<string>, against: Against): Promise<Verified> {
  const { points = [], hub: only, progress, isPart = false } = against;
  const chains = new Chains(points, isPart);
  let done = 0;
  for await (const line of lines) {
    if (line.trim() !== "") chains.line(line, only);
    progress?.((done += 1));
  }
  return chains.end(points.filter(({ hub }) => only === undefined || hub === only).map(({ hub }) => ({ id: hub, n: "", audits: 0 })));
}

class Chains {
  readonly #points: readonly ChainPoint[];
  readonly #walks = new Map<string, ChainWalk>();
  readonly #faults = new Map<string, ChainFault>();
  readonly #unchained = new Map<string, number>();
  readonly #isPart: boolean;
  #current = "";

  constructor(points: readonly ChainPoint[], isPart = false) {
    this.#points = points;
    this.#isPart = isPart;
  }

  row({ hub, number, body, seal, repeated }: TrailRow): void {
    if (this.#faults.has(hub.id)) return;
    if (body === null) return this.#old(hub.id, number);
    const record = recordOf(body);
    if (record === undefined) return this.#note(hub.id, { kind: "changed", number, detail: "it is no JSON object" });
    const fault = this.#walk(hub.id).next({ ...record, seal }, number) ?? hubFault(record, hub, number) ?? columnFault(record, repeated, number);
    if (fault !== undefined) this.#note(hub.id, fault);
  }

  line(line: string, only: string | undefined): void {
    const record = recordOf(line);
    const named = textOf(record?.["hubId"]);
    // Nothing can be told of whose it was: it counts as the chain's that is being read.
    const hub = record === undefined || named === "" ? this.#current : named;
    if (only !== undefined && hub !== only && hub !== "") return;
    this.#current = hub;
    const known = this.#faults.get(hub);
    if (known !== undefined) {
      // What was missing comes later.
      if (known.kind === "missing" && record?.["number"] === known.number) this.#note(hub, { ...known, kind: "reordered", detail: "it stands further behind" });
      return;
    }
    const walk = this.#walk(hub);
    const fault = record === undefined ? { kind: "changed" as const, number: (walk.state?.last ?? 0) + 1, detail: "it is no JSON object" } : walk.next(record);
    if (fault !== undefined) this.#note(hub, fault);
  }

  end(hubs: readonly TrailHub[]): Verified {
    for (const { id, audits } of hubs) if (audits > 0 || this.#points.some(({ hub }) => hub === id)) this.#walk(id);
    for (const [id, walk] of this.#walks) {
      if (this.#faults.has(id)) continue;
      const reached = hubs.find((hub) => hub.id === id)?.audits ?? 0;
      const isOld = walk.state === undefined && this.#unchained.get(id) === reached;
      const fault = (isOld ? undefined : walk.end(reached)) ?? (this.#isPart ? undefined : startFault(walk.state));
      if (fault !== undefined) this.#note(id, fault);
    }
    const faults = [...this.#faults].map(([hub, fault]) => ({ hub, ...fault }));
    return { chains: [...this.#walks.values()].flatMap(({ state }) => state ?? []), unchained: this.#unchained, faults };
  }

  #old(hub: string, number: number): void {
    const before = this.#unchained.get(hub) ?? 0;
    if (this.#walk(hub).state !== undefined) return this.#note(hub, { kind: "unsealed", number, detail: "it has no content and no seal" });
    if (number !== before + 1) return this.#note(hub, { kind: "missing", number: before + 1, detail: `record ${before + 1} is missing` });
    this.#unchained.set(hub, number);
  }

  #walk(hub: string): ChainWalk {
    let walk = this.#walks.get(hub);
    if (walk === undefined) this.#walks.set(hub, (walk = new ChainWalk(this.#points.filter((point) => point.hub === hub))));
    return walk;
  }

  #note(hub: string, fault: ChainFault): void {
    this.#faults.set(hub, fault);
  }
}

/** A trail that does not begin with its first record must say itself why. */
function startFault(state: ChainState | undefined): ChainFault | undefined {
  if (state === undefined || state.isTold) return undefined;
  return { kind: "missing", number: 1, detail: `records 1 to ${state.first - 1} are missing, and no record tells that they were removed` };
}

function recordOf(text: string): JsonObject | undefined {
  try {
    const value: Json = parseStored(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function hubFault(record: JsonObject, { id }: TrailHub, number: number): ChainFault | undefined {
  return record["hubId"] === id ? undefined : { kind: "another chain", number, detail: "it is of another hub" };
}

/** By the columns records are found. */
function columnFault(record: JsonObject, repeated: TrailRow["repeated"], number: number): ChainFault | undefined {
  for (const [name, value] of Object.entries(repeated)) {
    const own = record[name] ?? null;
    if ((own === null ? null : textIn(own)) !== value) return { kind: "changed", number, detail: `it is found by another ${name} than it has` };
  }
  return undefined;
}

function textIn(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
