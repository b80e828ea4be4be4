import type { Egress } from "../../egress/createEgress.ts";
import { EgressFault } from "../../egress/egressFault.ts";

/** What came of a call. */
export interface Called {
  readonly isTaken: boolean;
  /** False when it was never sent, for reasons that lie here. */
  readonly isSent: boolean;
  readonly statusCode?: number;
  readonly detail?: string;
  readonly milliseconds: number;
}

/** Milliseconds that an endpoint has (R154): it takes a notification first, and works afterwards. */
const patience = 3_000;
const ours: ReadonlySet<string> = new Set(["busy", "stopped"]);

/** What tells something of a network that is not the subscriber's has one name for all. */
const unreachable: ReadonlySet<string> = new Set(["forbidden", "notFound", "nameService", "connect"]);

function toldOf({ reason, outward }: EgressFault): string {
  return `${unreachable.has(reason) ? "unreachable" : reason}: ${outward}`;
}

/** Sends a body to an endpoint; any 2xx in time is success (R154). Never rejects. */
export async function call(url: string, body: string, egress: Pick<Egress, "send">): Promise<Called> {
  const from = performance.now();
  const milliseconds = (): number => Math.round(performance.now() - from);
  const headers = { "Content-Type": "application/json; charset=utf-8" };
  const limits = { headers: patience, total: patience, bytes: 4096 };
  try {
    const { status } = await egress.send({ purpose: "notification", reach: "public", method: "POST", url, headers, body, limits, wanted: "status" });
    return { isTaken: status >= 200 && status < 300, isSent: true, statusCode: status, milliseconds: milliseconds() };
  } catch (error) {
    if (!(error instanceof EgressFault)) throw error;
    return { isTaken: false, isSent: !ours.has(error.reason), detail: toldOf(error), milliseconds: milliseconds() };
  }
}
