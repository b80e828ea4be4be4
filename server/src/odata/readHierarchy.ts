import type { Hierarchy, HierarchySearch, Sequence, Traversal } from "./apply.ts";
import type { Lexer } from "./lexer.ts";
import { readNames } from "./readAggregation.ts";
import { readExpression } from "./readExpression.ts";
import { readNumber } from "./readNumber.ts";
import { readOrderby } from "./readOrderby.ts";
import { readPath } from "./readPath.ts";

type ReadSequence = (lexer: Lexer) => Sequence;

/** ABNF `rootExpr COMMA recHierQualifier COMMA recHierPropertyPath` (Data Aggregation 4.0, section 6). */
export function readHierarchy(lexer: Lexer): Hierarchy {
  if (!lexer.text.startsWith("$root", lexer.at)) throw lexer.expected("$root and the path of the hierarchy's nodes");
  const nodes = readPath(lexer, readExpression);
  if (nodes.kind !== "path") throw lexer.expected("a path");
  next(lexer);
  const qualifier = lexer.identifier("the qualifier of a hierarchy");
  next(lexer);
  return { nodes, qualifier, path: readNames(lexer) };
}

function next(lexer: Lexer): void {
  lexer.space();
  if (!lexer.take(",")) throw lexer.expected("','");
  lexer.space();
}

/** True when a further parameter follows; the position is then at it. */
function more(lexer: Lexer): boolean {
  lexer.space();
  const found = lexer.take(",");
  lexer.space();
  return found;
}

/** `ancestors(...)`, `descendants(...)`, behind the parenthesis: hierarchy, sequence, then a distance and `keep start`, both optional. */
export function readHierarchySearch(lexer: Lexer, kind: HierarchySearch["kind"], readSequence: ReadSequence): HierarchySearch {
  const hierarchy = readHierarchy(lexer);
  next(lexer);
  const start = readSequence(lexer);
  if (!more(lexer)) return { kind, hierarchy, start, keepStart: false };
  if (takeKeepStart(lexer)) return { kind, hierarchy, start, keepStart: true };
  const at = lexer.at;
  const distance = lexer.code >= 0x31 && lexer.code <= 0x39 ? readNumber(lexer) : 0;
  if (distance === 0) throw lexer.expected("a distance from 1 or 'keep start'", at);
  const keepStart = more(lexer);
  if (keepStart && !takeKeepStart(lexer)) throw lexer.expected("'keep start'");
  return { kind, hierarchy, start, distance, keepStart };
}

function takeKeepStart(lexer: Lexer): boolean {
  const at = lexer.at;
  if (lexer.takeWord("keep") && lexer.space() && lexer.takeWord("start")) return true;
  lexer.at = at;
  return false;
}

const named =
  "(?:aggregate|groupby|filter|search|compute|orderby|top|skip|(?:top|bottom)(?:count|sum|percent)|concat|nest|addnested|join|outerjoin|ancestors|descendants|traverse)";
const name = "[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}\\p{Cf}]*";
const sequenceHere = new RegExp(`identity(?=\\s*[,)/])|${named}\\(|${name}(?:\\.${name})+\\(`, "iuy");

/** True when a transformation seems to stand at `at`: of two ways to read `concat(` or `ns.f(`, in `traverse` that one holds. */
export function isSequence(text: string, at: number): boolean {
  sequenceHere.lastIndex = at;
  return sequenceHere.test(text);
}

/** `traverse(...)`, behind the parenthesis: hierarchy, direction, then a sequence and the order of siblings, both optional. */
export function readTraversal(lexer: Lexer, readSequence: ReadSequence): Traversal {
  const hierarchy = readHierarchy(lexer);
  next(lexer);
  const order = lexer.takeWord("preorder") ? "preorder" : lexer.takeWord("postorder") ? "postorder" : undefined;
  if (order === undefined) throw lexer.expected("preorder or postorder");
  let further = more(lexer);
  const start = further && isSequence(lexer.text, lexer.at) ? readSequence(lexer) : undefined;
  if (start !== undefined) further = more(lexer);
  const siblings = further ? readOrderby(lexer) : undefined;
  return { kind: "traverse", hierarchy, order, ...(start === undefined ? {} : { start }), ...(siblings === undefined ? {} : { siblings }) };
}
