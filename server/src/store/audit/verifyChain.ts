import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { canonical } from "./canonical.ts";
import { erasable, firstSeal, optional, sha256 } from "./sealRecord.ts";

/** What is wrong with a chain, and at which record. */
export interface ChainFault {
  readonly kind: "changed" | "missing" | "reordered" | "cut off" | "another chain" | "unsealed";
  /** The number of the record; of missing ones the first. */
  readonly number: number;
  readonly detail: string;
}

/** What was found of a chain that is whole so far. */
export interface ChainState {
  readonly hub: string;
  /** The first record that was seen, and the seal that it goes on from. */
  readonly first: number;
  readonly before: string;
  /** The last one, its seal and when it was made. */
  readonly last: number;
  readonly seal: string;
  readonly at: string;
  readonly count: number;
  /** Records whose erasable members are gone. */
  readonly erased: number;
  /** True when a record tells that those before the first one were removed as too old. */
  readonly isTold: boolean;
}

/** A known point of a chain, kept elsewhere. */
export interface ChainPoint {
  readonly hub: string;
  readonly number: number;
  readonly seal: string;
}

/** Members that are about the record, not part of it. */
const outside: ReadonlySet<string> = new Set(["seal", "id"]);

/**
 * Looks at one record after the other, in the order in which they are kept; answers the fault that it finds first, and is not to be
 * asked again then. `points`: what must be so at their numbers.
 */
export class ChainWalk {
  #state: ChainState | undefined;
  readonly #points: ReadonlyMap<number, ChainPoint>;

  constructor(points: readonly ChainPoint[] = []) {
    this.#points = new Map(points.map((point) => [point.number, point]));
  }

  /** What was seen; undefined before the first record. */
  get state(): ChainState | undefined {
    return this.#state;
  }

  /** Looks at the next record. `place`: the number under which it is kept, where that is known beside it. */
  next(record: Json, place?: number): ChainFault | undefined {
    const state = this.#state;
    const expected = place ?? (state === undefined ? undefined : state.last + 1);
    if (!isObject(record)) return fault("changed", expected ?? 0, "it is no JSON object");
    const number = record["number"];
    if (typeof number !== "number" || !Number.isSafeInteger(number)) return fault("changed", expected ?? 0, "it has no number");
    return this.#orderFault(number, place) ?? this.#linkFault(record, number) ?? this.#contentFault(record, number) ?? this.#take(record, number);
  }

  /** What is wrong when no further record follows. `last`: the number that is known to have been reached. */
  end(last?: number): ChainFault | undefined {
    const seen = this.#state?.last ?? 0;
    const wanted = Math.max(last ?? 0, ...this.#points.keys());
    return wanted > seen ? fault("cut off", seen + 1, `the chain ends with record ${seen}, and ${wanted} is known to have been there`) : undefined;
  }

  #orderFault(number: number, place: number | undefined): ChainFault | undefined {
    const state = this.#state;
    const expected = state === undefined ? (place ?? number) : state.last + 1;
    if (place !== undefined && place !== expected) return fault("missing", expected, between(expected, place - 1));
    if (number === expected) return undefined;
    if (number > expected && place === undefined) return fault("missing", expected, between(expected, number - 1));
    return fault("reordered", expected, `record ${number} stands in its place`);
  }

  #linkFault(record: JsonObject, number: number): ChainFault | undefined {
    const state = this.#state;
    const hub = textOf(record["hubId"]);
    if (state !== undefined && hub !== state.hub) return fault("another chain", number, `it is of the hub '${hub.slice(0, 64)}', not of '${state.hub}'`);
    const before = textOf(record["previousSeal"]);
    if (state !== undefined && before !== state.seal) return fault("changed", number, "it does not go on from the seal of the record before");
    if (number === 1 && before !== firstSeal(hub)) return fault("changed", number, "it is not the beginning of the chain of its hub");
    return undefined;
  }

  #contentFault(record: JsonObject, number: number): ChainFault | undefined {
    const seal = textOf(record["seal"]);
    if (seal === "") return fault("unsealed", number, "it has no seal");
    const { core, detail } = partsOf(record);
    if (sha256(canonical(core)) !== seal) return fault("changed", number, "its content is not what was sealed");
    if (Object.hasOwn(record, "id") && record["id"] !== String(number)) return fault("changed", number, "its id is not its number");
    if (Object.keys(detail).length > 0 && !isDigest(detail, core["detailDigest"])) {
      return fault("changed", number, "its details (names, addresses, values) are not what was sealed");
    }
    const point = this.#points.get(number);
    if (point !== undefined && (point.seal !== seal || point.hub !== textOf(record["hubId"])))
      return fault("changed", number, "it is not the record of the checkpoint: it, or one before it, was made anew");
    return undefined;
  }

  #take(record: JsonObject, number: number): undefined {
    const before = textOf(record["previousSeal"]);
    const hub = textOf(record["hubId"]);
    const start = this.#state ?? { hub, first: number, before, count: 0, erased: 0, isTold: number === 1 || before === firstSeal(hub) };
    const tells = isCutBehind(record, start);
    const [seal, at] = [textOf(record["seal"]), textOf(record["createdDateTime"])];
    const erased = textOf(record["salt"]) === "" ? 1 : 0;
    this.#state = { ...start, last: number, seal, at, count: start.count + 1, erased: start.erased + erased, isTold: start.isTold || tells };
  }
}

/** Whether a record tells that those before the first one were removed; of a removal that was cut short some of them are still there. */
function isCutBehind({ removedThrough, removedSeal }: JsonObject, { first, before }: Pick<ChainState, "first" | "before">): boolean {
  if (typeof removedThrough !== "number") return false;
  return removedThrough >= first || (removedThrough === first - 1 && removedSeal === before);
}

/** Whether details are what was sealed; a deleted row that was cut had its members in another order once. */
function isDigest(detail: JsonObject, digest: Json | undefined): boolean {
  return sha256(canonical(detail)) === digest || sha256(canonicalOnce(detail)) === digest;
}

function canonicalOnce(detail: JsonObject): string {
  const resources = detail["resources"];
  const texts = (Array.isArray(resources) ? (resources as readonly Json[]) : []).map((one) => {
    if (!isObject(one) || one["isCut"] !== true || one["change"] !== "delete") return canonical(one);
    const { before = null, isCut, ...rest } = one;
    return `{"before":${canonical(before)},"isCut":${canonical(isCut)},${canonical(rest).slice(1)}`;
  });
  const members = Object.keys(detail).toSorted();
  return `{${members.map((name) => `${JSON.stringify(name)}:${name === "resources" ? `[${texts.join(",")}]` : canonical(detail[name]!)}`).join(",")}}`;
}

function partsOf(record: JsonObject): { readonly core: JsonObject; readonly detail: JsonObject } {
  const core: Record<string, Json> = {};
  const detail: Record<string, Json> = {};
  for (const [name, value] of Object.entries(record)) {
    if (name.startsWith("@odata.") || outside.has(name)) continue;
    if (value === null && (optional.has(name) || erasable.has(name))) continue;
    if (erasable.has(name)) detail[name] = value;
    else core[name] = value;
  }
  return { core, detail };
}

function between(first: number, last: number): string {
  return first === last ? `record ${first} is missing` : `records ${first} to ${last} are missing`;
}

function fault(kind: ChainFault["kind"], number: number, detail: string): ChainFault {
  return { kind, number, detail };
}
