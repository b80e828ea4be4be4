import type { Format } from "../odata/parseAccept.ts";
import type { Leaf, ResultMember, ResultShape } from "../plan/apply.ts";
import type { Projection } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { valueText } from "./valueText.ts";

/** The values of one row of `$apply`, and which of them are wanted. */
export interface Made {
  readonly shape: ResultShape;
  readonly values: readonly Scalar[];
  readonly projection: Projection | undefined;
}

/** Members of an object in the making: texts of values by name, objects within. */
type Tree = Map<string, string | Tree>;

/** What `$apply` made of a row as members in JSON text, those with paths as objects in each other (OData JSON Format 4.5.3 for their types). */
export function madeMembers({ shape, values, projection }: Made, format: Format): string[] {
  const tree: Tree = new Map();
  for (const member of shape.members) {
    if (isPicked(member.path, projection)) put(tree, member, values[member.column] ?? null, format);
  }
  return membersOf(tree);
}

/** Whether a value by its path is among those that are selected. */
export function isPicked(path: readonly string[], projection: Projection | undefined): boolean {
  if (projection === undefined || projection.star) return true;
  let names: Projection["names"] | undefined = projection.names;
  for (const name of path) {
    const found: true | Projection | undefined = names === undefined ? undefined : [...names].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
    if (found === true) return true;
    names = found?.names;
  }
  return false;
}

function put(tree: Tree, { path, type, dynamic }: ResultMember, value: Scalar, format: Format): void {
  const last = path.at(-1)!;
  let within = tree;
  for (const name of path.slice(0, -1)) {
    const known = within.get(name);
    const next: Tree = known instanceof Map ? known : new Map();
    within.set(name, next);
    within = next;
  }
  const annotation = annotationOf(type, value, { dynamic, format });
  if (annotation !== undefined) within.set(`${last}@odata.type`, annotation);
  within.set(last, valueText(value, type, format));
}

/** What a reader of JSON takes a value for that says nothing of its type. */
const heuristic: ReadonlySet<string> = new Set(["Edm.String", "Edm.Boolean", "Edm.Double"]);

/** A type that cannot be told by looking: of dynamic properties at once, of declared ones with full metadata. */
function annotationOf({ name }: Leaf, value: Scalar, { dynamic, format }: { readonly dynamic: boolean; readonly format: Format }): string | undefined {
  if (value === null || format.metadata === "none" || (!dynamic && format.metadata !== "full")) return undefined;
  const isPlain = heuristic.has(name) && !(name === "Edm.Double" && !Number.isFinite(Number(value)));
  return isPlain ? undefined : JSON.stringify(`#${name.startsWith("Edm.") ? name.slice(4) : name}`);
}

function membersOf(tree: Tree): string[] {
  return [...tree].map(([name, value]) => `${JSON.stringify(name)}:${typeof value === "string" ? value : `{${membersOf(value).join(",")}}`}`);
}
