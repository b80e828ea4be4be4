import type { AggregateItem, GroupKey, NamePath, NestItem, RankingKind, Sequence, Transformation } from "./apply.ts";
import type { Lexer } from "./lexer.ts";
import { endsInCount, readAggregation, readNames } from "./readAggregation.ts";
import { readArguments } from "./readArguments.ts";
import { readAs, readCompute } from "./readCompute.ts";
import { readExpression } from "./readExpression.ts";
import { readHierarchy, readHierarchySearch, readTraversal } from "./readHierarchy.ts";
import { readItems } from "./readItems.ts";
import { readNumber } from "./readNumber.ts";
import { readOrderby } from "./readOrderby.ts";
import { readSearch } from "./readSearch.ts";

/** ABNF `applyExpr` (Data Aggregation 4.0): transformations joined by slashes. */
export function readApply(lexer: Lexer): Sequence {
  const sequence: Transformation[] = [];
  lexer.enter();
  do sequence.push(readTransformation(lexer));
  while (lexer.take("/"));
  lexer.leave();
  return sequence;
}

/** A transformation without the place where it stands. */
type Bare<Whole> = Whole extends unknown ? Omit<Whole, "at"> : never;
type Reader = (lexer: Lexer) => Bare<Transformation>;

const ranking =
  (kind: RankingKind): Reader =>
  (lexer) => {
    const amount = readExpression(lexer);
    takeComma(lexer);
    return { kind, amount, by: readExpression(lexer) };
  };

/** How each transformation is read behind its opening parenthesis and the space there, up to its closing one. */
const readers: Readonly<Record<string, Reader>> = {
  aggregate: (lexer) => ({ kind: "aggregate", items: readItems(lexer, readAggregateItem) }),
  groupby: readGroupby,
  filter: (lexer) => ({ kind: "filter", predicate: readExpression(lexer) }),
  search: (lexer) => ({ kind: "search", search: readSearch(lexer) }),
  compute: (lexer) => ({ kind: "compute", items: readCompute(lexer) }),
  orderby: (lexer) => ({ kind: "orderby", items: readOrderby(lexer) }),
  top: (lexer) => ({ kind: "top", count: readNumber(lexer) }),
  skip: (lexer) => ({ kind: "skip", count: readNumber(lexer) }),
  topcount: ranking("topcount"),
  topsum: ranking("topsum"),
  toppercent: ranking("toppercent"),
  bottomcount: ranking("bottomcount"),
  bottomsum: ranking("bottomsum"),
  bottompercent: ranking("bottompercent"),
  concat: readConcat,
  nest: (lexer) => ({ kind: "nest", items: readItems(lexer, readNestItem) }),
  addnested: (lexer) => {
    const path = readNames(lexer);
    takeComma(lexer);
    return { kind: "addnested", path, items: readItems(lexer, readNestItem) };
  },
  join: (lexer) => readJoin(lexer, "join"),
  outerjoin: (lexer) => readJoin(lexer, "outerjoin"),
  ancestors: (lexer) => readHierarchySearch(lexer, "ancestors", readApply),
  descendants: (lexer) => readHierarchySearch(lexer, "descendants", readApply),
  traverse: (lexer) => readTraversal(lexer, readApply),
};

function readTransformation(lexer: Lexer): Transformation {
  const at = lexer.node(lexer.at);
  const name = lexer.qualifiedName("a transformation such as aggregate(...), groupby(...) or filter(...)");
  const lower = name.toLowerCase();
  if (lower === "identity") return { kind: "identity", at };
  const read = Object.hasOwn(readers, lower) ? readers[lower] : undefined;
  if (read === undefined && !name.includes(".")) {
    throw lexer.expected(`one of identity, ${Object.keys(readers).join(", ")} or the qualified name of a function`, at);
  }
  lexer.need("(");
  if (read === undefined) return { kind: "call", name, parameters: readArguments(lexer, readExpression), at };
  lexer.enter();
  lexer.space();
  const found = read(lexer);
  lexer.space();
  if (!lexer.take(")")) throw lexer.expected("',' or ')'");
  lexer.leave();
  return { ...found, at };
}

