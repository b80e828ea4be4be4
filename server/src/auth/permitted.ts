import type { Place } from "../edm/model.ts";
import type { Cursor, DeltaPlan, ListPlan, RowPlan } from "../plan/plan.ts";
import type { Caller } from "./caller.ts";
import type { Hub } from "./hubDirectory.ts";

/** Which rows a permitted plan may touch: those of one hub, or (the fleet) of every hub that a tenant may see. */
export type Scope = { readonly kind: "hub"; readonly hub: Hub } | { readonly kind: "fleet"; readonly tenant: string };

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
  /** Of a plan over several collections: each of them, permitted for itself. */
  readonly parts?: readonly Permitted<DeltaPlan | ListPlan>[];
  /** Places of which the plan reaches only the rows that the caller's application made. */
  readonly own: ReadonlySet<Place>;
}

/** What a grant is made of. */
export interface Granting<P extends RowPlan = RowPlan> {
  readonly plan: P;
  readonly caller: Caller;
  readonly scope: Scope;
  readonly cursor?: Cursor | undefined;
  readonly parts?: readonly Permitted<DeltaPlan | ListPlan>[] | undefined;
  readonly own: ReadonlySet<Place>;
}

/** What `grant` makes: the mark cannot be copied, and what stands beside it cannot be changed. */
class Granted {
  readonly #plan: RowPlan;
  readonly #caller: Caller;
  readonly #scope: Scope;
  readonly #cursor: Cursor | undefined;
  readonly #parts: readonly Permitted<DeltaPlan | ListPlan>[] | undefined;
  readonly #own: ReadonlySet<Place>;

  constructor({ plan, caller, scope, cursor, parts, own }: Granting) {
    this.#plan = plan;
    this.#caller = caller;
    this.#scope = scope;
    this.#cursor = cursor;
    this.#parts = parts;
    this.#own = own;
  }

  static made(value: object): boolean {
    return #scope in value;
  }

  get plan(): RowPlan {
    return this.#plan;
  }

  get caller(): Caller {
    return this.#caller;
  }

  get scope(): Scope {
    return this.#scope;
  }

  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  get parts(): readonly Permitted<DeltaPlan | ListPlan>[] | undefined {
    return this.#parts;
  }

  get own(): ReadonlySet<Place> {
    return this.#own;
  }
}

/** Called by `auth/permit.ts` alone (held by the layers test). */
export function grant<P extends RowPlan>(granting: Granting<P>): Permitted<P> {
  return new Granted(granting) as object as Permitted<P>;
}

/** False for anything that `permit` did not make: a copy with another hub, a bare plan, something that inherits from one. */
export function isPermitted(value: object): value is Permitted {
  return Granted.made(value);
}
