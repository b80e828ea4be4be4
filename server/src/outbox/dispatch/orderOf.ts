import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { checkParameters } from "../../base/jsonSchema/checkParameters.ts";
import type { Order, Report } from "./connection.ts";
import type { Connector } from "./connector.ts";
import { dispatchIn } from "./dispatchIn.ts";
import { openCredentials } from "./openCredentials.ts";
import type { Round } from "./round.ts";

/** An order that can be sent, or why none can. */
export type Ordered = { readonly order: Order } | { readonly report: Report };

interface Ordering {
  readonly connector: Connector;
  readonly round: Pick<Round, "hub" | "tenant" | "parts">;
}

/** What a connector is told of an action. What the connector does not take any more never leaves; what lacks its secrets may tomorrow. */
export function orderOf(action: JsonObject, { connector, round: { hub, tenant, parts } }: Ordering): Ordered {
  const secrets = openCredentials(connector.stored, hub, parts.secrets?.open);
  if (secrets === undefined) return refused("secrets", "The credentials of the connector cannot be opened with the keys of this server.", true);
  const parameters = parametersOf(action, connector);
  if ("faults" in parameters) return refused("parameters", parameters.faults, false);
  const dispatch = dispatchIn(action);
  const id = textOf(action["id"]);
  const undoes = textOf(dispatch["undoes"]);
  const order: Order = {
    hub,
    tenant,
    connector: connector.entity,
    secrets,
    action: {
      id,
      name: parameters.name,
      parameters: parameters.values,
      reason: textOrNull(action["actionReason"]),
      clientContext: textOrNull(action["clientContext"]),
      duration: textOrNull(action["duration"]),
    },
    attempt: Number(dispatch["attempts"] ?? 0),
    fencingToken: Number(dispatch["fencingToken"] ?? 0),
    ...(undoes === "" ? {} : { undoes }),
    reportTo: `securities/${hub}/${parts.actions}/${id}`,
    deadline: Date.now() + connector.limits.timeoutSeconds * 1000,
  };
  return { order };
}

function refused(code: string, message: string, retry: boolean): Ordered {
  return { report: { kind: "failed", retry, error: { code, message } } };
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** `name`: as the connector spells it. */
type Typed = { readonly name: string; readonly values: Readonly<Record<string, Json>> } | { readonly faults: string };

function parametersOf(action: JsonObject, connector: Connector): Typed {
  const { parameters = null } = action;
  const pairs = (Array.isArray(parameters) ? (parameters as readonly Json[]) : []).filter(isObject);
  const name = textOf(action["name"]).toLowerCase();
  const known = connector.actions.find((one) => textOf(one["name"]).toLowerCase() === name);
  if (known === undefined) return { faults: `The connector does not do '${textOf(action["name"]).slice(0, 100)}' any more.` };
  const checked = checkParameters(
    known["parameters"] ?? null,
    pairs.map((pair) => ({ name: textOf(pair["name"]), value: textOrNull(pair["value"]) })),
  );
  if ("values" in checked) return { name: textOf(known["name"]), values: checked.values };
  return { faults: checked.faults.map(({ parameter, message }) => `'${parameter}': ${message}`).join(" ") };
}
