import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Order } from "./connection.ts";
import type { Connector } from "./connector.ts";
import { dispatchIn } from "./dispatchIn.ts";

interface Ordering {
  readonly hub: string;
  readonly tenant: string;
  readonly connector: Connector;
  readonly secrets: Order["secrets"];
  readonly deadline: number;
}

/** What a connector is told of an action whose attempt has begun. */
export function orderOf(action: JsonObject, { hub, tenant, connector, secrets, deadline }: Ordering): Order {
  const dispatch = dispatchIn(action);
  const id = textOf(action["id"]);
  const undoes = textOf(dispatch["undoes"]);
  return {
    hub,
    tenant,
    connector: connector.entity,
    secrets,
    action: {
      id,
      name: textOf(action["name"]),
      parameters: parametersOf(action, connector),
      reason: textOrNull(action["actionReason"]),
      clientContext: textOrNull(action["clientContext"]),
      duration: textOrNull(action["duration"]),
    },
    attempt: Number(dispatch["attempts"] ?? 0),
    fencingToken: Number(dispatch["fencingToken"] ?? 0),
    ...(undoes === "" ? {} : { undoes }),
    reportTo: `securities/${hub}/securityActions/${id}`,
    deadline,
  };
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function parametersOf(action: JsonObject, connector: Connector): Readonly<Record<string, Json>> {
  const { parameters = null } = action;
  const pairs = Array.isArray(parameters) ? (parameters as readonly Json[]).filter(isObject) : [];
  const known = connector.actions.find((one) => textOf(one["name"]).toLowerCase() === textOf(action["name"]).toLowerCase());
  return typedParameters(pairs, known);
}

/** Values by name; what comes twice is a list. */
function typedParameters(pairs: readonly JsonObject[], _known: JsonObject | undefined): Readonly<Record<string, Json>> {
  const values = new Map<string, Json[]>();
  for (const { name = null, value = null } of pairs) values.set(textOf(name), [...(values.get(textOf(name)) ?? []), value]);
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? all[0]! : all]));
}
