import type { Dice } from "../fuzz/dice.ts";
import {
  aggregate,
  calculated,
  compute,
  concat,
  filter,
  groupby,
  join,
  orderby,
  ranked,
  type Aggregated,
  type Item,
  type NumberType,
  type Step,
  type Value,
} from "./oracle.ts";

/** A generated `$apply`: its text, what it means, and what its rows have. */
export interface Pipeline {
  readonly text: string;
  readonly step: Step;
  readonly fields: Fields;
}

/** What rows have at some point. */
export interface Fields {
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
  /** Names that tell any two rows apart; undefined where none do. */
  readonly total?: readonly string[];
  /** Rows are stored entities, and their collection is at hand. */
  readonly entity: boolean;
}

export const atFirst: Fields = {
  texts: ["vendorInformation/provider", "vendorInformation/vendor"],
  numbers: ["currentScore", "activeUserCount", "maxScore"],
  total: ["maxScore"],
  entity: true,
};

const identity: Step = (items) => [...items];

/** What the numbers of stored entities are. */
const storedTypes: ReadonlyMap<string, NumberType> = new Map([
  ["currentScore", "double"],
  ["activeUserCount", "int"],
  ["maxScore", "double"],
]);

/** Generates pipelines that a seed repeats. */
export class Pipelines {
  readonly #dice: Dice;
  #aliases = 0;
  /** By name: within a pipeline none is given twice. */
  #types = new Map(storedTypes);

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  next(): Pipeline {
    this.#aliases = 0;
    this.#types = new Map(storedTypes);
    return this.#sequence(atFirst, this.#dice.between(1, 4), 0);
  }

