import type { Sequence, Transformation } from "../../../src/odata/apply.ts";
import type { Context, ContextItem } from "../../../src/odata/context.ts";
import type { Expression, Path } from "../../../src/odata/expression.ts";
import type { Segment } from "../../../src/odata/options.ts";
import type { Constraints } from "./cases.ts";
import { Misfit } from "./place.ts";

/** What a path has come to. */
type State = "root" | "entities" | "entity" | "complexes" | "complex" | "primitives" | "primitive" | "stream" | "nothing";

const named: readonly (readonly [rule: string, state: State])[] = [
  ["entityColNavigationProperty", "entities"],
  ["entityNavigationProperty", "entity"],
  ["complexColProperty", "complexes"],
  ["complexProperty", "complex"],
  ["primitiveColProperty", "primitives"],
  ["primitiveNonKeyProperty", "primitive"],
  ["primitiveKeyProperty", "primitive"],
  ["streamProperty", "stream"],
  ["entityColFunction", "entities"],
  ["entityFunction", "entity"],
  ["complexColFunction", "complexes"],
  ["complexFunction", "complex"],
  ["primitiveColFunction", "primitives"],
  ["primitiveFunction", "primitive"],
  ["action", "nothing"],
];
const roots: readonly (readonly [rule: string, state: State])[] = [
  ["entitySetName", "entities"],
  ["singletonEntity", "entity"],
  ["entityColFunctionImport", "entities"],
  ["entityFunctionImport", "entity"],
  ["complexColFunctionImport", "complexes"],
  ["complexFunctionImport", "complex"],
  ["primitiveColFunctionImport", "primitives"],
  ["primitiveFunctionImport", "primitive"],
  ["actionImport", "nothing"],
];

/** What only a model can say about a text, said from the names that the ABNF's constraints list. */
export class SmallModel {
  readonly #names: Readonly<Record<string, ReadonlySet<string>>>;

  constructor(constraints: Constraints[string]) {
    this.#names = Object.fromEntries(Object.entries(constraints).map(([rule, names]) => [rule, new Set(names)]));
  }

