import type { EntityType, PrimitiveName } from "../../src/edm/types.ts";
import type { Dice } from "./dice.ts";
import { Expressions } from "./expressions.ts";
import { reachOf, type Reached } from "./paths.ts";

const numeric: ReadonlySet<PrimitiveName> = new Set([
  "Edm.Byte",
  "Edm.SByte",
  "Edm.Int16",
  "Edm.Int32",
  "Edm.Int64",
  "Edm.Single",
  "Edm.Double",
  "Edm.Decimal",
]);

const isNumber = ({ property }: Reached): boolean => property.type.kind === "primitive" && numeric.has(property.type.name);

/** Writes `$apply` over a type: what fits, and now and then what does not. */
export class Transformations {
  readonly #dice: Dice;
  readonly #expressions: Expressions;
  #aliases = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#expressions = new Expressions(dice);
  }

  /** A sequence over the rows of a type. */
  sequence(type: EntityType): string {
    this.#aliases = 0;
    const { often, one, some, between } = this.#dice;
    const before = some(0, 2, () => this.#whole(type));
    if (often(15)) return before.join("/") || "identity";
    const keys = this.#keys(type);
    const middle = often(75) ? `groupby((${keys.join(",")})${often(85) ? `,${this.#each(type)}` : ""})` : this.#aggregate(type);
    const alias = (): string => (this.#aliases === 0 || often(20) ? one(keys) : `x${between(1, this.#aliases)}`);
    const behind = some(0, 2, () =>
      one([
        () => `filter(${alias()} ${one(["eq", "ne", "gt", "le"])} ${one(["null", "0", "1.5", "'a'", "3"])})`,
        () => `orderby(${alias()}${one(["", " desc"])})/top(${between(0, 9)})`,
        () => `topcount(${between(1, 5)},${alias()})`,
        () => `concat(identity,aggregate(${alias()} with max as ${this.#alias()}))`,
        () => `compute(${alias()} add 1 as ${this.#alias()})`,
        () => `groupby((${alias()}),aggregate($count as ${this.#alias()}))`,
      ])(),
    );
    return [...before, middle, ...behind].join("/");
  }

  #alias(): string {
    return `x${(this.#aliases += 1)}`;
  }

  #numbers(type: EntityType): readonly Reached[] {
    return reachOf(type).scalars.filter(isNumber);
  }

  #key(type: EntityType): string {
    const { scalars, complexes } = reachOf(type);
    return this.#dice.one(this.#dice.often(97) || complexes.length === 0 ? scalars : complexes).path;
  }

  #keys(type: EntityType): string[] {
    return this.#dice.some(1, 2, () =>
      this.#dice.often(12) ? `rollup(${this.#dice.often(30) ? "$all," : ""}${this.#key(type)},${this.#key(type)})` : this.#key(type),
    );
  }

  /** What leaves rows as they are. */
  #whole(type: EntityType): string {
    const { one, between } = this.#dice;
    const { scalars } = reachOf(type);
    const numbers = this.#numbers(type);
    const choices = [
      () => `filter(${this.#expressions.filter(type)})`,
      () => `compute(${this.#expressions.value(type)} as ${this.#alias()})`,
      () => `orderby(${one(scalars).path}${one(["", " desc"])})/skip(${between(0, 3)})/top(${between(0, 30)})`,
      () => `${one(["topcount", "bottomcount"])}(${between(1, 20)},${one(scalars).path})`,
      () => "identity",
    ];
    if (numbers.length > 0)
      choices.push(() => `${one(["topsum", "bottomsum", "toppercent", "bottompercent"])}(${one(["1", "50", "99.5", "1000"])},${one(numbers).path})`);
    return one(choices)();
  }

  #each(type: EntityType): string {
    const { often } = this.#dice;
    const within = often(25) ? `${this.#whole(type)}/` : "";
    return often(85) ? `${within}${this.#aggregate(type)}` : `${within}${this.#whole(type)}`;
  }

  #aggregate(type: EntityType): string {
    return `aggregate(${this.#dice.some(1, 3, () => this.#item(type)).join(",")})`;
  }

  #item(type: EntityType): string {
    const { one, often } = this.#dice;
    const { scalars, collections } = reachOf(type);
    const numbers = this.#numbers(type);
    const from = often(10) ? ` from ${one(scalars).path} with ${one(["sum", "max", "average", "countdistinct"])}` : "";
    const choices = [() => `$count${from}`, () => `${one(scalars).path} with ${one(["min", "max", "countdistinct", "countdistinct", "sum"])}${from}`];
    if (numbers.length > 0) {
      choices.push(() => `${one(numbers).path} with ${one(["sum", "average"])}${from}`);
      choices.push(
        () => `${one(numbers).path} ${one(["add", "sub", "mul", "div"])} ${one(["2", "0.5", one(numbers).path])} with ${one(["sum", "average", "max"])}`,
      );
    }
    if (collections.length > 0) choices.push(() => this.#through(one(collections)));
    return `${one(choices)()} as ${this.#alias()}`;
  }

  #through({ path, property }: Reached): string {
    const { one, often } = this.#dice;
    if (often(30)) return `${path}/$count`;
    if (property.type.kind !== "complex") return `${path} with ${one(["min", "countdistinct"])}`;
    return `${path}/${one(property.type.allProperties).name} with ${one(["min", "max", "countdistinct", "sum"])}`;
  }
}
