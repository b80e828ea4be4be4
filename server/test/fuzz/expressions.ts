import type { ComplexType, EntityType, PrimitiveName, Property, ValueType } from "../../src/edm/types.ts";
import type { Dice } from "./dice.ts";
import { reachOf, type Reached } from "./paths.ts";

/** Where an expression stands: the type that names start from, and what stands before them (`c/` within a lambda). */
interface Ground {
  readonly type: EntityType | ComplexType;
  readonly before: string;
  readonly depth: number;
}

const comparisons = ["eq", "ne", "gt", "ge", "lt", "le"];
const texts = ["", "x", "a'b", "%", "_", "\\", "ä€😀", "Contoso", "Example", "' or 1 eq 1", "null", "\u0001", "A".repeat(120), "2026-01-15", "%25", "&#;"];
const numbers = [
  "0",
  "1",
  "-1",
  "41.5",
  "2147483647",
  "-2147483648",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "12345678901234567890123456.7891",
  "-0.10000000000000000000000001",
  "1e308",
  "5e-324",
  "INF",
  "-INF",
  "NaN",
  "00",
  "1.0",
];
const instants = [
  "2026-01-15T08:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2026-02-28T23:59:60Z", "2026-01-15T08:30:00.1234567+05:30",
  "2026-01-15", "2026-02-30T00:00:00Z", "-0044-03-15T00:00:00Z", "now()", "mindatetime()", "maxdatetime()",
]; // prettier-ignore

const durations = ["duration'PT1H'", "duration'-P1DT0.5S'", "duration'P99999D'", "duration'PT0.0000001S'", "duration'P10675199DT2H48M5.4775807S'"];
const patterns = [
  "x",
  "^a",
  "\\d+$",
  "[a-zä]{2,3}",
  "^(Con|Ex).*o$",
  ".",
  "^$",
  "\\bb",
  "[^\\w\\s]",
  "(a|b)*c?",
  "\\u{1F600}|€",
  "^.{1,3}$",
  "a{2,}?b",
  "(",
  "a(?=b)",
];
const primitives = ["String", "Int32", "Int64", "Byte", "Double", "Decimal", "Boolean", "DateTimeOffset", "Date", "TimeOfDay", "Duration", "Guid"];

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Writes legal expressions over a type of the model: every function, operator and kind of literal that the language has. */
export class Expressions {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** A condition over the rows of a type. */
  filter(type: EntityType): string {
    return this.#condition({ type, before: "", depth: 0 });
  }

  /** A value to order or compute by. */
  value(type: EntityType): string {
    const ground: Ground = { type, before: "", depth: 2 };
    return this.#dice.often(70)
      ? this.#scalar(ground).path
      : this.#dice.one([() => this.#number(ground), () => this.#text(ground), () => this.#instant(ground)])();
  }

  /** A literal of a type, now and then of another one. */
  literal(type: ValueType): string {
    const dice = this.#dice;
    if (dice.often(4))
      return dice.one(["null", "true", "1", "'x'", "duration'PT1H'", "2026-01-15", "0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01", "@p", "binary'Zg=='"]);
    if (type.kind === "enum") {
      const { name } = dice.one(type.members);
      return dice.one([quoted(name), quoted(name.toLowerCase()), `${type.name}${quoted(name)}`, String(dice.one(type.members).value), quoted("none,such")]);
    }
    return type.kind === "complex" ? "null" : this.#primitive(type.name);
  }

