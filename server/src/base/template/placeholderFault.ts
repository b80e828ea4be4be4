import { printPlaceholder, type Placeholder } from "./parseTemplate.ts";

/** What templates of connectors may name, beside `parameters`. */
const known = new Set([
  "action.id",
  "action.name",
  "action.reason",
  "action.clientContext",
  "connector.id",
  "hub.id",
  "tenant.id",
  "attempt",
  "fencingToken",
  "undoes",
  "duration",
]);

/** Why a placeholder stands for nothing; undefined for one that does. `{handle}` is known where work that runs on is asked for or stopped. */
export function placeholderFault(placeholder: Placeholder, hasHandle: boolean): string | undefined {
  const { path } = placeholder;
  if (path[0] === "parameters" && path.length > 1) return undefined;
  const name = path.join(".");
  if (known.has(name) || (hasHandle && name === "handle")) return undefined;
  const all = ["parameters.NAME", ...known, ...(hasHandle ? ["handle"] : [])];
  return `${printPlaceholder(placeholder)} stands for nothing; known are ${all.join(", ")}`;
}
