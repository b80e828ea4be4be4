import { problem } from "../base/errors.ts";
import type { Place } from "../edm/model.ts";
import type { QueryOptions, SelectItem } from "../odata/options.ts";
import type { Apply, ResultShape } from "./apply.ts";
import { bindCompute, bindOrder, bindSequence, createSpending } from "./bindApply.ts";
import { bindPredicate } from "./bindExpression.ts";
import type { QueryContext } from "./bindQuery.ts";
import { bindSearch, type Searched } from "./bindSearch.ts";
import { bindSelect } from "./bindSelect.ts";
import { filtered, isDeclared, keyOf, scopeOf, type Binding, type InputSet, type Named } from "./inputSet.ts";
import type { OrderItem, Projection } from "./plan.ts";
import type { Scope } from "./scope.ts";
import { SelectLevel } from "./selectLevel.ts";
import type { Typed } from "./typed.ts";

/** What `$apply` needs of the query that it stands in: the order of the place's rows, and scopes by option. */
export interface Around {
  readonly order: readonly OrderItem[];
  readonly scopeOf: (option: string) => Scope;
  /** Throws where the place's rows cannot be searched. */
  readonly searched: () => Searched;
}

/** `$apply`, with the options that work on what comes of it. */
export interface Applied {
  readonly apply: Apply;
  readonly order: readonly OrderItem[];
  readonly projection: (select: readonly SelectItem[]) => Projection;
}

/** Binds `$apply`, then `$compute`, `$filter` and `$orderby` to its result (Data Aggregation 4.0, section 3). */
export function bindApplied(options: QueryOptions, context: QueryContext, { order, scopeOf: scopeFor, searched }: Around): Applied {
  const places = new Set<Place>();
  const within = bindingOf(context, places);
  const at = (option: string): Binding => ({ ...within, scope: scopeFor(option) });
  const start: InputSet = { stage: { kind: "rows" }, entity: true, names: new Map(), shapes: [{ entity: true, members: [] }], order, within: [] };
  let set = bindSequence(options.apply!, start, at("$apply"));
  if (options.compute !== undefined) set = bindCompute(options.compute, 0, set, at("$compute"));
  if (options.filter !== undefined) set = filtered(set, bindPredicate(options.filter, scopeOf(set, at("$filter"))));
  if (options.search !== undefined && set.shapes.some(({ entity }) => !entity)) throw aggregated("$search");
  if (options.search !== undefined) set = filtered(set, bindSearch(options.search, searched()));
  const sorted = options.orderby === undefined ? set.order : bindOrder(options.orderby, set, at("$orderby"));
  if (options.expand !== undefined && set.shapes.some(({ entity }) => !entity)) throw aggregated("$expand");
  return {
    apply: { ...resultOf(set, [...places], within.scope), most: context.budgets.maxGroups },
    order: sorted,
    projection: (select) => bindSelected(select, set, at("$select")),
  };

  function bindingOf({ place, cast }: QueryContext, joined: Set<Place>): Binding {
    let ids = 0;
    const spend = createSpending();
    return {
      scope: scopeFor("$apply"),
      place,
      ...(cast === undefined ? {} : { cast }),
      next: () => `$${(ids += 1)}`,
      spend,
      join: (one) => void joined.add(one),
    };
  }
}

function aggregated(option: string): Error {
  return problem("badRequest", { what: `The query option ${option} needs entities; what $apply gives here has been aggregated.` }, { target: option });
}

