import type { CallLimits } from "./call.ts";
import type { Egress } from "./createEgress.ts";

/** How far a GET of JSON may go. */
export interface GetJsonLimits {
  readonly timeout: number;
  readonly bytes: number;
}

/** A document and the moment that the answer's `Date` header names, in milliseconds since 1970; NaN when it names none. */
export interface DatedJson {
  readonly json: unknown;
  readonly date: number;
}

const usual: GetJsonLimits = { timeout: 5_000, bytes: 1024 * 1024 };

/**
 * Reads JSON from an address that the operator configured or that such an address named (an issuer's discovery and key
 * documents). https, also of private networks; http for this machine alone; redirects are not followed; time and size are
 * bounded. Rejects with an EgressFault, or an Error that names the address and what was wrong with its answer.
 */
export async function getJson(egress: Egress, url: string, { timeout, bytes }: GetJsonLimits = usual): Promise<DatedJson> {
  const limits: CallLimits = { headers: timeout, total: timeout, bytes };
  const { status, headers, body } = await egress.send({
    purpose: "keys",
    reach: "operator",
    url,
    method: "GET",
    headers: { accept: "application/json" },
    limits,
  });
  if (status !== 200) throw new Error(`${url} answered ${status}.`);
  return { json: JSON.parse(body.toString("utf8")) as unknown, date: Date.parse(String(headers["date"])) };
}
