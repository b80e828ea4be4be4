import type { NamePath } from "../odata/apply.ts";
import type { Computed } from "./apply.ts";
import { bindExpression } from "./bindExpression.ts";
import { propertyOf } from "./bindPath.ts";
import { keyOf, notServed, scopeOf, type Binding, type InputSet, type Named } from "./inputSet.ts";
import { columnOf, leaf, leafOf } from "./leafOf.ts";
import { bindProblem } from "./scope.ts";

/** A path to group by, and where it stands. */
export interface Wanted {
  readonly path: NamePath;
  readonly at: number;
}

/** The rows with what they are grouped by as columns. */
export function keyed(paths: readonly Wanted[], set: InputSet, binding: Binding): InputSet {
  const keys = new Map(set.within.map((one) => [keyOf(one.path), one]));
  const added: Computed[] = [];
  for (const { path, at } of paths) {
    const found = keyNamed(path, at, set, binding);
    const key = keyOf(found.path);
    if (keys.has(key)) continue;
    if (found.typed.kind === "column") keys.set(key, found);
    else {
      const id = binding.next();
      added.push({ id, value: found.typed });
      keys.set(key, { ...found, typed: columnOf(id, found.type) });
    }
  }
  if (keys.size === 0) {
    // Without rows there is no group either.
    const [id, type] = [binding.next(), leaf("Edm.Int64")];
    added.push({ id, value: { kind: "literal", type: "int", value: 1 } });
    keys.set("", { path: [], typed: columnOf(id, type), type, dynamic: false, hidden: true });
  }
  const stage = added.length === 0 ? set.stage : ({ kind: "compute", of: set.stage, columns: added } as const);
  return { ...set, stage, within: [...keys.values()], groups: stage };
}

function keyNamed(path: NamePath, at: number, set: InputSet, binding: Binding): Named {
  const scope = scopeOf(set, binding);
  const named = set.names.get(keyOf(path));
  if (named !== undefined) return named;
  const bound = bindExpression({ kind: "path", segments: path.map((name) => ({ kind: "name", name, at })), at }, scope);
  const { typed } = bound;
  const name = path.join("/");
  if (typed.kind === "complexIsNull") throw bindProblem(scope, at, `'${name}' is a complex value: group by its members`);
  if (bound.isNullTest === true) throw notServed(`grouping by '${name}' as a whole`, at);
  if (typed.kind === "literal") throw bindProblem(scope, at, `'${name}' has been aggregated away`);
  const type = leafOf(bound);
  if (type === undefined) throw notServed(`grouping by '${name}', which no type declares,`, at);
  return { path: declared(path, binding), typed, type, dynamic: false };
}

/** The names as the model writes them, without types that are cast to. */
function declared(path: NamePath, { scope }: Binding): string[] {
  let type: Parameters<typeof propertyOf>[0] | undefined = scope.type;
  return path
    .filter((name) => !name.includes("."))
    .map((name) => {
      const property: ReturnType<typeof propertyOf> = type === undefined ? undefined : propertyOf(type, name);
      type = property?.type.kind === "complex" ? property.type : undefined;
      return property?.name ?? name;
    });
}
