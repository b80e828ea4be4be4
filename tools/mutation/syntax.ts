import { parseSync } from "oxc-parser";

/** A node of an ESTree, as far as these tools look at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [name: string]: unknown;
}

/** Wrappers of an expression in types: the expression within is code. */
const wrappers = new Set(["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression"]);
const passedOver = new Set(["ImportDeclaration", "ExportAllDeclaration"]);

/** The tree of a TypeScript source. A source that does not parse is an Error. */
export function parse(file: string, source: string): Node {
  const { program, errors } = parseSync(file, source, { lang: "ts", sourceType: "module", preserveParens: true });
  const fault = errors[0];
  if (fault !== undefined) throw new Error(`${file}: ${fault.message}`);
  return program as unknown as Node;
}

/** The nodes directly below one that run: types, imports and re-exports are passed over. */
export function childrenOf(node: Node): readonly Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => isNode(value) && runs(value));
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value;
}

function runs(node: Node): boolean {
  if (passedOver.has(node.type) || (node.type === "ExportNamedDeclaration" && node["declaration"] === null)) return false;
  return !node.type.startsWith("TS") || wrappers.has(node.type);
}
