import { randomBytes } from "node:crypto";
import { problem } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { notFound, type Gate } from "../../auth/permit.ts";
import type { Egress } from "../../egress/createEgress.ts";
import { EgressFault } from "../../egress/egressFault.ts";
import type { ExecuteContext } from "../../execute/context.ts";
import { requireKnownNames } from "../../execute/read.ts";
import { followed, type PlanPath } from "./followed.ts";

/** What subscriptions are confirmed with. */
export interface ConfirmParts {
  readonly egress: Pick<Egress, "send">;
  readonly gate: Gate;
  readonly planPath: PlanPath;
  readonly context: ExecuteContext;
}

/** Milliseconds that an endpoint has for a challenge (R146). */
const patience = 10_000;

/** Makes what answers the questions of the rule for subscriptions. */
export function createConfirm(parts: ConfirmParts): ExecuteContext["confirm"] & {} {
  return async ({ kind, value, target: property = "notificationUrl" }, permitted): Promise<Json> => {
    if (kind === "notification endpoint") return challenge(value, property, parts.egress);
    const { context } = parts;
    const { permitted: reading, id } = await followed(value, permitted.caller, parts);
    const { target, query } = reading.plan;
    await requireKnownNames(reading, target, query, context);
    if (id !== undefined && (await context.store.rowsOf(reading, target.place, [id], target.parents)).length === 0) throw notFound(id);
    const [own, there] = [permitted.scope, reading.scope];
    if (own.kind === "hub" && there.kind === "hub" && own.hub.id !== there.hub.id) {
      const what = `Property 'resource': it lies in the hub '${there.hub.id}': post the subscription to 'securities/${there.hub.id}/subscriptions'.`;
      throw problem("badRequest", { what }, { target: "resource" });
    }
    return context.store.lastChange(reading);
  };
}

/** The handshake (R146-R148): the endpoint gives back, as plain text, what it was sent. Throws ValidationError or InvalidRequest. */
async function challenge(url: string, target: string, egress: ConfirmParts["egress"]): Promise<null> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomBytes(16).toString("hex")}`;
  const answer = await egress
    .send({
      purpose: "notification",
      reach: "public",
      method: "POST",
      url: `${url}${url.includes("?") ? "&" : "?"}validationToken=${encodeURIComponent(token)}`,
      headers: { "Content-Type": "text/plain; charset=utf-8" },
      body: "",
      limits: { headers: patience, total: patience, bytes: 4096 },
    })
    .catch((error: unknown) => {
      throw faultOf(error, { url, target });
    });
  const type = String(answer.headers["content-type"] ?? "");
  if (answer.status === 200 && /^text\/plain\s*(?:;|$)/i.test(type) && answer.body.toString().trim() === token) return null;
  throw problem(
    "validationFailed",
    { what: `${failed} It must be answered with 200, as text/plain, with the decoded validationToken as its body.` },
    { target },
  );
}

const failed = "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.";

function faultOf(error: unknown, { url, target }: { readonly url: string; readonly target: string }): unknown {
  if (!(error instanceof EgressFault)) return error;
  if (error.reason === "timeout") return problem("validationTimeout", { what: "Subscription validation request timed out." }, { target });
  return problem("validationFailed", { what: `${failed} ${url.slice(0, 200)}: ${error.outward}` }, { target });
}
