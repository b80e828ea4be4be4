import { annotated, nameOf, type CsdlNames } from "./csdlNames.ts";
import { childrenOf } from "./csdlNode.ts";
import type { CsdlNode } from "./csdlNode.ts";
import { facets, flag, typeOf } from "./readFacets.ts";
import type { ImportDefinition, OperationDefinition, ParameterDefinition } from "./resource.ts";
import type { Annotation } from "./types.ts";

/** The actions and functions of a schema, overload by overload (CSDL 12). */
export function readOperations(schema: CsdlNode, names: CsdlNames): readonly OperationDefinition[] {
  return (["Action", "Function"] as const).flatMap((tag) => childrenOf(schema, tag).map((node) => readOperation(tag, node, names)));
}

function readOperation(tag: "Action" | "Function", node: CsdlNode, names: CsdlNames): OperationDefinition {
  const place = `${names.namespace}.${nameOf(node, tag, names.namespace)}`;
  const parameters = childrenOf(node, "Parameter").map((child) => readParameter(child, place, names));
  const isBound = flag(node, "IsBound", place);
  if (isBound && parameters.length === 0) throw new Error(`${place}: a bound ${tag.toLowerCase()} has a parameter that it is bound to`);
  const [binding, ...others] = isBound ? parameters : [undefined, ...parameters];
  const [returned] = childrenOf(node, "ReturnType");
  const { EntitySetPath: entitySetPath } = node.attributes;
  return {
    kind: tag === "Action" ? "action" : "function",
    name: names.shorten(place),
    ...(binding !== undefined && { binding }),
    ...(others.length > 0 && { parameters: others as readonly ParameterDefinition[] }),
    ...(returned !== undefined && {
      returns: { ...typeOf(returned, `${place} returns`, names), ...(returned.attributes["Nullable"] === "false" && { nullable: false }) },
    }),
    ...(flag(node, "IsComposable", place) && { composable: true }),
    ...(entitySetPath !== undefined && { entitySetPath }),
    ...annotated(names.annotationsOn(place, node)),
  };
}

function readParameter(node: CsdlNode, operation: string, names: CsdlNames): ParameterDefinition {
  const name = nameOf(node, "Parameter", operation);
  const place = `${operation}(${name})`;
  const annotations = names.annotationsOn(place, node);
  const optional = annotations.find(({ term }) => term === "Core.OptionalParameter");
  const { srid: _, ...more } = facets(node, place);
  return { name, ...typeOf(node, place, names), ...more, ...(optional !== undefined && { optional: defaultOf(optional) }), ...annotated(annotations) };
}

/** `Core.OptionalParameter` carries the default in a record (`DefaultValue`). */
function defaultOf({ value }: Annotation): NonNullable<ParameterDefinition["optional"]> {
  const given = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, string>>)["DefaultValue"] : undefined;
  return given === undefined ? {} : { default: given };
}

/** The imports of a container (CSDL 13.5, 13.6). */
export function readImports(container: CsdlNode, names: CsdlNames): readonly ImportDefinition[] {
  const place = `${names.namespace}.${container.attributes["Name"] ?? ""}`;
  return (["Action", "Function"] as const).flatMap((tag) =>
    childrenOf(container, `${tag}Import`).map((node) => {
      const name = nameOf(node, `${tag}Import`, place);
      const { [tag]: operation, EntitySet: entitySet } = node.attributes;
      if (operation === undefined) throw new Error(`${place}/${name}: an import names the ${tag.toLowerCase()} that it calls`);
      return {
        kind: tag === "Action" ? ("action" as const) : ("function" as const),
        name,
        operation: names.shorten(operation),
        ...(entitySet !== undefined && { entitySet }),
        ...(flag(node, "IncludeInServiceDocument", `${place}/${name}`) && { inServiceDocument: true }),
        ...annotated(names.annotationsOn(`${place}/${name}`, node)),
      };
    }),
  );
}
