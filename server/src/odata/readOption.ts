import type { Expression } from "./expression.ts";
import type { Lexer } from "./lexer.ts";
import type { ExpandItem, OptionName, QueryOptions, SelectItem } from "./options.ts";
import { readApply } from "./readApply.ts";
import { readCompute } from "./readCompute.ts";
import { readItems } from "./readItems.ts";
import { readNumber } from "./readNumber.ts";
import { readOrderby } from "./readOrderby.ts";
import { readExpression } from "./readExpression.ts";
import { readSearch } from "./readSearch.ts";

type Filling = { -readonly [Name in OptionName]?: QueryOptions[Name] };
type Reader = (lexer: Lexer, options: Filling) => void;

const readers: Readonly<Record<OptionName, Reader>> = {
  filter: (lexer, options) => (options.filter = readExpression(lexer)),
  orderby: (lexer, options) => (options.orderby = readOrderby(lexer)),
  select: (lexer, options) => (options.select = readItems(lexer, readSelectItem)),
  expand: (lexer, options) => (options.expand = readItems(lexer, readExpandItem)),
  compute: (lexer, options) => (options.compute = readCompute(lexer)),
  search: (lexer, options) => {
    lexer.space();
    options.search = readSearch(lexer);
  },
  top: (lexer, options) => (options.top = readNumber(lexer)),
  skip: (lexer, options) => (options.skip = readNumber(lexer)),
  index: (lexer, options) => (options.index = lexer.take("-") ? -readNumber(lexer) : readNumber(lexer)),
  levels: (lexer, options) => (options.levels = readLevels(lexer)),
  count: (lexer, options) => (options.count = readBoolean(lexer)),
  skiptoken: (lexer, options) => (options.skiptoken = readRest(lexer)),
  // Empty, it asks for a fresh start (Graph, delta query, synchronization reset).
  deltatoken: (lexer, options) => (options.deltatoken = lexer.at === lexer.text.length ? "" : readRest(lexer)),
  format: (lexer, options) => (options.format = readRest(lexer)),
  id: (lexer, options) => (options.id = readRest(lexer)),
  schemaversion: (lexer, options) => (options.schemaversion = readSchemaVersion(lexer)),
  apply: (lexer, options) => (options.apply = readApply(lexer)),
};

/** True for the name of a system query option, in lower case and without `$`. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(readers, name);
}

/** Reads the value of one system query option (ABNF `systemQueryOption`, behind `=`) into `options`. */
export function readOption(lexer: Lexer, name: OptionName, options: Filling): void {
  readers[name](lexer, options);
}

const selectOptions: ReadonlySet<string> = new Set(["filter", "search", "count", "orderby", "skip", "top", "compute", "select"]);

/** ABNF `selectItem`. */
function readSelectItem(lexer: Lexer): SelectItem {
  const at = lexer.node(lexer.at);
  if (lexer.take("*")) return { at, star: true, path: [] };
  const path: string[] = [];
  do path.push(readSelectStep(lexer));
  while (lexer.take("/"));
  if (!lexer.take("(")) return { at, star: false, path };
  return { at, star: false, path, ...readNested(lexer, selectOptions) };
}

/** A name, `ns.*` or the overload of a function with the names of its parameters. */
function readSelectStep(lexer: Lexer): string {
  const start = lexer.at;
  readName(lexer);
  if (lexer.take(".*")) return lexer.text.slice(start, lexer.at);
  const overload = parameterNames(lexer);
  return lexer.text.slice(start, overload ?? lexer.at);
}

const identifier = "[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}\\p{Cf}]*";
const names = new RegExp(`\\(${identifier}(?:,${identifier})*\\)`, "uy");

function parameterNames(lexer: Lexer): number | undefined {
  names.lastIndex = lexer.at;
  if (lexer.code !== 0x28 || !names.test(lexer.text)) return undefined;
  lexer.at = names.lastIndex;
  return lexer.at;
}

/** A qualified name or an annotation (ABNF `annotationInQuery`), as text. */
function readName(lexer: Lexer): void {
  const annotation = lexer.take("@");
  lexer.identifier("a name");
  while (lexer.code === 0x2e && lexer.text.charCodeAt(lexer.at + 1) !== 0x2a) {
    lexer.at++;
    lexer.identifier("a name");
  }
  if (annotation && lexer.take("#")) lexer.identifier("a qualifier");
}

