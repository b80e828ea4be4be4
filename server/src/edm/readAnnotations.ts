import type { Json } from "../base/json.ts";
import type { Annotation } from "./types.ts";
import { shortTerm } from "./vocabularies.ts";
import { childrenOf } from "./csdlNode.ts";
import type { CsdlNode } from "./csdlNode.ts";

/** Constant expressions of CSDL XML 14.3 by the name of their attribute or element. */
const constants: Readonly<Record<string, (text: string) => Json>> = {
  Bool: (text) => text === "true",
  String: (text) => text,
  Int: Number,
  Float: Number,
  Decimal: Number,
  Date: (text) => text,
  DateTimeOffset: (text) => text,
  Duration: (text) => text,
  Guid: (text) => text,
  TimeOfDay: (text) => text,
};

/** Expressions that are kept as `{ $Path: ... }`: they name something. */
const references: readonly string[] = ["EnumMember", "Path", "PropertyPath", "NavigationPropertyPath", "AnnotationPath"];

/** The annotations that stand in an element (CSDL 14.2); without an expression the value is true. */
export function readAnnotations(node: CsdlNode): readonly Annotation[] {
  if (node.annotations !== undefined) return node.annotations;
  return childrenOf(node, "Annotation").map(({ attributes, ...annotation }) => {
    const { Term: term = "", Qualifier: qualifier } = attributes;
    return { term: `${shortTerm(term)}${qualifier === undefined ? "" : `#${qualifier}`}`, value: readExpression({ ...annotation, attributes }) ?? true };
  });
}

function readExpression(node: CsdlNode): Json | undefined {
  for (const [name, text] of Object.entries(node.attributes)) {
    if (name in constants) return constants[name]!(text);
    if (references.includes(name)) return { [`$${name}`]: text };
  }
  const [tag, [child] = []] = Object.entries(node.children).find(([name]) => name !== "Annotation") ?? [];
  return tag === undefined || child === undefined ? undefined : readElement(tag, child);
}

function readElement(tag: string, node: CsdlNode): Json | undefined {
  if (tag === "Record")
    return Object.fromEntries(childrenOf(node, "PropertyValue").map((one) => [one.attributes["Property"] ?? "", readExpression(one) ?? true]));
  if (tag === "Collection") return Object.entries(node.children).flatMap(([name, items]) => items.map((item) => readElement(name, item) ?? null));
  if (tag in constants) return constants[tag]!(node.text);
  return references.includes(tag) ? { [`$${tag}`]: node.text } : undefined;
}
