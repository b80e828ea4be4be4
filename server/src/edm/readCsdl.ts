import type { ModelDefinition } from "./createModel.ts";
import { readJsonNode } from "./csdlJsonNode.ts";
import { csdlNames, nameOf, schemaOf, type CsdlNames } from "./csdlNames.ts";
import { childrenOf, childrenOfAll } from "./csdlNode.ts";
import type { CsdlNode } from "./csdlNode.ts";
import { readImports, readOperations } from "./readOperations.ts";
import { promisesSearch } from "./capabilities.ts";
import { markSearchable } from "./markSearchable.ts";
import { readPlaces } from "./readPlaces.ts";
import type { Root } from "./readPlaces.ts";
import { readDefinitions, readTypes } from "./readTypes.ts";
import { readXml } from "./xmlNode.ts";
import type { Permissions, TypeDefinition } from "./resource.ts";
import type { Annotation } from "./types.ts";

/**
 * Reads CSDL 4.0 or 4.01, in XML or JSON, as a model definition: all its schemas, and one container.
 * Places come from the container and its containment navigation properties, verbs from the Capabilities annotations;
 * everybody with one of `permissions` may use them. Throws an Error that names the place of what cannot be read.
 */
export function readCsdl(text: string, permissions: Permissions = { read: [], write: [] }): ModelDefinition {
  const document = text.trimStart().startsWith("{") ? readJsonNode(text) : readXml(text);
  const services = childrenOf(document, "Edmx").flatMap((edmx) => childrenOf(edmx, "DataServices"));
  const schemas = services.flatMap((service) => childrenOf(service, "Schema"));
  requireNamespaces(schemas);
  const withTypes = schemas.filter((schema) => childrenOfAll(schema, "EnumType", "ComplexType", "EntityType").length > 0);
  const [main] = withTypes;
  if (main === undefined) throw new Error("The document has no schema with types");
  const own = schemaOf(main);
  const namesIn = csdlNames(schemas, own.namespace);
  const read = <T>(part: (schema: CsdlNode, names: CsdlNames) => readonly T[]): readonly T[] =>
    schemas.flatMap((schema) => part(schema, namesIn(schemaOf(schema).namespace)));
  const types = read(readTypes);
  const [served] = read((schema, names) => childrenOf(schema, "EntityContainer").map((node) => ({ node, names })));
  const roots = served === undefined ? [] : readRoots(served.node, served.names);
  const navigation = new Map(read(navigationAnnotations));
  const places = readPlaces({ namespace: own.namespace, roots, types, permissions, annotationsOf: (target) => navigation.get(target) ?? [] });
  const operations = read(readOperations).map((operation) => ({ ...operation, permissions }));
  const imports = served === undefined ? [] : readImports(served.node, served.names);
  const container = served === undefined ? "Container" : nameOf(served.node, "EntityContainer", served.names.namespace);
  const holder = schemas.find((schema) => served !== undefined && schemaOf(schema).namespace === served.names.namespace);
  const schemaAnnotations = holder === undefined ? [] : namesIn(schemaOf(holder).namespace).annotationsOn(schemaOf(holder).namespace, holder);
  const annotations = served === undefined ? [] : served.names.annotationsOn(`${served.names.namespace}.${container}`, served.node);
  return {
    ...own,
    schemas: schemas.map(schemaOf).filter(({ namespace }) => namespace !== own.namespace),
    container,
    ...(served !== undefined && served.names.namespace !== own.namespace && { containerNamespace: served.names.namespace }),
    ...(annotations.length > 0 && { containerAnnotations: annotations }),
    ...(schemaAnnotations.length > 0 && { schemaAnnotations }),
    resources: [
      {
        name: own.namespace,
        types: markSearchable(types, searchedTypes(roots, navigation, types)),
        places,
        operations,
        imports,
        definitions: read(readDefinitions),
      },
    ],
  };
}

/** The types of the sets, and of contained collections, that promise to be searched. */
function searchedTypes(roots: readonly Root[], navigation: ReadonlyMap<string, readonly Annotation[]>, types: readonly TypeDefinition[]): ReadonlySet<string> {
  const found = new Set(roots.filter(({ annotations }) => promisesSearch(annotations)).map(({ type }) => type));
  for (const type of types) {
    for (const [name, one] of Object.entries(type.kind === "entity" ? (type.navigation ?? {}) : {})) {
      if (promisesSearch(navigation.get(`${type.name}/${name}`) ?? [])) found.add(one.type);
    }
  }
  return found;
}

function requireNamespaces(schemas: readonly CsdlNode[]): void {
  const seen = new Set<string>();
  for (const { namespace, alias } of schemas.map(schemaOf)) {
    if (namespace === "") throw new Error("A Schema has no Namespace");
    for (const name of [namespace, ...(alias === undefined ? [] : [alias])]) {
      if (seen.has(name)) throw new Error(`${name}: two schemas have this namespace or alias`);
      seen.add(name);
    }
  }
}

function navigationAnnotations(schema: CsdlNode, names: CsdlNames): readonly (readonly [string, readonly Annotation[]])[] {
  return childrenOf(schema, "EntityType").flatMap((type) =>
    childrenOf(type, "NavigationProperty").map((node) => {
      const owner = `${names.namespace}.${type.attributes["Name"] ?? ""}`;
      const name = node.attributes["Name"] ?? "";
      return [`${names.shorten(owner)}/${name}`, names.annotationsOn(`${owner}/${name}`, node)] as const;
    }),
  );
}

function readRoots(container: CsdlNode, names: CsdlNames): readonly Root[] {
  const place = `${names.namespace}.${nameOf(container, "EntityContainer", names.namespace)}`;
  if (container.attributes["Extends"] !== undefined) throw new Error(`${place}: a container that extends another is not supported`);
  const root =
    (kind: Root["kind"], tag: string, type: string) =>
    (node: CsdlNode): Root => {
      const path = nameOf(node, tag, place);
      const bindings = childrenOf(node, "NavigationPropertyBinding").map(
        ({ attributes: { Path = "", Target = "" } }) => [Path, withoutContainer(Target, names)] as const,
      );
      return {
        kind,
        path,
        type: names.shorten(node.attributes[type] ?? ""),
        annotations: names.annotationsOn(`${place}/${path}`, node),
        ...(bindings.length > 0 && { bindings: Object.fromEntries(bindings) }),
      };
    };
  return [
    ...childrenOf(container, "EntitySet").map(root("set", "EntitySet", "EntityType")),
    ...childrenOf(container, "Singleton").map(root("singleton", "Singleton", "Type")),
  ];
}

/** A target may stand behind the qualified name of its container. */
function withoutContainer(target: string, { namespace }: CsdlNames): string {
  const [first = "", ...rest] = target.split("/");
  return rest.length > 0 && (first.includes(".") || first === namespace) ? rest.join("/") : target;
}