const countOptions: ReadonlySet<string> = new Set(["filter", "search"]);
const refOptions: ReadonlySet<string> = new Set([...countOptions, "orderby", "skip", "top", "count"]);
const expandOptions: ReadonlySet<string> = new Set([...refOptions, "select", "expand", "compute", "levels", "apply"]);
const starOptions: ReadonlySet<string> = new Set(["levels"]);

/** ABNF `expandItem`. */
function readExpandItem(lexer: Lexer): ExpandItem {
  const at = lexer.node(lexer.at);
  const path: string[] = [];
  let star = false;
  let suffix: "ref" | "count" | undefined;
  do {
    if (path.length > 0 || star) suffix = readSuffix(lexer);
    if (suffix === undefined) star = readExpandStep(lexer, path, star);
  } while (suffix === undefined && lexer.take("/"));
  if (star && suffix === "count") throw lexer.expected("/$ref", lexer.at - 7);
  const known = { at, star, path, ...(suffix === undefined ? {} : { suffix }) };
  if (!lexer.take("(")) return { ...known, options: {} };
  const allowed = suffix === "count" ? countOptions : suffix === "ref" ? refOptions : star ? starOptions : expandOptions;
  return { ...known, ...readNested(lexer, allowed) };
}

function readSuffix(lexer: Lexer): "ref" | "count" | undefined {
  const start = lexer.at;
  if (lexer.take("$")) {
    if (lexer.takeWord("ref")) return "ref";
    if (lexer.takeWord("count")) return "count";
    throw lexer.expected("$ref or $count", start);
  }
  return undefined;
}

/** Reads `*`, `$value` or a name; true for the star. */
function readExpandStep(lexer: Lexer, path: string[], star: boolean): boolean {
  if (star) throw lexer.expected("$ref");
  if (lexer.take("*")) return true;
  const start = lexer.at;
  if (path.length === 0 && lexer.take("$")) {
    if (!lexer.takeWord("value")) throw lexer.expected("the name of a property, * or $value", start);
  } else readName(lexer);
  path.push(lexer.text.slice(start, lexer.at));
  return false;
}

/** Options in parentheses, separated by `;`, behind the opening one (ABNF `expandOption`, `selectOption`). */
function readNested(lexer: Lexer, allowed: ReadonlySet<string>): { options: QueryOptions; aliases?: ReadonlyMap<string, Expression> } {
  const options: Filling = {};
  const aliases = new Map<string, Expression>();
  lexer.enter();
  do {
    lexer.space();
    const at = lexer.at;
    if (lexer.take("@")) readAlias(lexer, aliases, at);
    else readNestedOption(lexer, options, allowed);
    lexer.space();
  } while (lexer.take(";"));
  if (!lexer.take(")")) throw lexer.expected("';' or ')'");
  lexer.leave();
  return aliases.size === 0 ? { options } : { options, aliases };
}

function readAlias(lexer: Lexer, aliases: Map<string, Expression>, at: number): void {
  const name = lexer.identifier("the name of an alias");
  lexer.need("=");
  if (aliases.has(name)) throw lexer.refuse(`@${name} twice`, at);
  aliases.set(name, readExpression(lexer));
}

function readNestedOption(lexer: Lexer, options: Filling, allowed: ReadonlySet<string>): void {
  const at = lexer.at;
  lexer.take("$");
  const name = lexer.identifier(`one of ${[...allowed].map((option) => `$${option}`).join(", ")}`).toLowerCase();
  if (!isOptionName(name) || !allowed.has(name)) {
    throw lexer.expected(`one of ${[...allowed].map((option) => `$${option}`).join(", ")}`, at);
  }
  lexer.need("=");
  if (options[name] !== undefined) throw lexer.refuse(`$${name} twice`, at);
  readOption(lexer, name, options);
}

function readLevels(lexer: Lexer): number | "max" {
  if (lexer.takeWord("max")) return "max";
  if (lexer.code === 0x30) throw lexer.expected("a number from 1 or max");
  return readNumber(lexer);
}

function readBoolean(lexer: Lexer): boolean {
  if (lexer.takeWord("true")) return true;
  if (lexer.takeWord("false")) return false;
  throw lexer.expected("true or false");
}

function readRest(lexer: Lexer): string {
  const rest = lexer.text.slice(lexer.at);
  if (rest === "") throw lexer.expected("a value");
  lexer.at = lexer.text.length;
  return rest;
}

function readSchemaVersion(lexer: Lexer): string {
  const start = lexer.at;
  const version = readRest(lexer);
  if (!/^(?:\*|[\w.~-]+)$/.test(version)) throw lexer.expected("a schema version or *", start);
  return version;
}
