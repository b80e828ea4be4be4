import type { Place } from "../edm/model.ts";
import type { AggregateColumn, Branch, Computed, Concat, Join, Rank, Slice, Stage } from "../plan/apply.ts";
import type { OrderItem, Query } from "../plan/plan.ts";
import type { CollectionPath, Typed } from "../plan/typed.ts";
import { compileTest, compileValue, contextOf, type Context } from "./compileExpression.ts";
import { compileAs, kindOf } from "./compileOperands.ts";
import { orderTerms, scopeConditions, where, type CompileTarget } from "./compileQuery.ts";
import { ordinalsOf } from "./ddl.ts";
import type { ValueKind } from "./dialect.ts";
import { enter, links } from "./enter.ts";
import { orderBy } from "./keyset.ts";
import type { StoreSchema, Table } from "./schema.ts";
import { joined, type Parameters } from "./sqlText.ts";

/** What a stage is compiled with. */
export interface Compiling {
  readonly query: Query;
  readonly target: CompileTarget;
  readonly schema: StoreSchema;
  readonly parameters: Parameters;
}

/** Rows as the FROM and WHERE of a statement, whose table is `t`, and the kinds of the columns that were made. */
export interface Relation {
  readonly from: string;
  readonly where: readonly string[];
  readonly made: ReadonlyMap<string, ValueKind>;
}

/** A stage of `$apply` as SQL: each is a subquery around the one before; engines take them into each other. */
export function compileStage(stage: Stage, compiling: Compiling): Relation {
  switch (stage.kind) {
    case "rows": {
      const standing = standingOf({ made: new Map() }, compiling);
      return { from: `${standing.dialect.quote(standing.table.name)} AS t`, where: [where(compiling.query, compiling.target, standing)], made: new Map() };
    }
    case "filter": {
      const of = compileStage(stage.of, compiling);
      return { ...of, where: [...of.where, compileTest(stage.predicate, standingOf(of, compiling))] };
    }
    case "compute":
      return compute(compileStage(stage.of, compiling), stage.columns, compiling);
    case "group":
      return group(elementsAlone(stage, compiling) ?? compileStage(stage.of, compiling), stage, compiling);
    case "slice":
      return slice(compileStage(stage.of, compiling), stage, compiling);
    case "rank":
      return rank(compileStage(stage.of, compiling), stage, compiling);
    case "concat":
      return concat(stage, compiling);
    case "join":
      return join(compileStage(stage.of, compiling), stage, compiling);
  }
}

/** Where expressions over the rows of a relation stand. */
export function standingOf({ made }: Pick<Relation, "made">, { parameters, target }: Compiling): Context {
  return { ...contextOf(parameters, target, "t"), made };
}

/** A select of a relation. */
export function selectFrom({ from, where: conditions }: Pick<Relation, "from" | "where">, list: readonly string[]): string {
  return `SELECT ${list.join(", ")} FROM ${from}${conditions.length === 0 ? "" : ` WHERE ${joined("AND", conditions)}`}`;
}

const nested = (select: string): string => `(${select}) AS t`;

interface Column {
  readonly id: string;
  readonly sql: string;
  readonly kind: ValueKind;
}

function withColumns(of: Relation, columns: readonly Column[], { target }: Compiling): Relation {
  const list = columns.map(({ id, sql }) => `${sql} AS ${target.dialect.quote(id)}`);
  return { from: nested(selectFrom(of, ["t.*", ...list])), where: [], made: kindsOf(of, columns) };
}

function kindsOf({ made }: Pick<Relation, "made">, columns: readonly Column[]): Map<string, ValueKind> {
  return new Map([...made, ...columns.map(({ id, kind }) => [id, kind] as const)]);
}

function columnOf({ id, value }: Computed, standing: Context): Column {
  return { id, sql: compileValue(value, standing), kind: kindOf(value, standing, "untyped") };
}

function compute(of: Relation, columns: readonly Computed[], compiling: Compiling): Relation {
  const standing = standingOf(of, compiling);
  return withColumns(
    of,
    columns.map((column) => columnOf(column, standing)),
    compiling,
  );
}

