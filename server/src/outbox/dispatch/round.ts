import type { JsonObject } from "../../base/json.ts";
import type { Secrets } from "../../base/secrets.ts";
import type { Gate } from "../../auth/permit.ts";
import type { Dispatched } from "../../edm/dispatched.ts";
import type { Lease } from "../../store/leases.ts";
import type { Poke } from "../notify/pokes.ts";
import type { Connections } from "./connection.ts";
import type { Desk } from "./desk.ts";
import type { DispatchFigures } from "./dispatchFigures.ts";
import type { Resting } from "./expire.ts";
import type { Lane } from "./lane.ts";
import type { Switch } from "./connector.ts";

/** What hubs are worked on with. */
export interface RoundParts {
  readonly gate: Gate;
  readonly dispatched: Dispatched;
  readonly connections: Connections;
  readonly figures: DispatchFigures;
  /** The path of the actions below a hub. */
  readonly actions: string;
  /** Opens the credentials of connectors; absent where this server keeps none. */
  readonly secrets?: Pick<Secrets, "open"> | undefined;
  /** Milliseconds for which calls under way may go on when the server stops. */
  readonly drain: number;
  /** Milliseconds after which draining ends, however much is left. */
  readonly longestDrain: number;
  /** Milliseconds for which nothing may be heard of what a connector has accepted. */
  readonly reportWithin: number;
  /** Milliseconds until what failed so often is tried again; as `pauseAfter` says unless a test says otherwise. */
  readonly pause?: ((failures: number) => number) | undefined;
  /** The server stops. */
  readonly stopping: AbortSignal;
  /** True where other servers work on the same data. */
  readonly isShared: boolean;
  readonly onFault: (error: unknown) => void;
  readonly onTrouble?: ((what: Trouble, facts: Readonly<Record<string, string | number>>) => void) | undefined;
}

/** What an operator should know of. */
export type Trouble = "dead_lettered" | "failing" | "recovered" | "not_undone";

/** One look after a hub: what is known of it, and what is under way. */
export interface Round {
  readonly hub: string;
  readonly tenant: string;
  readonly lease: Lease;
  readonly desk: Desk;
  readonly poke: Poke;
  /** Ends it behind the calls that are under way. */
  readonly lost: AbortSignal;
  /** Ends the calls too. */
  readonly cut: AbortSignal;
  readonly parts: RoundParts;
  readonly lanes: Map<string, Lane>;
  control: Switch;
  /** True when something has come to an end since it was looked at what may begin: whoever says so while nobody waits is heard all the same. */
  isOver: boolean;
  /** By the id of the action. */
  readonly running: Map<string, Promise<void>>;
  /** Actions that could not be worked on, and when to try them again, by the steady clock. */
  readonly faulty: Map<string, number>;
  /** Actions that could not be taken back in time, as far as is known. */
  readonly resting: Resting;
  /** When the next of what held for a while has to be taken back, in milliseconds since 1970; undefined: not known; Infinity while it is looked after. */
  expiry: number | undefined;
  /** When to look at the parents of others, and until when that rests, by the steady clock; while they are looked at, the end of that. */
  readonly family: { next: number; rests: number; work: Promise<void> | undefined };
}

/** Something has come to an end: others may begin. */
export function over(round: Round): void {
  round.isOver = true;
  round.poke.nudge();
}

/** Something was written: parents are looked at as soon as that is allowed again. */
export function followSoon({ family }: Pick<Round, "family">): void {
  family.next = Math.min(family.next, family.rests);
}

/** An action, as it stands in the queue. */
export interface Queued {
  readonly id: string;
  readonly status: string;
  /** When it is due, in milliseconds since 1970. */
  readonly due: number;
  readonly entity: JsonObject;
}