  #primitive(name: PrimitiveName): string {
    const dice = this.#dice;
    switch (name) {
      case "Edm.Boolean":
        return dice.one(["true", "false", "null"]);
      case "Edm.DateTimeOffset":
        return dice.one(instants);
      case "Edm.Date":
        return dice.one(["2026-01-15", "0000-02-29"]);
      case "Edm.TimeOfDay":
        return dice.one(["08:30:00", "23:59:59.999999999999"]);
      case "Edm.Duration":
        return dice.one(["duration'PT1H'", "duration'-P99999999D'"]);
      case "Edm.Guid":
        return "0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01";
      case "Edm.String":
      case "Edm.Binary":
      case "Edm.Stream":
      case "Edm.Untyped":
        return quoted(dice.one(texts));
      default:
        return dice.one(numbers);
    }
  }

  #condition(ground: Ground): string {
    const dice = this.#dice;
    const deeper = { ...ground, depth: ground.depth + 1 };
    const leaves = [() => this.#comparison(ground), () => this.#comparison(ground), () => this.#predicate(ground), () => this.#membership(ground)];
    const branches = [
      () => `${this.#condition(deeper)} ${dice.one(["and", "or"])} ${this.#condition(deeper)}`,
      () => `(${this.#condition(deeper)})`,
      () => `not (${this.#condition(deeper)})`,
      () => this.#lambda(deeper),
      () => `${this.#condition(deeper)} ${dice.one(["eq", "ne"])} ${dice.one(["true", "false", "null"])}`,
      () => this.#rare(ground),
    ];
    return ground.depth < 4 && dice.often(45) ? dice.one(branches)() : dice.one(leaves)();
  }

  #scalar({ type, before }: Ground, wanted?: (property: Property) => boolean): Reached {
    const all = reachOf(type).scalars;
    const fitting = wanted === undefined ? all : all.filter(({ property }) => wanted(property));
    if (fitting.length === 0) return { path: `${before}id`, property: { type: { kind: "primitive", name: "Edm.String" } } as Property };
    const { path, property } = this.#dice.one(fitting);
    return { path: this.#dice.often(3) ? `${before}$it/${path}` : `${before}${path}`, property };
  }

  #comparison(ground: Ground): string {
    const dice = this.#dice;
    if (dice.often(15)) return `${this.#number(ground)} ${dice.one(comparisons)} ${this.#number(ground)}`;
    if (dice.often(12)) return `${this.#instant(ground)} ${dice.one(comparisons)} ${this.#instant(ground)}`;
    if (dice.often(12)) return `${this.#text(ground)} ${dice.one(comparisons)} ${this.#text(ground)}`;
    if (dice.often(8)) return `${this.#duration(ground)} ${dice.one(comparisons)} ${this.#duration(ground)}`;
    if (dice.often(10)) return `${this.#cast(ground)} ${dice.one(comparisons)} ${this.#cast(ground)}`;
    if (dice.often(6)) return `${this.#complex(ground)} ${dice.one(["eq", "ne"])} null`;
    const { path, property } = this.#scalar(ground);
    const operator = dice.often(5) ? "has" : dice.one(comparisons);
    const literal = this.literal(property.type);
    return dice.often(15) ? `${literal} ${operator} ${path}` : `${path} ${operator} ${literal}`;
  }

  #complex({ type, before }: Ground): string {
    const { complexes } = reachOf(type);
    return complexes.length === 0 ? `${before}id` : `${before}${this.#dice.one(complexes).path}`;
  }

  #predicate(ground: Ground): string {
    const dice = this.#dice;
    if (dice.often(15)) return `matchesPattern(${this.#text(ground)},${quoted(dice.one(patterns))})`;
    if (dice.often(15)) return this.#lists(ground);
    const name = dice.one(["contains", "startswith", "endswith", "contains", "startswith", "hassubset", "matchespattern"]);
    return `${name}(${this.#text(ground)},${this.#text(ground)})`;
  }

  /** Collections compared: one of the type, or literals. */
  #lists({ type, before }: Ground): string {
    const dice = this.#dice;
    const plain = reachOf(type).collections.filter(({ property }) => property.type.kind !== "complex");
    const one = (): string => {
      const named = plain.length > 0 && dice.often(60) ? dice.one(plain) : undefined;
      return named === undefined ? `[${dice.some(0, 3, () => dice.one(['"x"', '"a"', '"ä"', "null", "1"])).join(",")}]` : `${before}${named.path}`;
    };
    return dice.often(70) ? `${dice.one(["hassubset", "hassubsequence"])}(${one()},${one()})` : `${one()} ${dice.one(["eq", "ne"])} ${one()}`;
  }

  #duration(ground: Ground): string {
    const dice = this.#dice;
    const { path } = this.#scalar(ground, isDuration);
    const deeper = { ...ground, depth: ground.depth + 1 };
    if (ground.depth > 3 || dice.often(50)) return dice.often(50) ? path : dice.one(durations);
    return dice.one([
      () => `(${this.#duration(deeper)} ${dice.one(["add", "sub"])} ${this.#duration(deeper)})`,
      () => `(${this.#duration(deeper)} ${dice.one(["mul", "div", "divby"])} ${this.#number(deeper)})`,
      () => `(${this.#instant(deeper)} sub ${this.#instant(deeper)})`,
      () => `-(${this.#duration(deeper)})`,
      () => `cast(${this.#text(deeper)},Edm.Duration)`,
    ])();
  }

  #cast(ground: Ground): string {
    const dice = this.#dice;
    const deeper = { ...ground, depth: ground.depth + 1 };
    const value = dice.one([
      () => this.#scalar(ground).path,
      () => this.#text(deeper),
      () => this.#number(deeper),
      () => this.#instant(deeper),
      () => this.#duration(deeper),
      () => "undeclared",
    ]);
    const cast = `cast(${value()},Edm.${dice.one(primitives)})`;
    return dice.often(60) ? `cast(${cast},Edm.String)` : cast;
  }

  #membership(ground: Ground): string {
    const { path, property } = this.#scalar(ground);
    const items = this.#dice.some(0, 4, () => this.literal(property.type));
    return `${path} in (${items.join(",")})`;
  }

  /** any, all and counts of contained entities. */
  #related(ground: Ground): string | undefined {
    const dice = this.#dice;
    const { type, before, depth } = ground;
    const many = type.kind === "entity" ? type.allNavigation.filter(({ collection, containsTarget }) => collection && containsTarget) : [];
    if (many.length === 0 || depth > 3) return undefined;
    const { name, type: reached } = dice.one(many);
    const from = `${before}${name}`;
    if (dice.often(25))
      return `${from}/$count${dice.often(40) ? `($filter=${this.#comparison({ type: reached, before: "", depth: 4 })})` : ""} ${dice.one(comparisons)} ${dice.between(0, 3)}`;
    const variable = `${"abcdefg"[depth] ?? "z"}n`;
    return `${from}/${dice.one(["any", "all"])}(${variable}:${this.#condition({ type: reached, before: `${variable}/`, depth: depth + 1 })})`;
  }

  #lambda(ground: Ground): string {
    const dice = this.#dice;
    const related = dice.often(35) ? this.#related(ground) : undefined;
    if (related !== undefined) return related;
    const { collections } = reachOf(ground.type);
    if (collections.length === 0) return this.#comparison(ground);
    const { path, property } = dice.one(collections);
    const from = `${ground.before}${path}`;
    if (dice.often(15)) return `${from}/$count${dice.often(30) ? `($filter=${this.#comparison(ground)})` : ""} ${dice.one(comparisons)} ${dice.between(0, 3)}`;
    if (dice.often(10)) return `${from}/any()`;
    const variable = `${"abcdefg"[ground.depth] ?? "z"}${dice.often(5) ? "ä" : ""}`;
    const { type } = property;
    const inner =
      type.kind === "complex"
        ? this.#condition({ type, before: `${variable}/`, depth: ground.depth + 1 })
        : `${variable} ${dice.one(comparisons)} ${this.literal(type)}`;
    return `${from}/${dice.one(["any", "all"])}(${variable}:${inner})`;
  }

  #text(ground: Ground): string {
    const dice = this.#dice;
    if (ground.depth > 3 || dice.often(55)) return dice.often(60) ? this.#scalar(ground, isText).path : quoted(dice.one(texts));
    const deeper = { ...ground, depth: ground.depth + 1 };
    return dice.one([
      () => `concat(${this.#text(deeper)},${this.#text(deeper)})`,
      () => `substring(${this.#text(deeper)},${this.#number(deeper)})`,
      () => `substring(${this.#text(deeper)},${this.#number(deeper)},${this.#number(deeper)})`,
      () => `${dice.one(["tolower", "toupper", "trim"])}(${this.#text(deeper)})`,
      () => `cast(${this.#text(deeper)},Edm.String)`,
    ])();
  }

  #number(ground: Ground): string {
    const dice = this.#dice;
    if (ground.depth > 3 || dice.often(50)) return dice.often(50) ? this.#scalar(ground, isNumber).path : dice.one(numbers);
    const deeper = { ...ground, depth: ground.depth + 1 };
    return dice.one([
      () => `(${this.#number(deeper)} ${dice.one(["add", "sub", "mul", "div", "divby", "mod"])} ${this.#number(deeper)})`,
      () => `${dice.one(["round", "floor", "ceiling"])}(${this.#number(deeper)})`,
      () => `length(${this.#text(deeper)})`,
      () => `indexof(${this.#text(deeper)},${this.#text(deeper)})`,
      () => `totalseconds(${this.#duration(deeper)})`,
      () => `totaloffsetminutes(${this.#instant(deeper)})`,
      () => `cast(${this.#text(deeper)},Edm.${dice.one(["Int32", "Double", "Decimal", "Byte"])})`,
      () => `case(${this.#comparison(deeper)}:${this.#number(deeper)},true:${this.#number(deeper)})`,
      () => `${dice.one(["year", "month", "day", "hour", "minute", "second", "fractionalseconds"])}(${this.#instant(deeper)})`,
      () => `-${this.#scalar(ground, isNumber).path}`,
    ])();
  }

  #instant(ground: Ground): string {
    const dice = this.#dice;
    const { path } = this.#scalar(ground, isInstant);
    if (dice.often(60)) return path;
    const moved = (): string => `(${path} ${dice.one(["add", "sub"])} ${ground.depth > 3 ? dice.one(durations) : this.#duration({ ...ground, depth: 4 })})`;
    return dice.one([() => dice.one(instants), () => `date(${path})`, () => `time(${path})`, () => "now()", () => "maxdatetime()", moved, moved])();
  }

  /** Parts of the language that few servers have; refused by name where this one has not. */
  #rare(ground: Ground): string {
    const dice = this.#dice;
    const { path } = this.#scalar(ground);
    return dice.one([
      `isof(${ground.type.name})`,
      `isof(${path},Edm.String)`,
      `case(${path} eq null:true,true:false)`,
      `$it/${path} ne null`,
      `${path}/$count gt 0`,
      `undeclared eq ${dice.one(["1", "'x'", "null", "2026-01-15T00:00:00Z"])}`,
      `contains(undeclared,'x')`,
      `geo.distance(${path},geography'POINT(1 1)') lt 1`,
      `totalseconds(${path}) gt 1`,
      `${path} eq @p`,
      `@p`,
      `$root/security/id eq 'x'`,
      `$root/hub/items/$count gt ${dice.between(0, 3)}`,
      `isof(${path},Edm.${dice.one(primitives)})`,
      `cast(${path},Edm.String) eq cast(undeclared,Edm.String)`,
      `@core.annotation eq 1`,
      `[1,2] eq ${path}`,
      `'x' in ${path}`,
    ]);
  }
}

function isText({ type }: Property): boolean {
  return type.kind === "primitive" && type.name === "Edm.String";
}

function isNumber({ type }: Property): boolean {
  return type.kind === "primitive" && /Int|Double|Decimal|Single|Byte/.test(type.name);
}

function isDuration({ type }: Property): boolean {
  return type.name === "Edm.Duration";
}

function isInstant({ type }: Property): boolean {
  return type.kind === "primitive" && type.name === "Edm.DateTimeOffset";
}
