import type { JsonObject, Json } from "../base/json.ts";
import type { ProblemKey, ProblemExtras } from "../base/errors.ts";

/** What a rule may know of the moment and the caller; fixed before it runs, so that a rule is a pure function. */
export interface Stamp {
  /** The instant of the write, UTC, seven fraction digits: `2026-11-22T06:00:00.0000000Z`. */
  readonly now: string;
  /** Makes a new UUIDv7; deterministic in tests. */
  readonly newId: () => string;
  /** The hub that is written in; "" for a write over the fleet. */
  readonly hub: string;
  readonly tenant: string;
  /** Client id of the calling application. */
  readonly appId: string;
  /** User principal name; null for an application token. */
  readonly user: string | null;
  /** Every permission that the token carries (roles or scopes). */
  readonly permissions: ReadonlySet<string>;
  readonly faithful: ReadonlySet<string>;
  /** The hub's own settings. */
  readonly settings: HubSettings;
  /** Hours in which what needs an approval has to get it. */
  readonly approvalHours?: number;
  /** Deliveries that the log of a subscription keeps. */
  readonly deliveriesKept?: number;
  /** Seals a secret for a context (`base/secrets.ts`). Absent: this server has no key to keep secrets with. */
  readonly seal?: (text: string, context: string) => string;
}

/** Settings of one hub, kept beside its row. */
export interface HubSettings {
  /** Natural keys (`unique` of a place) are enforced: a repetition is 409 `nameAlreadyExists`. */
  readonly uniqueKeys: boolean;
}

/** What a rule decides on. `entity` is complete in wire form: for a create the body with defaults, for an update `before` with the patch merged in. */
export interface Draft {
  readonly verb: "create" | "update" | "delete" | "action";
  /** Qualified type name of the entity. */
  readonly type: string;
  readonly entity: JsonObject;
  /** The committed entity that an update, delete or action starts from. */
  readonly before?: JsonObject;
  /** Keys of the rows that contain this one, outermost first. */
  readonly parents: readonly string[];
  /** What the client sent, validated: the body of a create or update, the parameters of an action. */
  readonly sent: JsonObject;
}

/** Reads a rule asks for, run by `execute` in the same hub and collection parents before `decide`. */
export type NamedReads = Readonly<Record<string, RuleRead>>;
export type RuleRead =
  | { readonly kind: "get"; readonly place: string; readonly parents?: readonly string[]; readonly id: string }
  /** All rows of a place at the top of the hub, oldest write first; at most `limit` (default 1000). */
  | { readonly kind: "all"; readonly place: string; readonly limit?: number }
  /** How many rows there are; not more than `limit` are counted where that is given. */
  | { readonly kind: "count"; readonly place: string; readonly parents: readonly string[]; readonly limit?: number }
  /** The greatest value of a property of whole numbers, as text; null where there is none. Of all rows, or of those where another property (a path of scalars, too) has a value. */
  | {
      readonly kind: "greatest";
      readonly place: string;
      readonly parents: readonly string[];
      readonly path: string;
      readonly where?: { readonly path: string; readonly equals: Json };
    }
  /** All rows whose property (a path of indexed scalars) equals the value; at most `limit` (default 1000). */
  | { readonly kind: "where"; readonly place: string; readonly path: string; readonly equals: Json; readonly limit?: number }
  /** All rows whose property (a path of an indexed text) lies in one of the ranges, both ends of which belong to it; at most `limit` (default 1000). */
  | { readonly kind: "within"; readonly place: string; readonly path: string; readonly ranges: readonly TextRange[]; readonly limit?: number }
  /**
   * All rows of a place at the top of the hub for which every condition holds, in the order of an instant, newest first, or else of writing;
   * at most `limit` (default 1000). `in` is of texts.
   */
  | { readonly kind: "find"; readonly place: string; readonly where: readonly FindCondition[]; readonly newestBy?: string; readonly limit?: number }
  /** Rows of a place but for so many, the newest by an indexed instant: the oldest first, at most `limit`. */
  | { readonly kind: "behind"; readonly place: string; readonly parents: readonly string[]; readonly by: string; readonly keep: number; readonly limit: number }
  /** 1 where the change log of the hub still has the change of this number, else 0. */
  | { readonly kind: "logged"; readonly sequence: number };

