/** What an API caller is told of everything that the network decides: one text, so that nobody learns by it what is there. */
const unreachable = "The endpoint cannot be reached or does not answer as it must.";

/**
 * Why a call has no answer. `operator` is for logs and the operator; `outward` is for API callers: it depends on the text
 * of the address alone, or is the same for all. `sent`: whether the request may have reached the other side.
 */
export const egressReasons = {
  malformed: { operator: "is no address that can be called", outward: "The address is malformed.", sent: "never" },
  scheme: { operator: "is not https", outward: "The address must be https.", sent: "never" },
  credentials: { operator: "carries credentials", outward: "The address must not carry credentials.", sent: "never" },
  fragment: { operator: "carries a fragment", outward: "The address must not carry a fragment.", sent: "never" },
  host: { operator: "has a host that is written in an unusual way", outward: "The host of the address must be written in its usual form.", sent: "never" },
  port: { operator: "has a port that is not called", outward: "The address must not name this port.", sent: "never" },
  request: { operator: "cannot be asked like this", outward: "The request cannot be sent.", sent: "never" },
  forbidden: { operator: "leads where outgoing calls may not go", outward: unreachable, sent: "never" },
  notFound: { operator: "has no address", outward: unreachable, sent: "never" },
  nameService: { operator: "was not found: the name service did not answer", outward: unreachable, sent: "never" },
  connect: { operator: "takes no connection", outward: unreachable, sent: "never" },
  tls: { operator: "cannot be trusted", outward: unreachable, sent: "never" },
  busy: { operator: "has too many calls under way", outward: unreachable, sent: "never" },
  stopped: { operator: "is not called any more, since the program stops", outward: unreachable, sent: "perhaps" },
  timeout: { operator: "did not answer in time (timeout)", outward: unreachable, sent: "perhaps" },
  closed: { operator: "closed the connection before it had answered", outward: unreachable, sent: "perhaps" },
  protocol: { operator: "does not speak HTTP", outward: unreachable, sent: "perhaps" },
  headersTooLarge: { operator: "answered with too large a head", outward: unreachable, sent: "perhaps" },
  bodyTooLarge: { operator: "answered with too large a body", outward: unreachable, sent: "perhaps" },
  encoding: { operator: "answered in a coding that was not asked for", outward: unreachable, sent: "perhaps" },
} as const satisfies Readonly<Record<string, { readonly operator: string; readonly outward: string; readonly sent: "never" | "perhaps" }>>;

/** A key of the table. */
export type EgressReason = keyof typeof egressReasons;

/** What is known beside the reason. */
export interface EgressFaultFacts {
  /** Scheme, host and port; never path or query, which may hold secrets. */
  readonly where?: string;
  /** For the operator: addresses, times, codes. */
  readonly detail?: string;
  /** The system's own code, such as ECONNREFUSED. */
  readonly code?: string;
  /** False when the request cannot have reached anybody though the reason leaves it open. */
  readonly begun?: boolean;
}

/** A call that has no answer: the only error of this module. Its `message` is for the operator. */
export class EgressFault extends Error {
  override readonly name = "EgressFault";
  readonly reason: EgressReason;
  /** The system's code, else the reason; logs keep it. */
  readonly code: string;
  /** What may be told to whoever wrote the address. */
  readonly outward: string;
  /** `never`: nobody has seen the request, it can be sent again without harm. */
  readonly sent: "never" | "perhaps";
  readonly facts: EgressFaultFacts;

  constructor(reason: EgressReason, facts: EgressFaultFacts = {}) {
    const { operator, outward, sent } = egressReasons[reason];
    const detail = facts.detail ?? facts.code;
    super(`${facts.where ?? "The address"} ${operator}${detail === undefined ? "" : `: ${detail}`}.`);
    this.reason = reason;
    this.code = facts.code ?? reason;
    this.outward = outward;
    this.sent = facts.begun === false ? "never" : sent;
    this.facts = facts;
  }
}