function resultOf({ stage, shapes, tell, entity }: InputSet, places: readonly Place[], scope: Scope): Omit<Apply, "most"> {
  const columns: Typed[] = [];
  const column = (typed: Typed): number => {
    const known = columns.indexOf(typed);
    return known < 0 ? columns.push(typed) - 1 : known;
  };
  const results = shapes.map((shape): ResultShape => {
    const joins = new Map(shape.members.flatMap((one) => (one.hidden === true ? [[one.path[0]!, one] as const] : [])));
    const members = shape.members.filter(({ path, hidden }) => hidden === undefined && !(shape.entity && joins.has(path[0]!)));
    const elements = shape.entity
      ? [...joins].flatMap(([alias, { typed, element }]) => (element === undefined ? [] : [{ alias, ...element, column: column(typed) }]))
      : [];
    return { entity: shape.entity, elements, members: members.map(({ path, typed, type, dynamic }) => ({ path, type, dynamic, column: column(typed) })) };
  });
  return { stage, columns, shapes: results, places, selectList: selectListOf(shapes, scope), entities: entity, ...(tell === undefined ? {} : { tell }) };
}

/** What all rows have (Data Aggregation 4.0, section 3.1.1). */
function selectListOf(shapes: readonly InputSet["shapes"][number][], { type }: Scope): string {
  if (shapes.every(({ entity, members }) => entity && members.length === 0)) return "";
  const has = (shape: InputSet["shapes"][number], one: Named): boolean =>
    shape.members.some(({ path }) => `${keyOf(path)}/`.startsWith(`${keyOf(one.path)}/`)) || (shape.entity && isDeclared(type, one.path));
  const visible = shapes.flatMap(({ entity, members }) => members.flatMap((one) => shown(one, members, entity)));
  const all = new Map(visible.map((one) => [keyOf(one.path), one]));
  const common = [...all.values()].filter((one) => shapes.every((shape) => has(shape, one))).map(({ path }) => path.join("/"));
  const names = shapes.every(({ entity }) => entity) ? ["*", ...common] : common;
  return names.length === 0 ? "@Core.AnyStructure" : names.join(",");
}

/** A member as it is answered: of an element that stands whole beside its entity, its name alone. */
function shown(one: Named, members: readonly Named[], entity: boolean): readonly Named[] {
  const [alias = ""] = one.path;
  const join = entity ? members.find(({ path, hidden }) => hidden === true && path[0] === alias) : undefined;
  if (join === undefined) return one.hidden === true ? [] : [one];
  return one === join && join.element !== undefined ? [{ ...one, path: [alias] }] : [];
}

/** `$select` of a result: aliases and what was grouped by; of entities their properties too. */
function bindSelected(select: readonly SelectItem[], set: InputSet, binding: Binding): Projection {
  const { scope } = binding;
  const isMade = ({ path, star }: SelectItem): boolean =>
    !star && [...set.names.keys()].some((key) => key === keyOf(path) || key.startsWith(`${keyOf(path)}/`));
  const made = select.filter(isMade);
  const others = select.filter((item) => !isMade(item));
  for (const { path, star } of others) {
    if (set.entity || star || isDeclared(scope.type, path)) continue;
    throw problem("unknownProperty", { property: path.join("/"), type: scope.type.name }, { target: "$select" });
  }
  const { projection: declared, shaping } = bindSelect(
    others.filter(({ star, path }) => set.entity || star || isDeclared(scope.type, path)),
    {
      model: scope.model,
      level: new SelectLevel({ sources: [], type: scope.type, steps: [], columns: [] }),
      scopeOf: (option) => ({ ...scope, option }),
      maxSkip: 0,
    },
  );
  if (shaping.members.length > 0 || shaping.columns.length > 0)
    throw problem("notImplemented", { what: "$select: options in parentheses behind $apply are not implemented." }, { target: "$select" });
  const names = new Map(declared.names);
  for (const { path } of made) merge(names, path);
  const text = [...made.map(({ path }) => path.join("/")), ...(declared.text === "" ? [] : [declared.text])].join(",");
  return { ...declared, names, text };
}

function merge(names: Map<string, true | Projection>, [first, ...rest]: readonly string[]): void {
  if (first === undefined) return;
  const known = names.get(first);
  if (rest.length === 0 || known === true) return void names.set(first, true);
  const inner = new Map(known?.names);
  merge(inner, rest);
  names.set(first, { names: inner, text: "", star: false });
}