function takeComma(lexer: Lexer): void {
  lexer.space();
  if (!lexer.take(",")) throw lexer.expected("','");
  lexer.space();
}

function readAggregateItem(lexer: Lexer): AggregateItem {
  const of = readAggregation(lexer, readExpression);
  const start = lexer.at;
  lexer.space();
  const needed = of.method !== undefined || endsInCount(of.value) || of.from.some(({ method }) => method !== undefined);
  if (needed || isAsHere(lexer)) return { of, alias: readAs(lexer) };
  lexer.at = start;
  return { of };
}

function isAsHere(lexer: Lexer): boolean {
  const start = lexer.at;
  const found = lexer.takeWord("as");
  lexer.at = start;
  return found;
}

function readGroupby(lexer: Lexer): Bare<Transformation> {
  lexer.need("(");
  const keys = readItems(lexer, readGroupKey);
  if (!lexer.take(")")) throw lexer.expected("',' or ')'");
  const each = readNext(lexer);
  return { kind: "groupby", keys, ...(each === undefined ? {} : { each }) };
}

/** A comma and a sequence, when they stand here. */
function readNext(lexer: Lexer): Sequence | undefined {
  lexer.space();
  if (!lexer.take(",")) return undefined;
  lexer.space();
  return readApply(lexer);
}

function readGroupKey(lexer: Lexer): GroupKey {
  const at = lexer.node(lexer.at);
  const path = readNames(lexer);
  const only = path.length === 1 ? path[0]!.toLowerCase() : "";
  if (lexer.code === 0x28 && (only === "rollup" || only === "rolluprecursive")) return readRollup(lexer, only, at);
  if (path.at(-1)!.includes(".")) throw lexer.expected("'/' and a property of this type");
  return { kind: "path", path, at };
}

function readRollup(lexer: Lexer, kind: "rollup" | "rolluprecursive", at: number): GroupKey {
  lexer.at++;
  lexer.enter();
  lexer.space();
  let key: GroupKey;
  if (kind === "rollup") key = { kind, paths: readLevels(lexer), at };
  else {
    const hierarchy = readHierarchy(lexer);
    const nodes = readNext(lexer);
    key = { kind, hierarchy, at, ...(nodes === undefined ? {} : { nodes }) };
  }
  lexer.space();
  if (!lexer.take(")")) throw lexer.expected("',' or ')'");
  lexer.leave();
  return key;
}

/** Paths from the coarsest level on; before them `$all`, the whole, as the first version of the extension had it. */
function readLevels(lexer: Lexer): NamePath[] {
  const start = lexer.at;
  const isWhole = lexer.text.startsWith(whole, start) && !lexer.isNamePart(start + whole.length);
  if (!isWhole) return readItems(lexer, readNames);
  lexer.at += whole.length;
  lexer.node(start);
  takeComma(lexer);
  return [[whole], ...readItems(lexer, readNames)];
}

const whole = "$all";

function readConcat(lexer: Lexer): Bare<Transformation> {
  const sequences = readItems(lexer, readApply);
  if (sequences.length < 2) throw lexer.expected("',' and another sequence of transformations");
  return { kind: "concat", sequences };
}

function readNestItem(lexer: Lexer): NestItem {
  const sequence = readApply(lexer);
  lexer.space();
  return { sequence, alias: readAs(lexer) };
}

function readJoin(lexer: Lexer, kind: "join" | "outerjoin"): Bare<Transformation> {
  const path = readNames(lexer);
  lexer.space();
  const alias = readAs(lexer);
  const each = readNext(lexer);
  return { kind, path, alias, ...(each === undefined ? {} : { each }) };
}
