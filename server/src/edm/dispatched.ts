import type { Rule } from "./rules.ts";

/**
 * What is decided of a row on its way through a connector, each step by a rule of its own: `begin` of an attempt, `settle` what came of it, `told` a connector
 * that it shall end it, `park` what has no connector any more, `adopt` for a connector that came, `expire` what held for a while, `lapse` what nobody approved in
 * time, `follow` the parts of a whole, `bury` what cannot be worked on.
 */
export type DispatchStep = "begin" | "settle" | "told" | "park" | "adopt" | "expire" | "lapse" | "follow" | "bury";

/** What is decided where connectors come for their work: it is given to one until an instant, held on to, and what came of it is taken. */
export type LeaseStep = "lease" | "extend" | "acknowledge";

/** A place whose rows connectors carry out, and where those and the switch of the hub lie. */
export interface Dispatched {
  readonly connectors: string;
  readonly control: string;
  readonly rules: Readonly<Record<DispatchStep, Rule>>;
  readonly leasing: Readonly<Record<LeaseStep, Rule>>;
}
