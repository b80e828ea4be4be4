import { isObject, textOf, type JsonObject } from "../../base/json.ts";
import type { AlsoWrite, Decision, Draft, Found, NamedReads, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { instantOf } from "../../base/instant.ts";
import { actionNamed, providerOf, providerReads } from "./actionProvider.ts";
import { isBulk, partsOf } from "./actionParts.ts";
import { notPossible } from "./actionTransitions.ts";
import { targetsOfParts } from "./actionProtection.ts";
import { childReads, childrenOf, written } from "./children.ts";
import { askedBy, dispatchOf, ended, queued, resultInfo, withDispatch } from "./dispatchState.ts";
import { protectionCount, protectionReads, protectionRefusal } from "./protection.ts";
import { invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

/** Hours in which an approval is given, where no setting says otherwise. */
const usualHours = 72;

/** The action, waiting for another person: nobody looks at it before its approval is given, or no longer awaited. */
export function awaitingApproval(entity: JsonObject, { now, approvalHours = usualHours }: Stamp): JsonObject {
  const expires = instantOf(Date.parse(now) + approvalHours * 3_600_000);
  const approval = {
    "@odata.type": "microsoft.graph.securityActionApproval",
    state: "pending",
    requestedBy: entity["user"] ?? null,
    requestedByApp: entity["appId"] ?? null,
    requestedDateTime: now,
    expiresDateTime: expires,
    decidedBy: null,
    decidedByApp: null,
    decidedDateTime: null,
    reason: null,
  };
  return withDispatch(entity, { status: "pendingApproval", nextAttemptDateTime: expires, approval });
}

/** The approval that an action waits for; undefined where it waits for none of its own. */
function pendingOf(entity: JsonObject): JsonObject | undefined {
  const { status = null, approval = null } = dispatchOf(entity) ?? {};
  return status === "pendingApproval" && isObject(approval) && approval["state"] === "pending" ? approval : undefined;
}

/**
 * Two hands: people are told apart by their names whatever application they use; where one of both is an application without a
 * person, the applications have to differ, for an application could take on any of its users.
 */
function isSameHand({ requestedBy = null, requestedByApp = null }: JsonObject, { user, appId }: Stamp): boolean {
  if (typeof requestedBy === "string" && user !== null) return requestedBy.toLowerCase() === user.toLowerCase();
  return requestedByApp === appId;
}

function refusalOf({ entity }: Draft, operation: string, stamp: Stamp): Refusal | undefined {
  const approval = pendingOf(entity);
  if (approval === undefined) return notPossible(operation, entity, partOfWhole(entity));
  const expires = textOf(approval["expiresDateTime"]);
  if (expires !== "" && expires <= stamp.now) return { refuse: "approvalExpired", parameters: { expires } };
  if (!isSameHand(approval, stamp)) return undefined;
  const asker = textOf(approval["requestedBy"]) || `the application '${textOf(approval["requestedByApp"])}'`;
  return { refuse: "approvalByRequester", parameters: { asker } };
}

function partOfWhole(entity: JsonObject): string {
  const { status = null, parentId = null } = dispatchOf(entity) ?? {};
  return status === "pendingApproval" && typeof parentId === "string" ? `its approval is that of the action '${parentId}'` : "";
}

function decided(entity: JsonObject, state: string, { sent }: Draft, { now, user, appId }: Stamp): JsonObject {
  const approval = { ...pendingOf(entity), state, decidedBy: user, decidedByApp: appId, decidedDateTime: now, reason: sent["reason"] ?? null };
  return withDispatch(withMembers(entity, { lastActionDateTime: now }), { approval });
}

/** Approved: what was to be carried out is in the queue, each part of it if it has parts. */
function released(entity: JsonObject, { now }: Stamp): JsonObject {
  return isBulk(entity) ? withDispatch(entity, { status: "following", nextAttemptDateTime: null }) : queued(entity, "queued", now);
}

/** The children that wait with their parent, changed. */
function waitingChildren(found: Found, change: (child: JsonObject) => JsonObject): readonly AlsoWrite[] {
  return childrenOf(found)
    .filter((child) => dispatchOf(child)?.["status"] === "pendingApproval")
    .map((child) => written(change(child)));
}

function protectedReads({ entity }: Draft, found: Found): NamedReads {
  const provider = providerOf(found);
  const action = provider === undefined ? undefined : actionNamed(provider, entity["name"]);
  return protectionReads(targetsOfParts(partsOf(entity), action), found);
}

/** approve: by another person, while it waits; what has come to be protected since is not touched. */
export const approveAction: Rule = {
  reads: ({ entity }) => ({ ...protectionCount, ...providerReads(entity), ...childReads(entity) }),
  further: protectedReads,
  decide(draft, found, stamp): Decision | Refusal {
    const { entity } = draft;
    const provider = providerOf(found);
    const action = provider === undefined ? undefined : actionNamed(provider, entity["name"]);
    const refusal = refusalOf(draft, "approve", stamp) ?? protectionRefusal(targetsOfParts(partsOf(entity), action), found);
    if (refusal !== undefined) return refusal;
    const approved = released(decided(entity, "approved", draft, stamp), stamp);
    return { entity: approved, also: waitingChildren(found, (child) => queued(withMembers(child, { lastActionDateTime: stamp.now }), "queued", stamp.now)) };
  },
};

/** reject: by another person, with the reason; it ends as Failed and was never sent. */
export const rejectAction: Rule = {
  reads: ({ entity }) => childReads(entity),
  decide(draft, found, stamp): Decision | Refusal {
    if (textOf(draft.sent["reason"]).trim() === "") return invalid("reason", "Parameter 'reason': expected why it is rejected, got no text.");
    const refusal = refusalOf(draft, "reject", stamp);
    if (refusal !== undefined) return refusal;
    const error = resultInfo(2, `Rejected by ${askedBy(stamp)}: ${textOf(draft.sent["reason"])}`);
    return endedAll(decided(draft.entity, "rejected", draft, stamp), error, { found, stamp });
  },
};

/** What nobody approved in time ends as Failed; run by the server at `nextAttemptDateTime` of what waits. */
export const lapseApproval: Rule = {
  reads: ({ entity }) => childReads(entity),
  decide(draft, found, stamp): Decision | Refusal {
    const approval = pendingOf(draft.entity);
    if (approval === undefined) return notPossible("lapse", draft.entity);
    return endedAll(draft.entity, resultInfo(3, `Nobody approved it until ${textOf(approval["expiresDateTime"])}.`), { found, stamp });
  },
};

/** The action, ended before anybody approved it, and the children that wait with it. */
export function endedAll(entity: JsonObject, error: JsonObject, { found, stamp }: { readonly found: Found; readonly stamp: Stamp }): Decision {
  return { entity: ended(entity, "Failed", error, stamp), also: waitingChildren(found, (child) => ended(child, "Failed", error, stamp)) };
}
