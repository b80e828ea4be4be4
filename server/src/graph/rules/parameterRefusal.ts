import { checkParameters, type ParameterPair } from "../../base/jsonSchema/checkParameters.ts";
import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Refusal } from "../../edm/rules.ts";
import type { ActionPart } from "./actionParts.ts";

/** Faults that are told at most. */
const most = 100;

interface Detail {
  readonly code: string;
  readonly message: string;
  readonly target: string;
}

function pairsOf({ pairs }: ActionPart): readonly ParameterPair[] {
  return pairs.map(({ pair: { name = null, value = null } }) => ({ name: textOf(name), value: typeof value === "string" ? value : null }));
}

/** The parameters of a part as the schema of its action types them; undefined where they do not fit. */
export function typedParameters(part: ActionPart, action: JsonObject): Readonly<Record<string, Json>> | undefined {
  const checked = checkParameters(action["parameters"] ?? null, pairsOf(part));
  return "values" in checked ? checked.values : undefined;
}

/** Why the parameters of an action, of each of its parts, do not fit the schema that the connector has for them: by name and by path, with what was expected and what was given. */
export function parameterRefusal(parts: readonly ActionPart[], action: JsonObject): Refusal | undefined {
  const details: Detail[] = [];
  for (const part of parts) {
    details.push(...faultsOf(part, action));
    if (details.length >= most) break;
  }
  const [first] = details;
  if (first === undefined) return undefined;
  return { refuse: "parametersInvalid", parameters: { what: first.message }, extras: { target: first.target, details: details.slice(0, most) } };
}

function faultsOf(part: ActionPart, action: JsonObject): readonly Detail[] {
  const checked = checkParameters(action["parameters"] ?? null, pairsOf(part));
  if ("values" in checked) return [];
  return checked.faults.map(({ parameter, message }) => {
    const name = /^[^[/]*/.exec(parameter)![0];
    const placed = part.pairs.find(({ pair }) => pair["name"] === parameter) ?? part.pairs.find(({ pair }) => pair["name"] === name);
    const whose = part.at === "" ? "" : `${part.at}: `;
    const target = placed === undefined ? `${part.at === "" ? "" : `${part.at}/`}parameters` : `${placed.path}/value`;
    return { code: "ActionParametersInvalid", message: `${whose}${parameter === "" ? "The parameters" : `Parameter '${parameter}'`}: ${message}`, target };
  });
}
