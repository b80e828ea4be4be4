import { readAnnotations } from "./readAnnotations.ts";
import { childrenOf } from "./csdlNode.ts";
import type { CsdlNode } from "./csdlNode.ts";
import type { Schema } from "./model.ts";
import type { Annotation } from "./types.ts";

/** What names mean in a document: in one of its schemas, whose own names are the short ones or not. */
export interface CsdlNames {
  /** The namespace of the schema that is read. */
  readonly namespace: string;
  /** The name that the model knows something by: short in the model's own namespace, qualified in others. */
  readonly shorten: (name: string) => string;
  /** The annotations within an element and those that other elements put on it; `target` is qualified: `shop.book/title`. */
  readonly annotationsOn: (target: string, node: CsdlNode) => readonly Annotation[];
}

/** The names of each schema of a document; `own` is the namespace of the model. */
export function csdlNames(schemas: readonly CsdlNode[], own: string): (namespace: string) => CsdlNames {
  const namespaces = new Map<string, string>();
  for (const { namespace, alias } of schemas.map(schemaOf)) {
    namespaces.set(namespace, namespace);
    if (alias !== undefined) namespaces.set(alias, namespace);
  }
  const full = (name: string): string => {
    const dot = name.lastIndexOf(".");
    const namespace = namespaces.get(name.slice(0, dot));
    return namespace === undefined ? name : `${namespace}${name.slice(dot)}`;
  };
  const shorten = (name: string): string => {
    const qualified = full(name);
    return qualified.startsWith(`${own}.`) && !qualified.slice(own.length + 1).includes(".") ? qualified.slice(own.length + 1) : qualified;
  };
  const targeted = Map.groupBy(
    schemas.flatMap((schema) => childrenOf(schema, "Annotations")),
    ({ attributes: { Target: target = "" } }) => target.split("/").map(full).join("/"),
  );
  const outside = (target: string): readonly Annotation[] => (targeted.get(target) ?? []).flatMap(readAnnotations);
  return (namespace) => ({
    namespace,
    shorten,
    annotationsOn: (target, node) => [
      ...readAnnotations(node),
      ...outside(target),
      ...(target.startsWith(`${namespace}.`) ? outside(target.slice(namespace.length + 1)) : []),
    ],
  });
}

/** Namespace and alias of a schema. */
export function schemaOf({ attributes: { Namespace: namespace = "", Alias: alias } }: CsdlNode): Schema {
  return { namespace, ...(alias !== undefined && { alias }) };
}

/** Annotations, where there are any. */
export function annotated(annotations: readonly Annotation[]): { annotations?: readonly Annotation[] } {
  return annotations.length === 0 ? {} : { annotations };
}

/** The `Name` of an element. Throws where it has none. */
export function nameOf(node: CsdlNode, tag: string, place: string): string {
  const name = node.attributes["Name"];
  if (name === undefined || name === "") throw new Error(`${place}: ${tag} without a Name`);
  return name;
}

/** Members by name. Throws for two of one name. */
export function byName<T>(members: readonly (readonly [string, T])[], place: string): Record<string, T> {
  const seen = new Set<string>();
  for (const [name] of members) {
    if (seen.has(name)) throw new Error(`${place}/${name}: this is defined twice`);
    seen.add(name);
  }
  return Object.fromEntries(members);
}
