import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { isRefusal, type Refusal, type Stamp } from "../../edm/rules.ts";
import { partsOf } from "./actionParts.ts";
import { actionNamed, type Carrier } from "./actionProvider.ts";
import { dispatchOf, queued, withDispatch } from "./dispatchState.ts";
import { asNew, carriedBy, entrusted } from "./newAction.ts";
import { parameterRefusal } from "./parameterRefusal.ts";
import { wordsOf } from "./refusals.ts";

/** Why something is taken back: somebody asks for it, or its time is over, which whoever asked for the action has agreed to. */
export interface Reversing {
  readonly by: "undo" | "expiry";
  readonly reason: string;
}

/** The action that takes another back, and that other, which names it. */
export interface Reversed {
  readonly original: JsonObject;
  readonly reverse: JsonObject;
}

function refused(original: JsonObject, why: string): Refusal {
  return { refuse: "actionNotReversible", parameters: { action: textOf(original["id"]), why } };
}

/** Who takes an action back: its connector, by the reverse action that it names. */
export function reverserOf(original: JsonObject, provider: JsonObject | undefined): Carrier | Refusal {
  if (provider === undefined) return refused(original, "no connector of this hub has its vendor and provider");
  const action = actionNamed(provider, original["name"]);
  if (action === undefined) return refused(original, `its connector has no action '${textOf(original["name"])}' any more`);
  const reverse = actionNamed(provider, action["reverse"] ?? null);
  return reverse === undefined ? refused(original, `'${textOf(action["name"])}' has no reverse action`) : { provider, action: reverse };
}

/** Of the parameters of an action those that the schema of its reverse knows, by name in any case and as that schema spells them; all of them where it names none. */
function reverseParameters(original: JsonObject, { action }: Carrier): readonly JsonObject[] {
  const parameters = ((original["parameters"] ?? []) as readonly Json[]).filter(isObject);
  const { parameters: schema = null } = action;
  const properties = isObject(schema) ? schema["properties"] : undefined;
  if (!isObject(properties)) return parameters;
  const spelled = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]));
  return parameters.flatMap((pair) => {
    const name = spelled.get(textOf(pair["name"]).toLowerCase());
    return name === undefined ? [] : [{ ...pair, name }];
  });
}

/** The reverse of one action that has ended well, linked with it both ways. */
export function reverseOf(original: JsonObject, provider: JsonObject | undefined, { by, reason }: Reversing, stamp: Stamp): Reversed | Refusal {
  const carrier = reverserOf(original, provider);
  if (isRefusal(carrier)) return carrier;
  const draft = reverseDraft(original, carrier, { reason, stamp });
  const misfit = parameterRefusal(partsOf(draft), carrier.action);
  if (misfit !== undefined) return refused(original, `its parameters do not fit '${textOf(carrier.action["name"])}': ${wordsOf(misfit)}`);
  const fresh = asNew(draft, stamp);
  const linked = withDispatch(fresh, { undoes: original["id"] ?? null });
  const reverse = by === "expiry" ? queued(withDispatch(linked, carriedBy(carrier)), "queued", stamp.now) : entrusted(linked, carrier, stamp);
  return { original: undoneBy(original, reverse), reverse };
}

interface Drafting {
  readonly reason: string;
  readonly stamp: Stamp;
}

function reverseDraft(original: JsonObject, carrier: Carrier, { reason, stamp }: Drafting): JsonObject {
  return {
    "@odata.type": original["@odata.type"] ?? null,
    id: stamp.newId(),
    actionReason: reason,
    clientContext: original["clientContext"] ?? null,
    name: carrier.action["name"] ?? null,
    parameters: reverseParameters(original, carrier),
    vendorInformation: original["vendorInformation"] ?? null,
    duration: null,
    dryRun: null,
    targets: [],
  };
}

/** What is taken back is no longer to be taken back when its time is over. */
function undoneBy(original: JsonObject, reverse: JsonObject): JsonObject {
  return withDispatch(original, { undoneBy: reverse["id"] ?? null, expiresDateTime: null });
}

/** The reverse of an action with children: a parent too, with the reverse of each child that ended well and was not taken back yet. */
export function reverseOfAll(
  parent: JsonObject,
  children: readonly JsonObject[],
  { provider, reason, stamp }: Drafting & { readonly provider: JsonObject | undefined },
): { readonly parent: Reversed; readonly children: readonly Reversed[] } | Refusal {
  const carrier = reverserOf(parent, provider);
  if (isRefusal(carrier)) return carrier;
  const draft = reverseDraft(parent, carrier, { reason, stamp });
  const parts: Reversed[] = [];
  for (const child of children) {
    const one = reverseOf(child, provider, { by: "undo", reason }, stamp);
    if (isRefusal(one)) return one;
    parts.push(one);
  }
  const targets = parts.map(({ reverse }) => ({ "@odata.type": "microsoft.graph.securityActionTarget", parameters: reverse["parameters"] ?? [] }));
  const own = entrusted(withDispatch(asNew({ ...draft, parameters: [], targets }, stamp), { undoes: parent["id"] ?? null }), carrier, stamp);
  const isWaiting = dispatchOf(own)?.["status"] === "pendingApproval";
  const reverse = isWaiting ? own : withDispatch(own, { status: "following", connectorId: null, nextAttemptDateTime: null });
  return {
    parent: { original: undoneBy(parent, reverse), reverse },
    children: parts.map((one) => ({ ...one, reverse: asPart(one.reverse, reverse, isWaiting) })),
  };
}

/** A child waits for the approval of its parent, and for none of its own. */
function asPart(child: JsonObject, parent: JsonObject, isWaiting: boolean): JsonObject {
  const waiting = isWaiting ? { status: "pendingApproval", nextAttemptDateTime: null, approval: null } : {};
  return withDispatch(child, { parentId: parent["id"] ?? null, ...waiting });
}
