import type { Model } from "../../src/edm/model.ts";
import type { Dice } from "./dice.ts";
import { namesOf } from "./paths.ts";

const marks = [
  "(", ")", "'", "''", ",", ";", ":", "/", "//", "=", "?", "&", "$", "@", "*", "+", "-", ".", "..", "%", "%00", "%0a", "%0d%0a", "%27", "%28", "%2525", "%ff", "%c0%af", "%ED%A0%80",
  "%F0%9F%98%80", "%u0041", "#", "\\", "\"", "<", "[", "]", "{", "}", "|", "^", "~", "`", " ", "\t", "%20", "ä", "\u0000", "\u2028", "\ud800", "😀",
]; // prettier-ignore
const words = [
  "eq", "ne", "gt", "and", "or", "not", "in", "has", "any", "all", "null", "true", "asc", "desc", "add", "mod", "div", "contains", "length", "substring", "year", "cast", "isof", "case",
  "$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$value", "$ref", "$it", "$this", "$root", "$search", "$compute", "$apply", "$batch", "$metadata",
  "999999999999999999999", "-1", "1e999", "0x10", "NaN", "INF", "9999-12-31T23:59:59Z", "__proto__", "constructor", "toString", "hasOwnProperty", "@odata.type", "@odata.id", "microsoft.graph.",
  "Collection(Edm.String)", "Edm.String", "'; DROP TABLE hubs; --", "' OR '1'='1", "1) OR (1=1", "$'", "{{7*7}}", "${x}", "../../etc/passwd",
]; // prettier-ignore

/** Breaks texts: at the borders of words, and at any character. */
export class Mutations {
  readonly #dice: Dice;
  readonly #words: readonly string[];

  constructor(dice: Dice, model: Model) {
    this.#dice = dice;
    this.#words = [...words, ...words, ...namesOf(model)];
  }

  /** A text with one to four things wrong with it. */
  text(text: string): string {
    const steps = this.#dice.between(1, 4);
    let changed = text;
    for (let step = 0; step < steps; step += 1) changed = this.#dice.often(55) ? this.#atWords(changed) : this.#atCharacters(changed);
    return changed;
  }

  /** A URL that is still one: it begins at a service root, mostly. */
  target(target: string): string {
    const end = target.indexOf("/", 1);
    if (end < 0 || this.#dice.often(3)) return this.text(target);
    return `${target.slice(0, end)}${this.text(target.slice(end))}`;
  }

  #atWords(text: string): string {
    const dice = this.#dice;
    const parts = text.match(/%[0-9a-f]{2}|[\w.$@-]+|[^\w]/giu) ?? [];
    if (parts.length === 0) return dice.one(marks);
    const at = dice.between(0, parts.length - 1);
    const other = dice.between(0, parts.length - 1);
    const word = (): string => dice.one(dice.often(50) ? marks : this.#words);
    dice.one([
      () => parts.splice(at, dice.between(1, 3)),
      () => parts.splice(at, 0, word()),
      () => parts.splice(at, 1, word()),
      () => parts.splice(at, 1, word()),
      () => parts.splice(at, 0, parts[other]!),
      () => ([parts[at], parts[other]] = [parts[other]!, parts[at]!]),
      () => parts.splice(at, 0, ...parts.slice(Math.min(at, other), Math.min(at, other) + 12)),
      () => parts.splice(at, 1, parts[at]!.repeat(dice.one([2, 3, 30, 300]))),
      () => parts.splice(dice.between(0, parts.length)),
    ])();
    return parts.join("").slice(0, 12_000);
  }

  #atCharacters(text: string): string {
    const dice = this.#dice;
    const at = dice.between(0, text.length);
    const behind = text.slice(at);
    const before = text.slice(0, at);
    return dice.one([
      () => `${before}${behind.slice(1)}`,
      () => `${before}${String.fromCharCode(dice.between(1, 127))}${behind}`,
      () => `${before}${String.fromCharCode(dice.between(0x20, 0x7e))}${behind.slice(1)}`,
      () => `${before}%${dice.between(0, 255).toString(16).padStart(2, "0")}${behind}`,
      () => `${before}${String.fromCharCode(dice.between(0x80, 0xffff))}${behind}`,
      () => `${before}${String.fromCharCode((behind.charCodeAt(0) || 0x20) ^ (1 << dice.between(0, 6)))}${behind.slice(1)}`,
      () => `${before}${encodeURIComponent(behind.slice(0, 1).toWellFormed())}${behind.slice(1)}`,
    ])();
  }
}
