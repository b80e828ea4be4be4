import type { Seal } from "../base/sealed.ts";
import type { Secrets } from "../base/secrets.ts";
import type { Origin } from "../base/origin.ts";
import type { Json } from "../base/json.ts";
import type { Confirmation, Stamp } from "../edm/rules.ts";
import type { Model, Place } from "../edm/model.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { RowWrite, UnitOfWork } from "../store/store.ts";
import { instantOf } from "../base/instant.ts";
import type { RowQueue } from "./rowQueue.ts";

/** Everything that `execute` works with. */
export interface ExecuteContext {
  readonly model: Model;
  readonly store: UnitOfWork;
  readonly seal: Seal;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** The same, but never set anew. */
  readonly steady: () => number;
  /** Makes ids that grow with every call, whatever the clock does. */
  readonly newGuid: (now: number) => string;
  readonly profile: "graph" | "odata";
  readonly pageTokenSeconds: number;
  readonly deltaTokenSeconds: number;
  readonly faithful: ReadonlySet<string>;
  /** The tenant whose callers may make hubs for others (SECGRAPH_OPERATOR_TENANT). */
  readonly operatorTenant?: string;
  readonly maxHubs?: number;
  /** Set for a write that shall leave no answer to be given again: its key is taken. */
  readonly forgetful?: true;
  /** Told of writes whose key was known. */
  readonly onKnownKey?: (outcome: "replayed" | "conflict" | "running") => void;
  /** Hours in which what needs an approval has to get it. */
  readonly approvalHours?: number;
  /** Deliveries that the log of a subscription keeps. */
  readonly deliveriesKept?: number;
  /** Keeps what is never shown. Absent: this server has no key for it. */
  readonly secrets?: Secrets;
  /** Finds out what a rule wants to be confirmed; throws a Problem where it is not. Absent: nothing leaves this server. */
  readonly confirm?: (asked: Confirmation, permitted: Permitted) => Promise<Json>;
  /** Told of rows that were written: the hub, the places, and the rows themselves. */
  readonly onWritten?: (hub: string, places: readonly Place[], rows: readonly RowWrite[]) => void;
  /** Where the request came from; absent for what the server does by itself. */
  readonly origin?: Origin;
  /** What the audit calls a person whose name was erased. */
  readonly pseudonymOf?: (user: string) => string;
  /** Writes of this process to one row wait for each other. */
  readonly rows: RowQueue;
  /** Keys of writes under way, so that the same one is not begun twice. */
  readonly inFlight: Set<string>;
}

const noSettings = { uniqueKeys: false };

/** The moment and the caller, as rules see them. */
export function stampOf(permitted: Permitted, context: ExecuteContext): Stamp {
  const { caller, scope } = permitted;
  const now = context.clock();
  return {
    now: instantOf(now),
    newId: () => context.newGuid(now),
    hub: scope.kind === "hub" ? scope.hub.id : "",
    tenant: caller.tenant,
    appId: caller.appId,
    user: caller.user,
    permissions: caller.permissions,
    faithful: context.faithful,
    ...(context.approvalHours === undefined ? {} : { approvalHours: context.approvalHours }),
    ...(context.deliveriesKept === undefined ? {} : { deliveriesKept: context.deliveriesKept }),
    settings: scope.kind === "hub" ? scope.hub.settings : noSettings,
    ...(context.secrets === undefined ? {} : { seal: context.secrets.seal }),
  };
}
