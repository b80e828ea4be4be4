import type { Place } from "../edm/model.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { Sequence, Transformation } from "../odata/apply.ts";
import type { PathStep } from "../odata/expression.ts";
import type { Computed, Join, Leaf } from "./apply.ts";
import { implicit } from "./bindCollection.ts";
import { bindPredicate } from "./bindExpression.ts";
import { propertyOf } from "./bindPath.ts";
import { keyOf, notServed, requireFree, type Binding, type InputSet, type Named, type Shape } from "./inputSet.ts";
import { columnOf, leaf } from "./leafOf.ts";
import { findChild } from "./resolvePath.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import { bindProblem, type Scope } from "./scope.ts";
import type { CollectionPath, Typed } from "./typed.ts";

type Joining = Extract<Transformation, { readonly kind: "join" | "outerjoin" }>;

/** A collection of a row, and the steps of the path behind it. */
export interface Found {
  readonly from: CollectionPath | Place;
  readonly rest: readonly PathStep[];
}

/** `join` and `outerjoin` (Data Aggregation 4.0, section 3.5.1): each row with each element of a collection. */
export function bindJoin({ kind, path, alias, each, at }: Joining, set: InputSet, binding: Binding): InputSet {
  const found = collectionIn(
    path.map((name) => ({ kind: "name", name, at })),
    set,
    binding,
  );
  const name = path.join("/");
  if (found === undefined || found.rest.length > 0) throw bindProblem(binding.scope, at, `'${name}' is not a collection that the rows have`);
  requireFree(alias, at, set, binding);
  const { from } = found;
  if ("steps" in from && from.element === "scalar")
    throw bindProblem(binding.scope, at, `'${name}' is a collection of plain values; '${kind}' needs complex values or entities`);
  const elements = "steps" in from ? scalarsOf(from.element as ComplexType) : scalarsOf(from.type);
  const values = elements.map(({ steps, property }) => pathTo(from, steps, property));
  const members = elements.map(({ steps, property }): Named => {
    const type = property.type as Leaf;
    return { path: [alias, ...steps], typed: columnOf(binding.next(), type), type, dynamic: false };
  });
  const columns = members.map(({ typed }, index): Computed => ({ id: (typed as { readonly id: string }).id, value: values[index]! }));
  const element = "steps" in from ? { element: { steps: from.steps, type: from.element as ComplexType } } : {};
  const predicate = each === undefined ? undefined : conditionOf(each, from, binding);
  return joined(
    set,
    { from, columns, outer: kind === "outerjoin", ...(predicate === undefined ? {} : { predicate }) },
    { members, alias, ...element },
    binding,
  );
}

/** What elements have to fulfil: of the sequences within a join those that only filter. */
function conditionOf(each: Sequence, from: CollectionPath | Place, { scope }: Binding): Typed | undefined {
  const inner: Scope =
    "steps" in from ? { ...scope, variables: [{ name: implicit, element: from.element, elementType: from.elementType }] } : { ...scope, type: from.type };
  return each.reduce<Typed | undefined>((so, one) => {
    if (one.kind === "identity") return so;
    if (one.kind !== "filter") throw notServed(`'${one.kind}' within a join`, one.at);
    const condition = bindPredicate(one.predicate, inner);
    return so === undefined ? condition : { kind: "binary", type: "boolean", operator: "and", left: so, right: condition };
  }, undefined);
}

/** What elements are called. */
interface Joined extends Pick<Named, "element"> {
  readonly members: readonly Named[];
  readonly alias?: string;
}

type Elements = Pick<Join, "from" | "columns" | "outer" | "predicate">;

/** The rows with the elements of a collection. */
export function joined(set: InputSet, elements: Elements, { members, alias = "", element }: Joined, binding: Binding): InputSet {
  if (!("steps" in elements.from)) binding.join(elements.from);
  const ordinal = binding.next();
  const type = leaf("steps" in elements.from ? "Edm.Int64" : "Edm.String");
  const expression = columnOf(ordinal, type);
  const behind = { expression, descending: false, nullable: true };
  const place: Named = { path: [alias, "$place"], typed: expression, type, dynamic: false, hidden: true, ...(element === undefined ? {} : { element }) };
  const added = alias === "" ? members : [...members, place];
  const shapes = set.shapes.map((shape): Shape => ({ ...shape, members: [...shape.members, ...added] }));
  const names = new Map([...set.names, ...added.map((one) => [keyOf(one.path), one] as const)]);
  return { ...set, stage: { kind: "join", of: set.stage, ordinal, ...elements }, shapes, names, order: [...set.order, behind] };
}

/** The first collection that a path of names leads to, from the rows of a set; undefined where there is none on the way. */
export function collectionIn(segments: readonly PathStep[], set: InputSet, { scope, place, cast }: Binding): Found | undefined {
  let type: EntityType | ComplexType = scope.type;
  const steps: string[] = [];
  if (!set.entity) return undefined;
  for (const [index, segment] of segments.entries()) {
    if (segment.kind !== "name") return undefined;
    const property: Property | undefined = propertyOf(type, segment.name);
    if (property === undefined) {
      const child = steps.length === 0 ? findChild(place, cast, segment.name) : undefined;
      return child === undefined ? undefined : { from: child, rest: segments.slice(index + 1) };
    }
    steps.push(property.name);
    if (property.collection) return { from: collectionPath(steps, property), rest: segments.slice(index + 1) };
    if (property.type.kind !== "complex") return undefined;
    type = property.type;
  }
  return undefined;
}

function collectionPath(steps: readonly string[], property: Property): CollectionPath {
  const element = property.type.kind === "complex" ? property.type : "scalar";
  return { origin: { level: 0 }, steps, property, element, elementType: scalarTypeOf(property.type) ?? "complex" };
}

interface Scalar {
  readonly steps: readonly string[];
  readonly property: Property;
}

/** The single values of a type, through its complex properties. */
function scalarsOf(type: EntityType | ComplexType, steps: readonly string[] = [], above: readonly ComplexType[] = []): Scalar[] {
  return type.allProperties.flatMap((property): Scalar[] => {
    const here = [...steps, property.name];
    if (property.collection) return [];
    if (property.type.kind !== "complex") return ["Edm.Stream", "Edm.Untyped"].includes(property.type.name) ? [] : [{ steps: here, property }];
    return above.includes(property.type) ? [] : scalarsOf(property.type, here, [...above, property.type]);
  });
}

function pathTo(from: CollectionPath | Place, steps: readonly string[], property: Property): Typed {
  const type = scalarTypeOf(property.type)!;
  return { kind: "path", type, path: { origin: { level: "steps" in from ? 1 : 0 }, steps, property, dynamic: false, type } };
}