  #sequence(from: Fields, length: number, depth: number): Pipeline {
    let all: Pipeline = { text: "", step: identity, fields: from };
    for (let index = 0; index < length; index += 1) {
      const next = this.#transformation(all.fields, depth);
      const { step } = all;
      all = { text: all.text === "" ? next.text : `${all.text}/${next.text}`, step: (items) => next.step(step(items)), fields: next.fields };
    }
    return all;
  }

  #transformation(fields: Fields, depth: number): Pipeline {
    const { entity, total, numbers, texts } = fields;
    const names = [...texts, ...numbers];
    const choices: (() => Pipeline)[] = [() => this.#filter(fields), () => this.#compute(fields), () => this.#aggregate(fields)];
    if (names.length > 0 && depth < 2)
      choices.push(
        () => this.#groupby(fields, depth),
        () => this.#groupby(fields, depth),
        () => this.#groupby(fields, depth),
      );
    if (texts.length > 1 && depth < 1) choices.push(() => this.#rollup(fields));
    if (total !== undefined) choices.push(() => this.#page(fields, total));
    if (total !== undefined && total.some((name) => numbers.includes(name))) choices.push(() => this.#rank(fields, total));
    if (depth < 1) choices.push(() => this.#concat(fields, depth));
    if (entity && depth < 1) choices.push(() => this.#join(fields));
    return this.#dice.one(choices)();
  }

  #alias(): string {
    return `x${(this.#aliases += 1)}`;
  }

  #filter(fields: Fields): Pipeline {
    const { text, holds } = this.condition(fields);
    return { text: `filter(${text})`, step: filter(holds), fields };
  }

  /** A condition on a row. */
  condition({ numbers, texts }: Fields): { readonly text: string; readonly holds: (item: Item) => boolean } {
    const dice = this.#dice;
    if (numbers.length > 0 && (texts.length === 0 || dice.often(60))) {
      const name = dice.one(numbers);
      const bound = dice.one([-1, 0, 0.3, 2, 3, 10]);
      const operator = dice.one(["gt", "ge", "lt", "eq", "ne"] as const);
      const tests = {
        gt: (a: number) => a > bound,
        ge: (a: number) => a >= bound,
        lt: (a: number) => a < bound,
        eq: (a: number) => a === bound,
        ne: (a: number) => a !== bound,
      };
      return { text: `${name} ${operator} ${bound}`, holds: (item) => testOf(item.values.get(name), operator, tests[operator]) };
    }
    if (texts.length === 0) return { text: "1 eq 1", holds: () => true };
    const name = dice.one(texts);
    const value = dice.one(["A", "B", "ä", "none"]);
    if (dice.often(30)) return { text: `${name} eq null`, holds: (item) => (item.values.get(name) ?? null) === null };
    return { text: `${name} ne '${value}'`, holds: (item) => item.values.get(name) !== value };
  }

  #compute(fields: Fields): Pipeline {
    const alias = this.#alias();
    const dice = this.#dice;
    if (fields.numbers.length > 0) {
      const [a, b] = [dice.one(fields.numbers), dice.one(fields.numbers)];
      const operator = dice.one(["add", "sub", "mul"] as const);
      const type = promoted(this.#types.get(a)!, this.#types.get(b)!);
      this.#types.set(alias, type);
      const value = (item: Item): Value => calculated(item.values.get(a), item.values.get(b), { operator, type });
      return { text: `compute(${a} ${operator} ${b} as ${alias})`, step: compute(alias, value), fields: { ...fields, numbers: [...fields.numbers, alias] } };
    }
    if (fields.texts.length === 0) return { text: "identity", step: identity, fields };
    const name = dice.one(fields.texts);
    const value = (item: Item): Value => (item.values.get(name) as string | null | undefined)?.toUpperCase() ?? null;
    return { text: `compute(toupper(${name}) as ${alias})`, step: compute(alias, value), fields: { ...fields, texts: [...fields.texts, alias] } };
  }

  #columns({ numbers, texts, entity }: Fields): { readonly text: string; readonly columns: readonly Aggregated[] } {
    const dice = this.#dice;
    const made = dice.some(1, 3, () => {
      const alias = this.#alias();
      const roll = dice.between(1, 100);
      if (entity && roll <= 20) return this.#ofElements(alias);
      if (numbers.length > 0 && roll <= 70) {
        const name = dice.one(numbers);
        const method = dice.one(["sum", "min", "max", "average", "countdistinct"] as const);
        this.#types.set(alias, resultOf(method, this.#types.get(name)!));
        return { text: `${name} with ${method} as ${alias}`, column: { alias, method, values: of(name) } };
      }
      if (texts.length > 0 && roll <= 85) {
        const name = dice.one(texts);
        const method = dice.one(["min", "max", "countdistinct"] as const);
        if (method === "countdistinct") this.#types.set(alias, "decimal");
        return { text: `${name} with ${method} as ${alias}`, column: { alias, method, values: of(name), isText: method !== "countdistinct" } };
      }
      this.#types.set(alias, "decimal");
      return { text: `$count as ${alias}`, column: { alias, method: "count" as const, values: () => [1] } };
    });
    return { text: made.map(({ text }) => text).join(","), columns: made.map(({ column }) => column) };
  }

  #ofElements(alias: string): { readonly text: string; readonly column: Aggregated } {
    const method = this.#dice.one(["sum", "average", "min", "count"] as const);
    this.#types.set(alias, method === "count" ? "decimal" : "double");
    const values = (item: Item): Value[] => (item.elements ?? []).map((element) => (method === "count" ? 1 : (element.get("score") ?? null)));
    return {
      text: method === "count" ? `controlScores/$count as ${alias}` : `controlScores/score with ${method} as ${alias}`,
      column: { alias, method, values },
    };
  }

  #aggregate(fields: Fields): Pipeline {
    const { text, columns } = this.#columns(fields);
    const isText = (column: Aggregated & { readonly isText?: boolean }): boolean => column.isText === true;
    return {
      text: `aggregate(${text})`,
      step: aggregate(columns),
      fields: {
        texts: columns.filter(isText).map(({ alias }) => alias),
        numbers: columns.filter((column) => !isText(column)).map(({ alias }) => alias),
        total: [],
        entity: false,
      },
    };
  }

  #groupby(fields: Fields, depth: number): Pipeline {
    const dice = this.#dice;
    const keys = [...new Set(dice.some(1, 2, () => dice.one([...fields.texts, ...fields.texts, ...fields.numbers])))];
    const isNumber = (name: string): boolean => fields.numbers.includes(name);
    const own = { texts: keys.filter((name) => !isNumber(name)), numbers: keys.filter(isNumber) };
    const roll = dice.between(1, 100);
    if (roll <= 15) return { text: `groupby((${keys.join(",")}))`, step: groupby(keys, undefined), fields: { ...own, total: keys, entity: false } };
    const each = roll <= 70 ? this.#aggregate(fields) : this.#sequence(fields, dice.between(1, 2), depth + 1);
    const inner = each.fields;
    const added = (some: readonly string[], mine: readonly string[]): string[] => [...new Set([...some, ...mine])];
    const after: Fields = {
      texts: added(inner.texts, own.texts),
      numbers: added(inner.numbers, own.numbers),
      ...(inner.total === undefined ? {} : { total: added(inner.total, inner.entity ? [] : keys) }),
      entity: inner.entity,
    };
    return { text: `groupby((${keys.join(",")}),${each.text})`, step: groupby(keys, each.step), fields: after };
  }

  #rollup(fields: Fields): Pipeline {
    const [coarse, fine] = this.#dice.often(50) ? [fields.texts[0]!, fields.texts[1]!] : [fields.texts[1]!, fields.texts[0]!];
    const each = this.#aggregate(fields);
    const total = this.#dice.often(50);
    const sets = [[coarse, fine], [coarse], ...(total ? [[]] : [])];
    return {
      text: `groupby((rollup(${total ? "$all," : ""}${coarse},${fine})),${each.text})`,
      step: concat(sets.map((keys) => groupby(keys, each.step))),
      fields: { texts: [...each.fields.texts, coarse, fine], numbers: each.fields.numbers, entity: false },
    };
  }

  #page(fields: Fields, total: readonly string[]): Pipeline {
    const dice = this.#dice;
    const first = [...fields.texts, ...fields.numbers];
    const terms = [...(first.length > 0 && dice.often(60) ? [dice.one(first)] : []), ...total].map((name) => ({ name, descending: dice.often(40) }));
    const [skip, top] = [dice.between(0, 3), dice.between(0, 8)];
    const order = terms.length === 0 ? "" : `orderby(${terms.map(({ name, descending }) => `${name}${descending ? " desc" : ""}`).join(",")})/`;
    return { text: `${order}skip(${skip})/top(${top})`, step: (items) => orderby(terms)(items).slice(skip, skip + top), fields };
  }

  #rank(fields: Fields, total: readonly string[]): Pipeline {
    const dice = this.#dice;
    const only = total.length === 1 && fields.numbers.includes(total[0]!) ? total[0]! : undefined;
    if (only === undefined) return this.#filter(fields);
    const kind = dice.one(["topcount", "topsum", "toppercent", "bottomcount", "bottomsum", "bottompercent"]);
    const amount = kind.endsWith("percent")
      ? dice.one([0.5, 10, 50, 99.9, 100])
      : kind.endsWith("sum")
        ? dice.one([0, 1, 20.5, 300, 5000])
        : dice.between(1, 9);
    return { text: `${kind}(${amount},${only})`, step: ranked(only, kind, amount), fields };
  }

  #concat(fields: Fields, depth: number): Pipeline {
    const first: Pipeline = this.#dice.often(40) ? { text: "identity", step: identity, fields } : this.#sequence(fields, 1, depth + 1);
    const second = this.#aggregate(fields);
    return { text: `concat(${first.text},${second.text})`, step: concat([first.step, second.step]), fields: { texts: [], numbers: [], entity: false } };
  }

  #join(fields: Fields): Pipeline {
    const alias = this.#alias();
    const outer = this.#dice.often(40);
    this.#types.set(`${alias}/score`, "double");
    const joinedFields: Fields = { texts: [`${alias}/controlName`, ...fields.texts], numbers: [`${alias}/score`, ...fields.numbers], entity: false };
    const next = this.#dice.often(70) ? this.#groupby(joinedFields, 1) : this.#aggregate(joinedFields);
    const { step } = next;
    const joining = join(alias, outer);
    return { text: `${outer ? "outerjoin" : "join"}(controlScores as ${alias})/${next.text}`, step: (items) => step(joining(items)), fields: next.fields };
  }
}

const of =
  (name: string) =>
  ({ values }: Item): Value[] => [values.get(name) ?? null];

function testOf(value: Value | undefined, operator: string, test: (value: number) => boolean): boolean {
  if (value === null || value === undefined) return operator === "ne";
  return test(value as number);
}

/** The type that operators give (OData 4.01 URL Conventions 5.1.1.17). */
function promoted(a: NumberType, b: NumberType): NumberType {
  return a === "double" || b === "double" ? "double" : a === "decimal" || b === "decimal" ? "decimal" : "int";
}

/** The type that a method gives (section 3.2.1.3). */
function resultOf(method: Aggregated["method"], type: NumberType): NumberType {
  if (method === "countdistinct") return "decimal";
  return method === "average" && type === "int" ? "double" : type;
}