function group(of: Relation, { keys, aggregates }: Extract<Stage, { readonly kind: "group" }>, compiling: Compiling): Relation {
  const standing = standingOf(of, compiling);
  const { dialect } = compiling.target;
  const columns = [...keys.map((key) => columnOf(key, standing)), ...aggregates.map((one) => aggregate(one, standing))];
  const list = columns.map(({ id, sql }) => `${sql} AS ${dialect.quote(id)}`);
  const by = keys.length === 0 ? "" : ` GROUP BY ${keys.map((_, index) => index + 1).join(", ")}`;
  return { from: nested(`${selectFrom(of, list)}${by}`), where: [], made: kindsOf({ made: new Map() }, columns) };
}

/** Elements of which nothing but their own columns counts, of all rows of a hub: their rows need not be looked at. */
function elementsAlone({ of, keys, aggregates }: Extract<Stage, { readonly kind: "group" }>, compiling: Compiling): Relation | undefined {
  const { query, target } = compiling;
  if (of.kind !== "join" || of.outer || of.of.kind !== "rows" || target.scope !== "hub") return undefined;
  if (query.filter !== undefined || target.cast !== undefined || target.via !== undefined) return undefined;
  const own = new Set(of.columns.map(({ id }) => id));
  const isOwn = ({ value }: { readonly value?: Typed }): boolean => value === undefined || (value.kind === "column" && own.has(value.id));
  if (![...keys, ...aggregates].every(isOwn)) return undefined;
  const standing = standingOf({ made: new Map() }, compiling);
  const { from, standing: inner, alias } = "steps" in of.from ? elementOf(of.from, standing) : rowOf(of.from, standing, compiling);
  const columns = of.columns.map((column) => columnOf(column, inner));
  const { dialect } = standing;
  const conditions = [...scopeConditions(target, { ...standing, alias }), ...testOf(of.predicate, inner)];
  // All elements of a hub lie together, in the order of their rows: by an index of one of their values each would be looked up.
  if ("steps" in of.from) conditions.push(`${alias}.${dialect.quote("n")} >= 0`);
  const list = columns.map(({ id, sql }) => `${"steps" in of.from ? dialect.plainly(sql) : sql} AS ${dialect.quote(id)}`);
  return { from: nested(selectFrom({ from, where: conditions }, list.length === 0 ? ["1"] : list)), where: [], made: kindsOf({ made: new Map() }, columns) };
}

const short: ReadonlySet<string> = new Set(["Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32"]);

function isShort(value: Typed): boolean {
  return value.kind === "path" ? short.has(value.path.property?.type.name ?? "") : value.kind === "column" && short.has(value.value.name);
}

/** Kinds whose values are added up as they are. */
const addedAsTheyAre: ReadonlySet<ValueKind> = new Set<ValueKind>(["integer", "real", "decimal"]);

function aggregate({ id, method, value, orZero }: AggregateColumn, standing: Context): Column {
  const { dialect } = standing;
  if (method === "count" || value === undefined) return { id, sql: "count(*)", kind: "integer" };
  const isSum = method === "sum" || method === "average";
  const known = kindOf(value, standing, isSum ? "double" : "untyped");
  const kind = isSum && !addedAsTheyAre.has(known) ? "numeric" : known;
  const sql = isSum ? compileAs(value, kind, standing, "double") : compileValue(value, standing);
  const how = {
    method: method === "only" ? ("max" as const) : method,
    kind,
    double: value.type === "double" || value.type === "untyped",
    short: isShort(value),
  };
  const text = dialect.aggregate(sql, how);
  const made = isSum ? (kind === "decimal" ? kind : "numeric") : method === "countdistinct" ? "integer" : kind;
  return { id, sql: orZero === true ? `coalesce(${text}, 0)` : text, kind: made };
}

function over(within: readonly Typed[], order: readonly OrderItem[], standing: Context): string {
  const parts = within.length === 0 ? "" : `PARTITION BY ${within.map((one) => compileValue(one, standing)).join(", ")}`;
  return `${parts}${orderBy(orderTerms({ orderby: order }, standing), standing.dialect)}`;
}

