import { problem, type Problem } from "../base/errors.ts";
import type { Model } from "../edm/model.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { QueryOptions, SelectItem } from "../odata/options.ts";
import type { BoundCompute } from "./bindCompute.ts";
import { bindMembers } from "./bindMembers.ts";
import { propertyOf } from "./bindPath.ts";
import type { Computed, Members, Projection, Shaping } from "./plan.ts";
import type { Scope } from "./scope.ts";
import type { SelectLevel } from "./selectLevel.ts";

/** What `$select` is bound to. */
export interface SelectContext {
  readonly model: Model;
  /** Of a row or a member; `option` and level are set here. */
  readonly level: SelectLevel;
  readonly compute?: BoundCompute;
  /** The scope of an option at this level, computed names included. */
  readonly scopeOf: (option: string) => Scope;
  /** Most rows that `$skip` may pass. */
  readonly maxSkip: number;
}

/** A projection, and what has to be asked for it. */
export interface BoundSelect {
  readonly projection: Projection;
  readonly shaping: Shaping;
}

interface Node {
  readonly names: Map<string, true | Node>;
  readonly computed: Computed[];
  star: boolean;
  whole?: true;
  /** Of options in parentheses, which say all there is. */
  bound?: Projection;
}

const emptyNode = (): Node => ({ names: new Map(), star: false, computed: [] });

/**
 * Binds `$select` (OData 4.01 URL Conventions 5.1.4): properties, paths into complex values and through collections of them, `*`, operations, names of
 * `$compute`, casts before a path, and options in parentheses. Without items (absent) everything stays. Throws `unknownProperty`, and `badRequest` with the position.
 */
export function bindSelect(items: readonly SelectItem[] | undefined, context: SelectContext): BoundSelect {
  const selecting = new Selecting(context);
  const root = emptyNode();
  const printed = items === undefined ? ["*"] : items.map((item) => selecting.add(root, item, context.level));
  if (items === undefined) root.whole = true;
  printed.push(...selecting.compute(root, items === undefined || root.star));
  const projection = { ...finished(root), text: [...new Set(printed)].join(",") };
  return { projection, shaping: { columns: context.level.columns, members: selecting.members } };
}

function finished({ names, star, whole, bound, computed }: Node): Projection {
  if (bound !== undefined) return bound;
  return {
    names: new Map([...names].map(([name, inner]) => [name, inner === true ? true : finished(inner)])),
    text: "",
    star,
    ...(whole === undefined ? {} : { whole }),
    ...(computed.length === 0 ? {} : { computed }),
  };
}

/** Where a path has come to. */
interface Place {
  readonly type: EntityType | ComplexType | undefined;
  readonly level: SelectLevel;
  readonly property?: Property;
}

class Selecting {
  readonly members: Members[] = [];
  readonly #context: SelectContext;

  constructor(context: SelectContext) {
    this.#context = context;
  }

