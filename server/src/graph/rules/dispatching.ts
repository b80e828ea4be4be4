import { textOf, type JsonObject } from "../../base/json.ts";
import type { Dispatched } from "../../edm/dispatched.ts";
import type { Draft, Found, NamedReads, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { isTerminal } from "./actionStates.ts";
import { attemptsPlace, begun, settled, type Settlement } from "./attempts.ts";
import { deadLetter, dispatchOf, queued, resultInfo, withDispatch } from "./dispatchState.ts";
import { conflict } from "./refusals.ts";

function stateOf({ entity }: Draft): string {
  return textOf(dispatchOf(entity)?.["status"]);
}

/** Somebody was faster: the step is not taken. */
function passed(draft: Draft): Refusal {
  return conflict(`The dispatch of the action is ${stateOf(draft) || "nobody's"} now.`);
}

/** The switches that stand between the queue and the connector: looked at in the very write that begins an attempt, so that nothing begins once one of them is turned. */
function switches({ entity }: Draft, { hub }: Stamp): NamedReads {
  const connector = textOf(dispatchOf(entity)?.["connectorId"]);
  return {
    provider: { kind: "get", place: "security/actionProviders", id: connector },
    control: { kind: "get", place: "security/actionControl", id: hub },
  };
}

function heldBack({ provider = null, control = null }: Found, { entity }: Draft): Refusal | undefined {
  const [own, whole] = [provider, control] as readonly (JsonObject | null)[];
  if (own === null || own === undefined) return conflict("The connector is gone.");
  for (const one of [own, whole]) {
    const state = textOf(one?.["state"]) || "active";
    const isLeft = state === "draining" && textOf(entity["createdDateTime"]) <= textOf(one?.["stateDateTime"]);
    if (state !== "active" && !isLeft) return conflict(`It is held back: ${state}.`);
  }
  return undefined;
}

const begin: Rule = {
  reads: switches,
  decide(draft, found, stamp) {
    const state = stateOf(draft);
    if ((state !== "queued" && state !== "retrying") || isTerminal(textOf(draft.entity["status"]))) return passed(draft);
    const refusal = heldBack(found, draft);
    return refusal ?? begun(draft.entity, { lease: Number(draft.sent["lease"] ?? 0) }, stamp);
  },
};

/** `sent`: a Settlement, and the number of the attempt. */
const settle: Rule = {
  reads: ({ entity, sent }) => ({ attempt: { kind: "get", place: attemptsPlace, parents: [textOf(entity["id"])], id: String(Number(sent["number"])) } }),
  decide: ({ entity, sent }, found, stamp) => settled(entity, (found["attempt"] ?? null) as JsonObject | null, sent as unknown as Settlement, stamp),
};

/** A connector was asked to end it: what it says next, or nothing until `next`, decides. */
const told: Rule = {
  decide(draft) {
    if (stateOf(draft) !== "cancelling") return passed(draft);
    return { entity: withDispatch(draft.entity, { nextAttemptDateTime: draft.sent["next"] ?? null }) };
  },
};

/** Its connector is gone: it waits for another; what was begun there is a dead letter, for nobody knows. */
const park: Rule = {
  decide(draft, _, stamp) {
    const state = stateOf(draft);
    if (state === "queued") return { entity: withDispatch(draft.entity, { status: "waiting", connectorId: null, nextAttemptDateTime: null }) };
    if (isTerminal(textOf(draft.entity["status"])) || state === "deadLettered") return passed(draft);
    return { entity: deadLetter(draft.entity, resultInfo(1, "Its connector is gone."), stamp) };
  },
};

/** A connector came for what waited without one. */
const adopt: Rule = {
  decide(draft, _, stamp) {
    const { entity, sent } = draft;
    const state = stateOf(draft);
    if (entity["status"] !== "NotStarted" || (state !== "" && state !== "waiting")) return passed(draft);
    const known = { connectorId: sent["connectorId"] ?? null, guarantee: sent["guarantee"] ?? null };
    return { entity: withDispatch(queued(entity, "queued", stamp.now), known) };
  },
};

const expire: Rule = {
  decide: (draft) => ({ entity: withDispatch(draft.entity, { expiresDateTime: null }) }),
};

const follow: Rule = {
  decide: (draft) => ({ entity: draft.entity }),
};

/** It cannot be worked on, and is in nobody's way from now on. */
const bury: Rule = {
  decide(draft, _, stamp) {
    if (isTerminal(textOf(draft.entity["status"]))) return { entity: withDispatch(draft.entity, { nextAttemptDateTime: null, expiresDateTime: null }) };
    return { entity: deadLetter(draft.entity, resultInfo(1, textOf(draft.sent["why"])), stamp) };
  },
};

/** What the dispatcher decides of an action, step by step. */
export const dispatching: Dispatched["rules"] = { begin, settle, told, park, adopt, expire, follow, bury };