const everything = Number.MAX_SAFE_INTEGER;

function slice(of: Relation, { within, order, skip, top, id }: Slice, compiling: Compiling): Relation {
  const standing = standingOf(of, compiling);
  const { dialect, parameters } = standing;
  if (within.length === 0) {
    const limit = ` LIMIT ${parameters.add(top ?? everything, "integer")}${skip === 0 ? "" : ` OFFSET ${parameters.add(skip, "integer")}`}`;
    return { from: nested(`${selectFrom(of, ["t.*"])}${over([], order, standing)}${limit}`), where: [], made: of.made };
  }
  const numbered = withColumns(of, [{ id, sql: `row_number() OVER (${over(within, order, standing)})`, kind: "integer" }], compiling);
  const number = `t.${dialect.quote(id)}`;
  const from = skip === 0 ? [] : [`${number} > ${parameters.add(skip, "integer")}`];
  const to = top === undefined ? [] : [`${number} <= ${parameters.add(skip + top, "integer")}`];
  return { ...numbered, where: [...from, ...to] };
}

/** A row counts while what those before it add up to is too little. */
function rank(of: Relation, { within, order, by, until, amount, ids }: Rank, compiling: Compiling): Relation {
  const first = standingOf(of, compiling);
  const { dialect } = first;
  const [sum, total, reached, most] = ids.map((id) => ({ id, sql: `t.${dialect.quote(id)}` })) as [Named, Named, Named, Named];
  const value = compileAs(by, "numeric", first, "double");
  const adding = (window: string): string => dialect.aggregate(value, { method: "sum", kind: "numeric", over: ` OVER (${window})` });
  const upTo = (end: string, standing: Context): string => `${over(within, order, standing)} ROWS BETWEEN UNBOUNDED PRECEDING AND ${end}`;
  const summed = withColumns(
    of,
    [
      { id: sum.id, sql: adding(upTo("CURRENT ROW", first)), kind: "numeric" },
      { id: total.id, sql: adding(over(within, [], first)), kind: "numeric" },
    ],
    compiling,
  );
  const share = (left: string, right: string): string => dialect.arithmetic("divby", { left, right, mode: "real" });
  const hundred = dialect.arithmetic("mul", { left: sum.sql, right: "100", mode: "real" });
  const measured = withColumns(summed, [{ id: reached.id, sql: until === "sum" ? sum.sql : share(hundred, total.sql), kind: "numeric" }], compiling);
  const greatest = `max(${reached.sql}) OVER (${upTo("1 PRECEDING", standingOf(measured, compiling))})`;
  const bounded = withColumns(measured, [{ id: most.id, sql: greatest, kind: "numeric" }], compiling);
  return { ...bounded, where: [`coalesce(${most.sql}, 0) < ${compileAs(amount, "numeric", standingOf(bounded, compiling), "double")}`] };
}

interface Named {
  readonly id: string;
  readonly sql: string;
}

function concat({ branches, ids, rows, place }: Concat, compiling: Compiling): Relation {
  const { target } = compiling;
  const relations = branches.map(({ of }) => compileStage(of, compiling));
  const kinds = ids.map((_, index) => commonKind(branches, relations, { index, compiling }));
  const stored = rows ? storedColumns(target.table) : [];
  const texts = branches.map((branch, number) => {
    const relation = relations[number]!;
    const standing = standingOf(relation, compiling);
    const { dialect } = standing;
    const own = stored.map(({ name, kind }) => `${branch.rows ? `t.${dialect.quote(name)}` : dialect.nothing(kind)} AS ${dialect.quote(name)}`);
    const values = branch.values.map(
      (value, index) =>
        `${value === undefined ? dialect.nothing(kinds[index]!) : compileAs(value, kinds[index]!, standing, "untyped")} AS ${dialect.quote(ids[index]!)}`,
    );
    const shape = branch.tell === undefined ? String(branch.firstShape) : `${branch.firstShape} + ${compileValue(branch.tell, standing)}`;
    const tells = [String(number), `row_number() OVER (${over([], branch.order, standing)})`, shape];
    const places = place.map((id, index) => `${dialect.toInteger(tells[index]!)} AS ${dialect.quote(id)}`);
    return selectFrom(relation, [...own, ...values, ...places]);
  });
  const made = new Map<string, ValueKind>([...ids.map((id, index) => [id, kinds[index]!] as const), ...place.map((id) => [id, "integer"] as const)]);
  return { from: nested(texts.join(" UNION ALL ")), where: [], made };
}