  #is(rule: string, name: string): boolean {
    return this.#names[rule]?.has(name.split(".").at(-1) ?? "") === true;
  }

  /** An unqualified name is a property first. */
  #isCast(name: string): boolean {
    return this.#isType(name) && (name.includes(".") || !named.some(([rule]) => this.#is(rule, name)));
  }

  #isType(name: string): boolean {
    return this.#is("entityTypeName", name) || this.#is("complexTypeName", name);
  }

  /** Walks a resource path: which segments may follow which depends on what they name. */
  checkPath(segments: readonly Segment[]): void {
    let state: State = "root";
    let cast = false;
    for (const segment of segments) {
      const isCast: boolean = state !== "root" && this.#isCast(segment.name);
      const next: State | undefined = isCast && !cast ? afterCast(state, segment) : this.#step(state, segment);
      if (next === undefined || (isCast && cast)) {
        throw new Misfit(`'${segment.raw}' does not stand here`, { from: segment.at, to: segment.at + segment.raw.length });
      }
      cast = isCast;
      state = next;
    }
  }

  #step(state: State, segment: Segment): State | undefined {
    const { name, raw } = segment;
    if (name === "") return "entity";
    if (name.startsWith("$")) return afterDollar(state, name);
    if (state === "root")
      return (
        roots.map(([rule, next]) => (this.#is(rule, name) && !name.includes(".") ? keyed(next, segment) : undefined)).find(Boolean) ?? this.#unlisted(name)
      );
    if (/^-?\d+$/.test(raw) && state !== "entities") return state === "complexes" ? "complex" : "primitive";
    const found = named.find(([rule]) => this.#is(rule, name))?.[1];
    if (found !== undefined && state !== "nothing") return keyed(found, segment);
    return this.#names["keyPathLiteral"]?.has(encodeURIComponent(raw)) === true || /^\d+$/.test(raw) ? "entity" : undefined;
  }

  /** `Model.Container` in front of `$all`; a rule whose names are not listed takes any. */
  #unlisted(name: string): State | undefined {
    if (name.endsWith(".Container")) return "root";
    return this.#names["primitiveFunctionImport"] === undefined && /^\w+$/.test(name) ? "primitive" : undefined;
  }

  /** A qualified name in an expression is a type unless it is called. */
  checkExpression(tree: Expression, length: number): void {
    const last = tree.kind === "path" ? tree.segments.at(-1) : undefined;
    if (last?.kind === "name" && last.name.includes(".") && !last.name.startsWith("@") && !this.#isType(last.name)) {
      throw new Misfit(`'${last.name}' is not a type`, { from: last.at, to: length });
    }
  }

  /** In a context URL a cast is written with its namespace. */
  checkContext(context: Context): void {
    if (context.kind !== "reference") this.#checkItems(context.select ?? []);
  }

  #checkItems(items: readonly ContextItem[]): void {
    for (const { at, path, items: nested = [] } of items) {
      const type = path.find((name) => !name.includes(".") && this.#isType(name) && !named.some(([rule]) => this.#is(rule, name)));
      if (type !== undefined) throw new Misfit(`'${type}' is a type without its namespace`, { from: at, to: at + path.join("/").length, target: "context" });
      this.#checkItems(nested);
    }
  }

  /** What `$apply` may do with a name depends on what it names. */
  checkApply(sequence: Sequence): void {
    for (const one of sequence) this.#checkTransformation(one);
  }

  #checkTransformation(one: Transformation): void {
    if (one.kind === "concat") one.sequences.forEach((sequence) => this.checkApply(sequence));
    if (one.kind === "nest" || one.kind === "addnested") one.items.forEach(({ sequence }) => this.checkApply(sequence));
    if (one.kind === "groupby") {
      one.keys.forEach((key) => key.kind === "path" && this.#checkKey(key.path, key.at));
      this.checkApply(one.each ?? []);
    }
    if (one.kind === "join" || one.kind === "outerjoin") this.#checkJoin(one.path, one.at + one.kind.length + 1);
    if (one.kind !== "aggregate") return;
    for (const { of } of one.items) {
      if (of.value.kind === "binary") this.#checkOperands(of.value);
      if (of.method === undefined && of.value.kind === "path") this.#checkCustom(of.value);
    }
  }

  /** All names of a key but the last lead to one other instance each. */
  #checkKey(path: readonly string[], at: number): void {
    let end = at;
    for (const name of path.slice(0, -1)) {
      end += name.length;
      const state = this.#isType(name) ? "entity" : named.find(([rule]) => this.#is(rule, name))?.[1];
      if (state !== "entity" && state !== "complex") throw new Misfit(`nothing may follow '${name}' here`, { from: end, to: end, target: "$apply" });
      end += 1;
    }
  }

  #checkJoin(path: readonly string[], at: number): void {
    const name = path.at(-1) ?? "";
    if (this.#is("entityColNavigationProperty", name) || this.#is("complexColProperty", name)) return;
    throw new Misfit(`'${name}' is not a collection`, { from: at, to: at + name.length + 1, target: "$apply" });
  }

  #checkOperands(value: Extract<Expression, { kind: "binary" }>): void {
    for (const side of [value.left, value.right]) {
      const [first] = side.kind === "path" ? side.segments : [];
      if (first?.kind === "name" && side.kind === "path" && side.segments.length > 1 && this.#is("entityColNavigationProperty", first.name)) {
        throw new Misfit(`'${first.name}' is a collection`, { from: side.at, to: value.right.at, target: "$apply" });
      }
    }
  }

  #checkCustom(value: Path): void {
    const last = value.segments.at(-1);
    if (last?.kind !== "name" || this.#is("customAggregate", last.name)) return;
    throw new Misfit(`'${last.name}' is not a custom aggregate`, { from: last.at, to: last.at + last.name.length + 1, target: "$apply" });
  }
}

function keyed(state: State, { arguments: values }: Segment): State {
  return state === "entities" && values !== undefined && values.length > 0 && values.every(isKeyPart) ? "entity" : state;
}

/** Parameters of a function and the parts of a key look alike; only the names of keys are written in capitals. */
function isKeyPart({ name }: { readonly name?: string }): boolean {
  return name === undefined || /^[A-Z]/.test(name);
}

function afterCast(state: State, segment: Segment): State {
  return keyed(state, segment);
}

function afterDollar(state: State, name: string): State | undefined {
  switch (name.toLowerCase()) {
    case "$value":
      return state === "entity" || state === "primitive" ? "nothing" : undefined;
    case "$count":
      return ["entities", "complexes", "primitives"].includes(state) ? "nothing" : undefined;
    case "$ref":
      return state === "entities" || state === "entity" ? "nothing" : undefined;
    case "$filter":
    case "$each":
      return state;
    case "$all":
    case "$crossjoin":
      return "entities";
    case "$entity":
      return "entity";
    case "$query":
      return "nothing";
    default:
      return state === "root" ? "nothing" : undefined;
  }
}
