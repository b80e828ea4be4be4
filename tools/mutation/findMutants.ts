import { childrenOf, parse, type Node } from "./syntax.ts";

/** One small change to a source file that a test ought to notice. Offsets are UTF-16 units. */
export interface Mutant {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Counted from 1. */
  readonly line: number;
  /** What kind of change it is, in a word or two. */
  readonly what: string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly what: string;
}

type Rule = (node: Node, source: string, place: Place) => readonly Edit[];

/** Where a node stands. */
interface Place {
  readonly parent: Node | undefined;
  /** Within no function: what is built there is a table. */
  readonly isTable: boolean;
}

const operators: Readonly<Record<string, string>> = {
  "===": "!==",
  "!==": "===",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "+=": "-=",
  "-=": "+=",
};
const twins: Readonly<Record<string, string>> = { some: "every", every: "some", startsWith: "endsWith", endsWith: "startsWith" };
/** Methods that hand on what they were called on, changed: without the call it is handed on as it is. */
const passing = new Set(["toLowerCase", "toUpperCase", "trim", "trimStart", "trimEnd", "toSorted", "toReversed", "filter", "slice", "replace", "replaceAll"]);

const condition: Rule = (node) => [replaced(child(node, "test"), "true", "condition"), replaced(child(node, "test"), "false", "condition")];
const loop: Rule = (node) => (node["test"] === null ? [] : [replaced(child(node, "test"), "false", "condition")]);
const operator: Rule = (node, source) => swapped(node, source, operators[String(node["operator"])]);

const rules: Readonly<Record<string, Rule>> = {
  IfStatement: condition,
  ConditionalExpression: condition,
  WhileStatement: loop,
  ForStatement: loop,
  BinaryExpression: operator,
  AssignmentExpression: operator,
  LogicalExpression(node, source) {
    const [left, right] = [child(node, "left"), child(node, "right")];
    const first = replaced(node, textOf(left, source), "operand");
    return node["operator"] === "??" ? [first] : [first, replaced(node, textOf(right, source), "operand")];
  },
  UnaryExpression: (node, source) => (node["operator"] === "!" ? [replaced(node, textOf(child(node, "argument"), source), "negation")] : []),
  ExpressionStatement: (node) => (isCall(child(node, "expression")) ? [replaced(node, ";", "call removed")] : []),
  ThrowStatement: (node) => [replaced(node, ";", "throw removed")],
  ReturnStatement: (node) => (node["argument"] === null || isPlain(child(node, "argument")) ? [] : [replaced(node, "return;", "return")]),
  ArrowFunctionExpression(node) {
    const body = child(node, "body");
    return body.type === "BlockStatement" || isPlain(body) ? [] : [replaced(body, "undefined", "return")];
  },
  CallExpression(node, source) {
    const callee = child(node, "callee");
    if (callee.type !== "MemberExpression" || callee["computed"] === true || callee["optional"] === true) return [];
    const property = child(callee, "property");
    const name = String(property["name"]);
    if (passing.has(name)) return [replaced(node, textOf(child(callee, "object"), source), "call removed")];
    return name in twins ? [replaced(property, twins[name] ?? name, "method")] : [];
  },
  ArrayExpression: (node, source) => rowsOf(childrenOf(node), source, "row removed"),
  ObjectExpression: (node, source, { isTable }) => (isTable ? rowsOf(childrenOf(node), source, "row removed") : []),
  Literal: literal,
};

function literal(node: Node, source: string, { parent }: Place): readonly Edit[] {
  const value = node["value"];
  if (parent !== undefined && parent["key"] === node && parent["computed"] !== true) return [];
  if (typeof value === "boolean") return [replaced(node, String(!value), "literal")];
  if (typeof value === "number") return [replaced(node, String(value + 1), "literal")];
  // Prose is worded freely: only what reads as a name or a mark is behaviour.
  if (typeof value === "string" && !/\s/.test(value)) return [replaced(node, value === "" ? '"mutant"' : '""', "literal")];
  return "regex" in node ? pattern(node, textOf(node, source)) : [];
}

function pattern(node: Node, text: string): readonly Edit[] {
  const end = text.lastIndexOf("/");
  const [body, flags] = [text.slice(1, end), text.slice(end + 1)];
  const others = [
    ...(body.startsWith("^") && body.length > 1 ? [`/${body.slice(1)}/${flags}`] : []),
    ...(/[^\\]\$$/.test(body) ? [`/${body.slice(0, -1)}/${flags}`] : []),
    ...(flags.includes("i") ? [`/${body}/${flags.replace("i", "")}`] : []),
  ];
  return others.map((other) => replaced(node, other, "pattern"));
}

/** One change for each row: the table without it. */
function rowsOf(rows: readonly Node[], source: string, what: string): readonly Edit[] {
  return rows.map((row) => {
    const comma = /^\s*,/.exec(source.slice(row.end))?.[0].length ?? 0;
    return { start: row.start, end: row.end + comma, replacement: "", what };
  });
}

function swapped(node: Node, source: string, other: string | undefined): readonly Edit[] {
  if (other === undefined) return [];
  const sign = String(node["operator"]);
  const start = source.indexOf(sign, child(node, "left").end);
  return [{ start, end: start + sign.length, replacement: other, what: "operator" }];
}

const child = (node: Node, name: string): Node => node[name] as Node;
const textOf = ({ start, end }: Node, source: string): string => source.slice(start, end);
const replaced = ({ start, end }: Node, replacement: string, what: string): Edit => ({ start, end, replacement, what });
const isPlain = (node: Node): boolean => node.type === "Literal" || (node.type === "Identifier" && node["name"] === "undefined");
const functions = /Function/;

function isCall(node: Node): boolean {
  if (node.type === "AwaitExpression") return isCall(child(node, "argument"));
  return node.type === "CallExpression" && child(node, "callee").type !== "Super";
}

/** Every mutant of a TypeScript source, in the order of its text, each one once. */
export function findMutants(file: string, source: string): readonly Mutant[] {
  const edits = new Map<string, Edit>();
  visit(parse(file, source), { parent: undefined, isTable: true }, (node, place) => {
    for (const edit of rules[node.type]?.(node, source, place) ?? []) {
      if (source.slice(edit.start, edit.end) !== edit.replacement) edits.set(`${edit.start} ${edit.end} ${edit.replacement}`, edit);
    }
  });
  return [...edits.values()]
    .toSorted((one, other) => one.start - other.start || one.end - other.end)
    .map((edit) => ({ file, ...edit, line: source.slice(0, edit.start).split("\n").length }));
}

function visit(node: Node, place: Place, each: (node: Node, place: Place) => void): void {
  each(node, place);
  const isTable = place.isTable && !functions.test(node.type);
  for (const one of childrenOf(node)) visit(one, { parent: node, isTable }, each);
}