/** One kind for what the branches have; numbers of several kinds meet as `numeric`, or as decimals of any length where one is such. */
function commonKind(
  branches: readonly Branch[],
  relations: readonly Relation[],
  { index, compiling }: { readonly index: number; readonly compiling: Compiling },
): ValueKind {
  const kinds = new Set(
    branches.flatMap(({ values }, number) => {
      const value = values[index];
      return value === undefined || (value.kind === "literal" && value.value === null)
        ? []
        : [kindOf(value, standingOf(relations[number]!, compiling), "untyped")];
    }),
  );
  const [first = "text"] = kinds;
  return kinds.size < 2 ? first : kinds.has("decimal") ? "decimal" : "numeric";
}

/** The columns of a table's rows, as they lie. */
function storedColumns({ parents, columns }: Table): { readonly name: string; readonly kind: ValueKind }[] {
  const text = (name: string) => ({ name, kind: "text" as const });
  const integer = (name: string) => ({ name, kind: "integer" as const });
  return [
    integer("n"),
    integer("hub"),
    ...parents.map(text),
    text("id"),
    integer("seq"),
    text("type"),
    text("natural"),
    text("body"),
    ...columns.map(({ name, kind }) => ({ name, kind })),
  ];
}

function join(of: Relation, { from, outer, columns, ordinal, predicate }: Join, compiling: Compiling): Relation {
  const standing = standingOf(of, compiling);
  const { dialect } = standing;
  const element = "steps" in from ? elementOf(from, standing) : rowOf(from, standing, compiling);
  const list = columns.map((column) => columnOf(column, element.standing));
  const place: Column = { id: ordinal, ...element.ordinal };
  const joining = `${of.from} ${outer ? "LEFT " : ""}JOIN ${element.from} ON ${[...element.on, ...testOf(predicate, element.standing)].join(" AND ")}`;
  const all = [...list, place];
  const select = selectFrom({ from: joining, where: of.where }, ["t.*", ...all.map(({ id, sql }) => `${sql} AS ${dialect.quote(id)}`)]);
  return { from: nested(select), where: [], made: kindsOf(of, all) };
}

const testOf = (predicate: Typed | undefined, standing: Context): string[] => (predicate === undefined ? [] : [compileTest(predicate, standing)]);

/** What is joined: its table, what ties it to the row, where expressions over it stand, and its place among its like. */
interface Element {
  readonly from: string;
  readonly on: readonly string[];
  readonly standing: Context;
  readonly ordinal: Pick<Column, "sql" | "kind">;
  readonly alias: string;
}

function elementOf(source: CollectionPath, standing: Context): Element {
  const { dialect } = standing;
  const inner = enter(source, { ...standing, lambdas: [] });
  const side = inner.lambdas[0]!.side!;
  return {
    from: `${dialect.quote(side.name)} AS s1`,
    on: links(source, inner),
    standing: inner,
    alias: "s1",
    ordinal: { sql: `s1.${dialect.quote(ordinalsOf(side)[0]!)}`, kind: "integer" },
  };
}

function rowOf(place: Place, standing: Context, { schema }: Compiling): Element {
  const { dialect, table } = standing;
  const child = schema.tableOf(place)!;
  const name = (alias: string, column: string) => `${alias}.${dialect.quote(column)}`;
  const keys = [...table.parents, "id"];
  const on = ["hub", ...child.parents].map((column, index) => `${name("c", column)} = ${name("t", index === 0 ? "hub" : keys[index - 1]!)}`);
  return {
    from: `${dialect.quote(child.name)} AS c`,
    on,
    standing: { ...standing, table: child, alias: "c", made: new Map() },
    alias: "c",
    ordinal: { sql: name("c", "id"), kind: "text" },
  };
}
