import type { Caller } from "../auth/caller.ts";
import type { HttpRequest } from "../base/http.ts";
import type { Budgets } from "../base/limits.ts";
import type { Records } from "../base/records.ts";
import type { Secrets } from "../base/secrets.ts";
import type { Model } from "../edm/model.ts";
import type { Egress } from "../egress/createEgress.ts";
import type { ExecuteContext } from "../execute/context.ts";
import type { Disguise, Observed } from "../handle.ts";
import type { Throttle } from "../limits/throttle.ts";
import type { Implementations } from "../operations/implementation.ts";
import type { Connections } from "../outbox/dispatch/connection.ts";
import type { WaitLimits } from "../outbox/pull/waitingRoom.ts";
import type { Store } from "../store/store.ts";

/** What an App is made of. */
export interface AppSettings {
  readonly model: Model;
  readonly store: Store;
  readonly authenticate: (headers: HttpRequest["headers"], loopback: boolean) => Promise<Caller> | Caller;
  readonly budgets: Budgets;
  /** Absent: nobody is throttled. */
  readonly throttle?: Throttle;
  /** Roots on which documentation placeholders in bodies count as absent. */
  readonly placeholders: readonly string[];
  /** `permissions`, `providers`, ...: where to refuse as the real service does. */
  readonly faithful: readonly string[];
  /** `odata` is pure OData 4.01 where Graph departs from it. Default: `graph`. */
  readonly profile?: "graph" | "odata";
  /** Where answers are kept that come later; in the memory of this process unless it is said. */
  readonly records?: Records;
  /** Under which first segments of the path the model is served; "" for the path `/` itself. Default: `v1.0`, `beta` and `localtest`. */
  readonly roots?: readonly string[];
  /** What the operations of the model do that have no rule; others answer 501. */
  readonly operations?: Implementations;
  readonly operatorTenant?: string;
  /** Whose audit trail tells of callers whose tenant nobody knows; the operator's unless it is said. */
  readonly strangersTenant?: string;
  readonly maxHubs?: number;
  /** Milliseconds since 1970; Date.now unless a test says otherwise. */
  readonly clock?: () => number;
  /** The same, but never set anew, for what lasts a while; `clock` where that is given. */
  readonly steady?: () => number;
  /** Makes the ids of rows from the time; UUIDv7 unless a test says otherwise. */
  readonly newGuid?: (now: number) => string;
  readonly observe?: (http: HttpRequest, response: Observed) => void;
  /** Told when what was refused, and who signed in, could not be written into the trail. */
  readonly onNoteFault?: (error: unknown) => void;
  /** The emulator's faults. */
  readonly disguise?: Disguise;
  /** The way out: without it nobody can be told of changes. */
  readonly egress?: Pick<Egress, "send"> & Partial<Pick<Egress, "admit">>;
  /** Hours in which what needs an approval has to get it. */
  readonly approvalHours?: number;
  /** Deliveries that the log of a subscription keeps (default 1000). */
  readonly deliveriesKept?: number;
  /** Keeps the credentials of connectors. Absent: there are none. */
  readonly secrets?: Secrets;
  /** Why a program may not be run by a connector; undefined where it may. Absent: none may. */
  readonly programFault?: (program: string, tenant: string) => string | undefined;
  /** The kinds of connectors that carry out actions. */
  readonly connections?: Connections;
  /** How many calls may wait for work that they lease. */
  readonly leaseWaits?: WaitLimits;
  /** Told of actions that cannot be leased for a fault of the server. */
  readonly onLeaseFault?: (error: unknown) => void;
  /** Told of writes with an idempotency key that was known. */
  readonly onKnownKey?: ExecuteContext["onKnownKey"] & {};
}
