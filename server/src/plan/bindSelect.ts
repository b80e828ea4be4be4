import { problem } from "../base/errors.ts";
import type { Model } from "../edm/model.ts";
import type { ComplexType, EntityType } from "../edm/types.ts";
import type { SelectItem } from "../odata/options.ts";
import { propertyOf } from "./bindPath.ts";
import type { Projection } from "./plan.ts";

type Names = Map<string, true | Names>;

/**
 * Binds `$select` (OData URL Conventions 5.1.3): properties, paths into complex values, `*`, and casts before
 * a path. `useDynamic` is told each undeclared name of an open type, within a complex value as `type/name`. Throws `unknownProperty`.
 */
export function bindSelect(items: readonly SelectItem[], type: EntityType, model: Model, useDynamic: (name: string) => void): Projection {
  const names: Names = new Map();
  let star = false;
  const printed: string[] = [];
  for (const item of items) {
    if (item.options !== undefined) {
      throw problem("notImplemented", { what: `$select: options in parentheses are not implemented (position ${item.at}).` }, { target: "$select" });
    }
    if (item.star) {
      star = true;
      printed.push("*");
      continue;
    }
    const steps = declaredSteps(item.path, type, model, useDynamic);
    add(names, steps);
    printed.push(steps.join("/"));
  }
  return { names: frozen(names), text: [...new Set(printed)].join(","), star };
}

function declaredSteps(path: readonly string[], type: EntityType, model: Model, useDynamic: (name: string) => void): string[] {
  let current: EntityType | ComplexType | undefined = type;
  const steps: string[] = [];
  for (const name of path) {
    const cast = name.includes(".") && steps.length === 0 ? model.findType(name) : undefined;
    if (cast?.kind === "entity" && (cast === type || type.derived.includes(cast))) {
      current = cast;
      continue;
    }
    const found: ReturnType<typeof propertyOf> = current === undefined ? undefined : propertyOf(current, name);
    if (found === undefined) {
      if (current !== undefined) requireNavigationOrOpen(current, name);
      if (current !== undefined && navigationName(current, name) === undefined) useDynamic(steps.length === 0 ? name : `${current.name}/${name}`);
    }
    steps.push(found?.name ?? (current && navigationName(current, name)) ?? name);
    current = found?.type.kind === "complex" ? found.type : undefined;
  }
  return steps;
}

/** Selecting a navigation property asks for its link alone (OData URL Conventions 5.1.3): nothing is added to minimal metadata. */
function navigationName(type: EntityType | ComplexType, name: string): string | undefined {
  const lower = name.toLowerCase();
  return type.allNavigation.find((one) => one.name.toLowerCase() === lower)?.name;
}

function requireNavigationOrOpen(type: EntityType | ComplexType, name: string): void {
  const open = type.open || (type.kind === "entity" && type.derived.some((one) => one.open));
  if (open || navigationName(type, name) !== undefined) return;
  throw problem("unknownProperty", { property: name, type: type.name }, { target: "$select" });
}

function add(names: Names, steps: readonly string[]): void {
  const [first, ...rest] = steps;
  if (first === undefined) return;
  const existing = names.get(first);
  if (rest.length === 0 || existing === true) {
    names.set(first, true);
    return;
  }
  const inner: Names = existing ?? new Map();
  add(inner, rest);
  names.set(first, inner);
}

function frozen(names: Names): Projection["names"] {
  return new Map([...names].map(([name, inner]) => [name, inner === true ? true : { names: frozen(inner), text: "", star: false }]));
}
