import { EgressFault } from "../../egress/egressFault.ts";
import type { Answer, Call } from "../../egress/call.ts";
import type { Egress } from "../../egress/createEgress.ts";
import type { RenderedCall } from "../../base/template/callTemplate.ts";
import type { OpenedCredential, Order, Report } from "../dispatch/connection.ts";
import { createMask, keptText, shownAddress, shownField, type Mask } from "./masks.ts";

/** What kinds that call over HTTP are made of. */
export interface CallParts {
  readonly egress: Pick<Egress, "send">;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** A call that was answered, and what is kept of it. */
export interface Answered {
  readonly status: number;
  readonly headers: Answer["headers"];
  /** As much of the body as is read: 64 KB. */
  readonly text: string;
  readonly url: string;
  readonly kept: Pick<Report, "statusCode" | "request" | "response">;
  readonly mask: Mask;
}

const answerBytes = 64 * 1024;

/** Makes a call of a connector: signed and with its credentials. A report instead of an answer says why there is none. */
export async function callOut(call: RenderedCall, { order, signal }: CallOf, { egress, clock }: CallParts): Promise<Answered | Report> {
  const mask = createMask(order.secrets);
  const headers = { ...call.headers, ...credentialFields(order.secrets) };
  const request = keptText(printRequest({ ...call, headers }), mask);
  const total = Math.max(1, order.deadline - clock());
  try {
    const answer = await egress.send({
      purpose: "connector",
      reach: "public",
      ...call,
      headers,
      ...signingOf(order),
      ...identityOf(order.secrets),
      limits: { headers: total, total, bytes: answerBytes },
      wanted: "beginning",
      signal,
    });
    const text = answer.body.toString("utf8");
    const { status: statusCode } = answer;
    return { ...answer, text, url: call.url, mask, kept: { statusCode, request, response: keptText(printAnswer(answer, text), mask) } };
  } catch (error) {
    if (!(error instanceof EgressFault)) throw error;
    return { ...reportOf(error), request };
  }
}

/** Whose call it is. */
export interface CallOf {
  readonly order: Order;
  readonly signal: AbortSignal;
}

/** Whether a call has a report and no answer. */
export function isReport(result: Answered | Report): result is Report {
  return "kind" in result;
}

/** These do not get better by asking again. */
const hopeless: ReadonlySet<string> = new Set(["malformed", "scheme", "credentials", "fragment", "host", "port", "request", "forbidden"]);

function reportOf({ reason, outward, sent }: EgressFault): Report {
  const error = { code: reason, message: outward };
  if (sent === "perhaps") return { kind: "unknown", error };
  // Our own way out is full: that is no fault of the endpoint.
  if (reason === "busy") return { kind: "busy", error };
  return { kind: "failed", retry: !hopeless.has(reason), error };
}

function credentialFields(credentials: readonly OpenedCredential[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const { scheme, name, userName = "", secret = "" } of credentials) {
    if (scheme === "bearer") fields["authorization"] = `Bearer ${secret}`;
    if (scheme === "basic") fields["authorization"] = `Basic ${Buffer.from(`${userName}:${secret}`).toString("base64")}`;
    if (scheme === "apiKey") fields[name ?? "x-api-key"] = secret;
  }
  return fields;
}

/** Standard Webhooks: the action's id, the time and the body are signed; what is old or was seen is refused by whoever checks. */
function signingOf({ secrets, action }: Order): Pick<Call, "signing"> {
  const secret = secrets.find(({ scheme }) => scheme === "hmac")?.secret;
  return secret === undefined ? {} : { signing: { keys: [signingKey(secret)], id: action.id } };
}

/** `whsec_` and base64, as that specification writes secrets; any other text is the key itself. */
function signingKey(secret: string): string | Uint8Array {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
}

function identityOf(credentials: readonly OpenedCredential[]): Pick<Call, "identity"> {
  const { certificate, key } = credentials.find(({ scheme }) => scheme === "mtls") ?? {};
  return certificate === undefined || key === undefined ? {} : { identity: { cert: certificate, key } };
}

function printRequest({ method, url, headers, body }: RenderedCall): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${shownField(name, value)}`);
  return [`${method} ${shownAddress(url)}`, ...fields, "", body?.slice(0, 4 * answerBytes) ?? ""].join("\n");
}

const shownFields = ["content-type", "location", "retry-after", "x-request-id", "x-fencing-token"];

function printAnswer({ status, headers }: Answer, text: string): string {
  const fields = shownFields.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${String(headers[name])}`]));
  return [String(status), ...fields, "", text].join("\n");
}
