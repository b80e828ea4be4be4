import type { Gate } from "../../auth/permit.ts";
import type { Egress } from "../../egress/createEgress.ts";
import type { Store } from "../../store/store.ts";
import type { Desk } from "./desk.ts";
import type { PlanPath } from "./followed.ts";
import type { PrintRow } from "./notification.ts";
import type { NotifyFigures } from "./notifyFigures.ts";
import type { Standing, Track } from "./track.ts";

/** What deliveries are made with. */
export interface DeliverParts {
  readonly egress: Pick<Egress, "send">;
  readonly store: Pick<Store, "entries" | "lastChange">;
  readonly gate: Gate;
  readonly planPath: PlanPath;
  readonly print: PrintRow;
  /** Signs that notifications with data are from here (R161); absent where this installation signs nothing. */
  readonly validationToken?: (appId: string, tenant: string) => Promise<string>;
  /** Milliseconds for which what an endpoint does not take is tried again. */
  readonly keep: number;
  /** Told of endpoints that begin to fail and that work again, of notifications that are dropped, and of subscriptions that are removed. */
  readonly onTrouble?: (what: "failing" | "recovered" | "dropped" | "removed", facts: Readonly<Record<string, string | number>>) => void;
  readonly figures: NotifyFigures;
}

/** A subscription under way. */
export interface Under {
  readonly track: Track;
  readonly standing: Standing;
  readonly desk: Desk;
  readonly parts: DeliverParts;
  /** Ends it behind the call that is under way: another server may tell this subscriber by then. */
  readonly lost: AbortSignal;
}
