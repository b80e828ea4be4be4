import type { Annotation } from "./types.ts";

/** An element of a CSDL document, whichever way it is written: as in CSDL XML, attributes by name and children by tag, in document order. */
export interface CsdlNode {
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Readonly<Record<string, readonly CsdlNode[]>>;
  readonly text: string;
  /** Read already: a document in JSON writes annotations as plain values. */
  readonly annotations?: readonly Annotation[];
}

/** The children with a tag, none when there are none. */
export function childrenOf(node: CsdlNode, tag: string): readonly CsdlNode[] {
  return Object.hasOwn(node.children, tag) ? node.children[tag]! : [];
}

/** The children with any of these tags. */
export function childrenOfAll(node: CsdlNode, ...tags: readonly string[]): readonly CsdlNode[] {
  return tags.flatMap((tag) => childrenOf(node, tag));
}