  /** Adds one item; answers how the context URL prints it. */
  add(node: Node, item: SelectItem, level: SelectLevel): string {
    if (item.star) {
      node.star = true;
      return "*";
    }
    if (isOperations(item, this.#context.model, level.type)) return item.path.join("/");
    const steps: string[] = [];
    let place: Place = { type: level.type, level };
    let at: true | Node = node;
    for (const [index, name] of item.path.entries()) {
      const cast = index === 0 || place.property?.type.kind === "complex" ? castOf(name, place.type, this.#context.model) : undefined;
      if (cast !== undefined) {
        place = { ...place, type: cast };
        continue;
      }
      place = this.#step(place, name, steps.length === 0);
      steps.push(place.property?.name ?? navigationName(level.type, name) ?? name);
      const isLast = index === item.path.length - 1;
      at = this.#into(at, steps.at(-1)!, { isLast, item });
    }
    if (
      item.path.length > 1 &&
      place.property !== undefined &&
      item.path.at(-1)!.includes(".") &&
      castOf(item.path.at(-1)!, place.type, this.#context.model) !== undefined
    )
      throw problem(
        "badRequest",
        { what: `$select: expected a property behind the type '${item.path.at(-1)!}' (position ${item.at}).` },
        { target: "$select" },
      );
    const path = steps.join("/");
    const inner = item.options === undefined ? "" : this.#options(at, place, { item, options: item.options });
    return inner === ""
      ? path
      : inner
          .split(",")
          .map((one) => `${path}/${one}`)
          .join(",");
  }

  /** Adds names of `$compute` that are selected, or all; answers those that no item printed. */
  compute(node: Node, all: boolean): readonly string[] {
    const { compute, level } = this.#context;
    if (compute === undefined) return [];
    const wanted = compute.list.filter((name) => all || node.names.delete(nameIn(node, name)));
    for (const name of wanted) {
      const shown = compute.show(name, level.columns);
      if (shown !== undefined) node.computed.push(shown);
    }
    return wanted;
  }

  #step({ type, level }: Place, name: string, isFirst: boolean): Place {
    if (type === undefined) return { type, level };
    const property = propertyOf(type, name);
    if (property === undefined) {
      const isComputed =
        isFirst && level === this.#context.level && this.#context.compute?.list.some((one) => one.toLowerCase() === name.toLowerCase()) === true;
      if (!isComputed && !name.startsWith("@") && navigationName(type, name) === undefined) this.#useDynamic(type, name, isFirst && level.sources.length === 0);
      return { type: undefined, level };
    }
    const inner = property.type.kind === "complex" ? property.type : undefined;
    return { type: inner, level: level.into(property), property };
  }

  #useDynamic(type: EntityType | ComplexType, name: string, isTop: boolean): void {
    const open = type.open || (type.kind === "entity" && type.derived.some((one) => one.open));
    if (!open) throw problem("unknownProperty", { property: name, type: type.name }, { target: "$select" });
    this.#context.scopeOf("$select").useDynamic(isTop ? name : `${type.name}/${name}`);
  }

  /** The node of a name; a value that is kept whole stays so, unless options are meant for it. */
  #into(at: true | Node, name: string, { isLast, item }: { readonly isLast: boolean; readonly item: SelectItem }): true | Node {
    if (at === true) {
      if (item.options !== undefined) throw twice(item);
      return true;
    }
    const known = at.names.get(name);
    const hasOptions = item.options !== undefined;
    if (isLast && hasOptions && known !== undefined) throw twice(item);
    if (typeof known === "object" && known.bound !== undefined) throw twice(item);
    if (isLast && !hasOptions) at.names.set(name, true);
    else if (known === undefined) at.names.set(name, emptyNode());
    else if (known === true && hasOptions) throw twice(item);
    return at.names.get(name)!;
  }

  /** Binds options in parentheses; answers how what is selected within is printed, "" for all of it. */
  #options(at: true | Node, place: Place, { item, options }: { readonly item: SelectItem; readonly options: QueryOptions }): string {
    if (at === true) throw twice(item);
    const bound = bindMembers({ item, options, place }, this.#context, bindSelect);
    at.bound = bound.node;
    this.members.push(...bound.members);
    return options.select === undefined || bound.node.star ? "" : bound.node.text;
  }
}

function nameIn({ names }: Node, name: string): string {
  return [...names.keys()].find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
}

function twice(item: SelectItem): Problem {
  const what = `$select: '${item.path.join("/")}' is selected twice in different ways; put all of it into one pair of parentheses (position ${item.at}).`;
  return problem("badRequest", { what }, { target: "$select" });
}

function castOf(name: string, type: Place["type"], model: Model): EntityType | ComplexType | undefined {
  if (!name.includes(".") || type === undefined) return undefined;
  const cast = model.findType(name);
  if (cast?.kind !== "entity" && cast?.kind !== "complex") return undefined;
  return cast === type || (type.derived as readonly (EntityType | ComplexType)[]).includes(cast) ? cast : undefined;
}

/** Selecting a navigation property asks for its link alone (OData URL Conventions 5.1.4): nothing is added to minimal metadata. */
function navigationName(type: EntityType | ComplexType | undefined, name: string): string | undefined {
  const lower = name.toLowerCase();
  return type?.allNavigation.find((one) => one.name.toLowerCase() === lower)?.name;
}

/** `ns.*` and the names of operations choose what is advertised of them, which is nothing. Throws for an operation that is not there. */
function isOperations({ path, at, options }: SelectItem, model: Model, type: Place["type"]): boolean {
  const name = path.at(-1)!.replace(/\(.*$/s, "");
  if (path.length !== 1 || !name.includes(".") || name.startsWith("@") || options !== undefined || type?.kind !== "entity") return false;
  const prefix = name.slice(0, name.lastIndexOf(".")).toLowerCase();
  const isOurs = [model.namespace, model.alias].some((one) => one?.toLowerCase() === prefix);
  if (isOurs && (name.endsWith(".*") || model.findOperation(name, type, false) !== undefined)) return true;
  if (model.findType(name) !== undefined) return false;
  throw problem("badRequest", { what: `$select: there is no operation '${name}' of '${type.name}' (position ${at}).` }, { target: "$select" });
}
