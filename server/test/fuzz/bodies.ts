import type { Json, JsonObject } from "../../src/base/json.ts";
import type { Place } from "../../src/edm/model.ts";
import type { ComplexType, EntityType, Property, ValueType } from "../../src/edm/types.ts";
import { bodyFor } from "../wire/places.ts";
import type { Dice } from "./dice.ts";

const texts = [
  "", "x", "Contoso", "ä€😀", "'", '"', "\\", "%", "_", "\u0001", "\u007f", "\u2028", "<script>alert(1)</script>", "=1+1", "a".repeat(300), "String", "null", "$.a", '"].x', "'; DROP TABLE hubs; --",
  "2026-01-31T12:00:00Z", "__proto__", "#microsoft.graph.secureScore", "\r\nSet-Cookie: a=b", "0", "NotStarted", "\u0000", "\ud800",
]; // prettier-ignore
const numbers = [0, -0, 1, -1, 0.1, 41.5, 5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), 5e-324, 1.7e308, 1e21];
/** Decimals that differ behind the digits of a double. */
const longDecimals = ["12345678901234567890123456.7891", "12345678901234567890123456.78920", "-0.10000000000000000000000001", "9223372036854775808", "1e-30"];
const instants = [
  "2026-01-31T12:00:00Z",
  "2026-01-31T12:00:00.1234567+05:30",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59.9999999Z",
  "2026-01-31T12:00:00-14:00",
  "2026-01-31T12:00:00.000Z",
];
const names = [
  "mood",
  "näme",
  "x".repeat(128),
  "a_1",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "length",
  'qu"ote',
  "a.b",
  "a b",
  "$filter",
  "@odata.etag",
  "mood@odata.type",
  "id",
  "hub",
  "seq",
  "rowid",
  "body",
  "",
  "😀",
];

/** Writes bodies that fit a type, with a wild value or name now and then. */
export class Bodies {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** A body to create a row of a place; on top of what the place asks for. */
  create(place: Place): JsonObject {
    const dice = this.#dice;
    const type = dice.one([place.type, ...place.type.derived]);
    const fitting = this.#members(type, 0);
    const base = dice.often(85) ? bodyFor(place, type.abstract ? dice.one(type.derived) : type) : {};
    return { ...base, ...fitting, ...this.#undeclared(12) };
  }

  /** A body that changes something. */
  patch(place: Place): JsonObject {
    const { vendorInformation } = bodyFor(place);
    const members = this.#members(this.#dice.one([place.type, ...place.type.derived]), 0);
    const kept = Object.entries(members).filter(() => this.#dice.often(40));
    return { ...(vendorInformation === undefined || this.#dice.often(10) ? {} : { vendorInformation }), ...Object.fromEntries(kept), ...this.#undeclared(12) };
  }

  /** A value for one property. */
  value(property: Property): Json {
    if (this.#dice.often(4)) return this.anything();
    if (this.#dice.often(5)) return null;
    return property.collection ? this.#dice.some(0, 3, () => this.#one(property.type, 1)) : this.#one(property.type, 1);
  }

  /** Any JSON at all. */
  anything(depth = 0): Json {
    const dice = this.#dice;
    const plain = (): Json => dice.one<Json>([null, true, false, dice.one(numbers), dice.one(texts), dice.one(instants)]);
    if (depth > 3 || dice.often(60)) return plain();
    if (dice.often(3)) return nested(dice.one([10, 63, 64, 65, 2_000]));
    return dice.often(50)
      ? dice.some(0, 4, () => this.anything(depth + 1))
      : Object.fromEntries(dice.some(0, 3, () => [dice.one([...names, ...texts]), this.anything(depth + 1)] as const));
  }

  #undeclared(percent: number): JsonObject {
    return this.#dice.often(percent) ? Object.fromEntries(this.#dice.some(1, 2, () => [this.#dice.one(names), this.anything()] as const)) : {};
  }

  #members(type: EntityType | ComplexType, depth: number): JsonObject {
    const dice = this.#dice;
    const chosen = type.allProperties.filter(({ name }) => name !== "id" && dice.often(depth === 0 ? 35 : 60));
    const members = chosen.map((property) => [property.name, dice.often(97) ? this.#fitting(property, depth) : this.anything()] as const);
    const named = type.kind === "entity" ? (type.abstract ? {} : { "@odata.type": `#${type.name}` }) : dice.often(20) ? { "@odata.type": type.name } : {};
    return { ...named, ...Object.fromEntries(members), ...(depth === 0 ? {} : this.#undeclared(2)) };
  }

  #fitting(property: Property, depth: number): Json {
    const dice = this.#dice;
    if (property.nullable && !property.collection && dice.often(6)) return null;
    return property.collection ? dice.some(0, 3, () => this.#one(property.type, depth)) : this.#one(property.type, depth);
  }

  #one(type: ValueType, depth: number): Json {
    const dice = this.#dice;
    if (type.kind === "enum") {
      const member = dice.one(type.members);
      return dice.one([member.name, member.name, member.name.toUpperCase(), member.value]);
    }
    if (type.kind === "complex") return depth > 3 ? {} : this.#members(type, depth + 1);
    switch (type.name) {
      case "Edm.Boolean":
        return dice.often(50);
      case "Edm.DateTimeOffset":
        return dice.one(instants);
      case "Edm.Int32":
        return dice.often(80) ? dice.between(0, 5) : dice.between(-2_147_483_648, 2_147_483_647);
      case "Edm.Int64":
        return dice.often(80) ? dice.between(0, 65_535) : dice.one([2 ** 40, -(2 ** 53) + 1, "9223372036854775807"]);
      case "Edm.Decimal":
        return dice.often(40) ? JSON.rawJSON(dice.one(longDecimals)) : dice.one(numbers);
      case "Edm.Double":
        return dice.one(numbers);
      case "Edm.Date":
        return dice.one(["2026-01-15", "0001-01-01", "9999-12-31"]);
      case "Edm.TimeOfDay":
        return dice.one(["08:30:00", "23:59:59.9999999", "00:00:00"]);
      case "Edm.Duration":
        return dice.one(["PT1H", "-P99999999D", "P1DT2H3M4.5S", "PT0S"]);
      case "Edm.Guid":
        return dice.one(["0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01", "0199B2C4-7D10-7C3E-9A51-3F2B8E6D4C02"]);
      default:
        // The last two cannot be stored; once in a while.
        return dice.often(1) ? dice.one(texts) : dice.one(texts.slice(0, -2));
    }
  }
}

function nested(levels: number): Json {
  let value: Json = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
