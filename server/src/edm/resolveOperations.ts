import { qualify } from "./qualify.ts";
import type { BoundOperation, Model, OperationImport, Place, Schema } from "./model.ts";
import type { ImportDefinition, OperationDefinition, ParameterDefinition } from "./resource.ts";
import { facetsOf, type ResolvedTypes } from "./resolveTypes.ts";
import type { AnyType, Parameter } from "./types.ts";

interface Names {
  readonly namespace: string;
  readonly schemas: readonly Schema[];
  readonly findType: ResolvedTypes["findType"];
  readonly findDefinition: ResolvedTypes["findDefinition"];
}

/** Resolves the operations of a model (CSDL 12) and the lookups among them. */
export function resolveOperations(definitions: readonly OperationDefinition[], names: Names): Pick<Model, "operations" | "findOperation" | "findOverloads"> {
  const operations = definitions.map((definition) => toOperation(definition, names));
  refuseDoubles(operations);
  const byName = new Map<string, BoundOperation[]>();
  for (const operation of operations) {
    for (const name of namesOf(operation, names)) byName.set(name, [...(byName.get(name) ?? []), operation]);
  }
  const findOverloads = (name: string, boundTo: AnyType, collection: boolean): readonly BoundOperation[] => {
    // Most segments asked for are keys, and most keys are GUIDs.
    if (name.includes("-")) return [];
    const candidates = byName.get(name.toLowerCase());
    if (candidates === undefined) return [];
    for (let type: AnyType | undefined = boundTo; type !== undefined; type = "base" in type ? type.base : undefined) {
      const found = candidates.filter(({ binding }) => binding?.type === type && binding.collection === collection);
      if (found.length > 0) return found;
    }
    return [];
  };
  return { operations, findOverloads, findOperation: (name, boundTo, collection) => findOverloads(name, boundTo, collection)[0] };
}

/** The children of the container that call operations. Throws for one whose operation or set is not there. */
export function resolveImports(
  definitions: readonly ImportDefinition[],
  { operations, roots, namespace }: { readonly operations: readonly BoundOperation[]; readonly roots: ReadonlyMap<string, Place>; readonly namespace: string },
): Pick<Model, "imports" | "findImport"> {
  const byName = new Map<string, OperationImport>();
  for (const { kind, name, operation, entitySet, inServiceDocument = false, annotations = [] } of definitions) {
    const wanted = qualify(operation, namespace).toLowerCase();
    const found = operations.filter((one) => one.kind === kind && one.binding === undefined && one.qualifiedName.toLowerCase() === wanted);
    if (found.length === 0) throw new Error(`${name}: the model has no unbound ${kind} '${operation}'`);
    if (byName.has(name.toLowerCase()) || roots.has(name.toLowerCase())) throw new Error(`${name}: the container has two children of this name`);
    const place = entitySet === undefined ? undefined : roots.get(entitySet.slice(entitySet.lastIndexOf("/") + 1).toLowerCase());
    if (entitySet !== undefined && place === undefined) throw new Error(`${name}: the container has no entity set '${entitySet}'`);
    byName.set(name.toLowerCase(), { kind, name, operations: found, inServiceDocument, annotations, ...(place !== undefined && { place }) });
  }
  return { imports: [...byName.values()], findImport: (name) => byName.get(name.toLowerCase()) };
}

/** How an operation may be called in a path, in lower case: by its name alone, and behind namespace or alias. */
function namesOf({ name, qualifiedName }: BoundOperation, { schemas }: Names): string[] {
  const namespace = qualifiedName.slice(0, -name.length - 1);
  const alias = schemas.find((schema) => schema.namespace === namespace)?.alias;
  return [name, qualifiedName, ...(alias === undefined ? [] : [`${alias}.${name}`])].map((form) => form.toLowerCase());
}

/** CSDL 12.2: overloads differ in their binding, those of a function in the names of their parameters too. */
function refuseDoubles(operations: readonly BoundOperation[]): void {
  const seen = new Map<string, BoundOperation>();
  for (const operation of operations) {
    const { kind, qualifiedName, binding, parameters } = operation;
    const bound = binding === undefined ? "" : `${binding.type.name} ${String(binding.collection)}`;
    const names = kind === "function" ? parameters.map(({ name }) => name).toSorted() : [];
    const signature = JSON.stringify([qualifiedName.toLowerCase(), bound, names]);
    if (seen.has(signature)) throw new Error(`${qualifiedName}: two overloads of this ${kind} cannot be told apart`);
    seen.set(signature, operation);
  }
}

function toOperation(definition: OperationDefinition, names: Names): BoundOperation {
  const { kind, name: written, binding, parameters = [], returns, annotations = [], extension = false, composable = false, entitySetPath } = definition;
  const qualifiedName = qualify(written, names.namespace);
  const name = qualifiedName.slice(qualifiedName.lastIndexOf(".") + 1);
  if (kind === "function" && returns === undefined && definition.binding?.collection !== true) throw new Error(`${name}: a function returns something`);
  return {
    kind,
    name,
    qualifiedName,
    ...(binding !== undefined && { binding: toParameter(name, binding, names) }),
    parameters: parameters.map((parameter) => toParameter(name, parameter, names)),
    ...(returns !== undefined && { returns: toValue(`${name} returns`, returns, names) }),
    composable,
    ...(entitySetPath !== undefined && { entitySetPath }),
    annotations,
    extension,
    definition,
  };
}

function toValue(place: string, value: NonNullable<OperationDefinition["returns"]>, { findType, findDefinition }: Names): Omit<Parameter, "name"> {
  const definition = findDefinition(value.type);
  const type = findType(value.type);
  if (type === undefined) throw new Error(`${place}: the model has no type '${value.type}'`);
  return { type, collection: value.collection ?? false, nullable: value.nullable ?? true, ...(definition !== undefined && { definition }) };
}

function toParameter(operation: string, definition: ParameterDefinition, names: Names): Parameter {
  const { name, type: _, collection: __, nullable: ___, bodies: ____, ...facets } = definition;
  const named = names.findDefinition(definition.type);
  return { ...(named === undefined ? {} : facetsOf(named)), ...facets, name, ...toValue(`${operation}(${name})`, definition, names) };
}