/** What a property has to be, or (a path into a collection) that of one of its elements. */
export type FindCondition =
  | { readonly path: string; readonly is: "eq" | "gt" | "le"; readonly value: Json }
  | { readonly path: string; readonly is: "in"; readonly value: readonly string[] };

/** From the first text to the last, by code points. */
export type TextRange = readonly [least: string, most: string];

/** The answers, by the names that were asked: an entity or null, a number, or a list of entities. */
export type Found = Readonly<Record<string, Json>>;

/** A refusal decided by a rule: a key of the error catalogue and the parameters of its message. */
export interface Refusal {
  readonly refuse: ProblemKey;
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly extras?: ProblemExtras;
}

/** Something that leaves later, written in the same transaction (outbox). */
export interface Message {
  readonly kind: string;
  readonly payload: JsonObject;
}

/**
 * Another row that the same decision writes, in the same hub. `entity: null` deletes it. One that was found by a read, changed by copying, is
 * written on the version that was found: when it has moved since, everything is decided anew.
 */
export interface AlsoWrite {
  readonly place: string;
  readonly parents?: readonly string[];
  readonly id: string;
  /** Qualified type name; needed for a new row. */
  readonly type?: string;
  readonly entity: JsonObject | null;
  /** The rule found no such row: when there is one by the time of the write, everything is decided anew. */
  readonly isNew?: true;
}

export interface Decision {
  readonly entity: JsonObject;
  /** The entity stays as it is: nothing of it is written, only what stands in `also`. */
  readonly keeps?: true;
  /** What an action over one entity answers with, where it returns something. */
  readonly result?: Json;
  /** The id of one of the further rows, of the same place: an action over one entity answers with it as created. */
  readonly made?: string;
  readonly messages?: readonly Message[];
  readonly also?: readonly AlsoWrite[];
}

/** Something that only the world beyond the hub can tell: `kind` says who asks it, `value` what about. */
export interface Confirmation {
  readonly kind: "notification endpoint" | "followed resource" | "destination" | "program";
  readonly value: string;
  /** The property that it is about, for the refusal. */
  readonly target?: string;
}

/** A pure rule over one entity. What `confirm` asks for is found out between its reads and its decision, and stands among what was found. */
export interface Rule {
  readonly reads?: (draft: Draft, stamp: Stamp) => NamedReads;
  /** What has to be read because of what was found; asked again with the answers until it asks by no new name, at most four times. */
  readonly further?: (draft: Draft, found: Found, stamp: Stamp) => NamedReads;
  /** May refuse at once: nobody outside is asked about a draft that cannot stand. */
  readonly confirm?: (draft: Draft, stamp: Stamp) => Readonly<Record<string, Confirmation>> | Refusal;
  readonly decide: (draft: Draft, found: Found, stamp: Stamp) => Decision | Refusal;
}

/** What a bound action does: over one entity it is a Rule; over a collection it decides a list of writes and the result. */
export interface CollectionRule {
  readonly reads?: (sent: JsonObject, stamp: Stamp) => NamedReads;
  readonly decide: (sent: JsonObject, found: Found, stamp: Stamp) => CollectionDecision | Refusal;
}
export interface CollectionDecision {
  readonly writes: readonly AlsoWrite[];
  /** The value of the answer; for a collection of entities their ids in order, printed from the written rows. */
  readonly result: { readonly kind: "entities"; readonly ids: readonly string[] } | { readonly kind: "value"; readonly value: Json };
  readonly messages?: readonly Message[];
}

export function isRefusal(answer: object): answer is Refusal {
  return "refuse" in answer;
}
