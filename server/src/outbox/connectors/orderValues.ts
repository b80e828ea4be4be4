import type { Json, JsonObject } from "../../base/json.ts";
import { textOf } from "../../base/json.ts";
import type { Values } from "../../base/template/renderTemplate.ts";
import type { Order } from "../dispatch/connection.ts";

/** What placeholders of a template stand for in an order; `handle` of work that runs on. */
export function orderValues(order: Order, handle?: string): Values {
  const { action, connector } = order;
  const plain = new Map<string, Json>([
    ["action.id", action.id],
    ["action.name", action.name],
    ["action.reason", action.reason],
    ["action.clientContext", action.clientContext],
    ["connector.id", textOf(connector["id"])],
    ["hub.id", order.hub],
    ["tenant.id", order.tenant],
    ["attempt", order.attempt],
    ["fencingToken", order.fencingToken],
    ["undoes", order.undoes ?? null],
    ["duration", action.duration],
    ["handle", handle ?? null],
  ]);
  return (path) => (path[0] === "parameters" ? memberAt(action.parameters, path.slice(1)) : plain.get(path.join(".")));
}

/** Own members alone: `__proto__` and its like are names as any other. */
function memberAt(from: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = from;
  for (const name of path) {
    if (typeof at !== "object" || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return undefined;
    at = (at as JsonObject)[name];
  }
  return at;
}

/** Everything that a connector may know of an order, as JSON: the body of a call without a template, the input of a program. */
export function wholeOrder(order: Order): JsonObject {
  const { action, hub, tenant, connector, attempt, fencingToken, undoes = null, reportTo } = order;
  return {
    id: action.id,
    name: action.name,
    parameters: action.parameters,
    reason: action.reason,
    clientContext: action.clientContext,
    duration: action.duration,
    undoes,
    attempt,
    fencingToken,
    hub,
    tenant,
    connector: textOf(connector["id"]),
    reportTo,
  };
}
