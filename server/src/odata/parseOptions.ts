import { problem, syntaxProblem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";
import { decodeText, plusToSpace } from "./decodeText.ts";
import type { Expression } from "./expression.ts";
import { defaultLimits, Lexer } from "./lexer.ts";
import type { Limits } from "./lexer.ts";
import type { OptionName, QueryOptions } from "./options.ts";
import { parseExpression } from "./parseExpression.ts";
import { isOptionName, readOption } from "./readOption.ts";

/** The query of one request. */
export interface ParsedOptions {
  readonly options: QueryOptions;
  /** Options that are not OData's, by their decoded name; of several with one name, the first. */
  readonly custom: ReadonlyMap<string, string>;
  /** The values of parameter aliases, by name without `@`. */
  readonly aliases: ReadonlyMap<string, Expression>;
}

interface Parts {
  readonly options: { -readonly [Name in OptionName]?: QueryOptions[Name] };
  readonly custom: Map<string, string>;
  readonly aliases: Map<string, Expression>;
  readonly limits: Limits;
  /** The `$filter` or `$search` that the parameter before this one gave: what follows may be a torn piece of it. */
  torn: string | undefined;
}

/**
 * Parses a raw query string without its `?` (ABNF `queryOptions`). System query options may lack their `$`
 * and be in any case; unknown `$` options and options given twice are refused.
 */
export function parseOptions(rawQuery: string, limits: Limits = defaultLimits): ParsedOptions {
  const hash = rawQuery.indexOf("#");
  if (hash >= 0) throw syntaxProblem("query", hash, "a '#' in a value is sent as %23, found '#'");
  const parts: Parts = { options: {}, custom: new Map(), aliases: new Map(), limits, torn: undefined };
  for (const parameter of rawQuery.split("&")) {
    if (parameter !== "") readParameter(parameter, parts);
  }
  return parts;
}

function refuse(what: string, target: string): Problem {
  return problem("badRequest", { what }, { target });
}

function readParameter(parameter: string, parts: Parts): void {
  const equals = parameter.indexOf("=");
  const name = decodeText(plusToSpace(equals < 0 ? parameter : parameter.slice(0, equals)), "query");
  const value = equals < 0 ? "" : plusToSpace(parameter.slice(equals + 1));
  const bare = (name.startsWith("$") ? name.slice(1) : name).toLowerCase();
  const torn = parts.torn;
  parts.torn = undefined;
  if (isOptionName(bare) && bare !== "levels") {
    if (equals < 0) throw refuse(`The query option '${name}' has no value: write ${name}=...`, `$${bare}`);
    readSystemOption(bare, value, parts);
  } else if (name.startsWith("$")) throw refuse(`The query option '${name}' is not known.`, name);
  else if (name.startsWith("@")) readAlias(name, value, parts);
  else if (/[\s']/.test(name) || (equals < 0 && torn !== undefined)) throw tornOff(name, equals < 0 ? name : `${name}=${value}`, torn);
  else if (!parts.custom.has(name)) parts.custom.set(name, decodeText(value, name));
}

/** `$filter=a eq 1&b eq 2`, or an `&` inside a value that was not encoded. */
function tornOff(name: string, text: string, torn: string | undefined): Problem {
  const advice = torn === "$search" ? "" : "Join conditions of $filter with `and`; ";
  const rest = advice === "" ? "An '&' inside a value is sent as %26." : "an '&' inside a value is sent as %26.";
  return refuse(`'${text}' is not a query option. ${advice}${rest}`, torn ?? name);
}

function readSystemOption(name: OptionName, value: string, parts: Parts): void {
  const place = `$${name}`;
  if (parts.options[name] !== undefined) throw refuse(`The query option '${place}' is given more than once.`, place);
  const lexer = new Lexer(decodeText(value, place), place, parts.limits);
  if (value.includes("%3")) lexer.encodedSemicolons = encodedSemicolons(value);
  readOption(lexer, name, parts.options);
  if (name === "filter" || name === "search") parts.torn = place;
  lexer.space();
  if (lexer.at < lexer.text.length) throw lexer.expected(name === "filter" ? "an operator" : "the end");
}

function readAlias(name: string, value: string, parts: Parts): void {
  if (!/^@[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*$/u.test(name)) throw refuse(`'${name}' is not the name of a parameter alias.`, name);
  if (parts.aliases.has(name.slice(1))) throw refuse(`The parameter alias '${name}' is given more than once.`, name);
  parts.aliases.set(name.slice(1), parseExpression(decodeText(value, name), name, parts.limits));
}

function encodedSemicolons(raw: string): number[] {
  const positions: number[] = [];
  let length = 0;
  for (const piece of raw.split(/%3b/i)) {
    length += decodeText(piece, "query").length;
    positions.push(length++);
  }
  positions.pop();
  return positions;
}
