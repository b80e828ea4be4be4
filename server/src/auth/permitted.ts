import type { Place } from "../edm/model.ts";
import type { Cursor, RowPlan } from "../plan/plan.ts";
import type { Caller } from "./caller.ts";
import type { Hub } from "./hubDirectory.ts";

/** Which rows a permitted plan may touch: those of one hub, or (the fleet) of every hub that a tenant may see. */
export type Scope = { readonly kind: "hub"; readonly hub: Hub } | { readonly kind: "fleet"; readonly tenant: string };

const granted = new WeakSet<object>();

/**
 * A plan that may run, with the hub it runs in. Only `grant` makes one, only `permit` (and the named
 * door for the system) calls `grant`; the store asks `isPermitted` and accepts nothing else.
 */
export interface Permitted<P extends RowPlan = RowPlan> {
  readonly plan: P;
  readonly caller: Caller;
  readonly scope: Scope;
  /** The opened page token, when the request carried one. */
  readonly cursor?: Cursor;
  /** Places of which the plan reaches only the rows that the caller's application made. */
  readonly own: ReadonlySet<Place>;
}

/** Called by `auth/permit.ts` alone (held by the layers test). */
export function grant<P extends RowPlan>(permitted: Permitted<P>): Permitted<P> {
  const frozen = Object.freeze({ ...permitted });
  granted.add(frozen);
  return frozen;
}

/** False for anything that `permit` did not make: a copy with another hub, a bare plan. */
export function isPermitted(value: object): value is Permitted {
  return granted.has(value);
}
