import { qualify } from "./resolveTypes.ts";
import type { BoundOperation, Model } from "./model.ts";
import type { OperationDefinition, ParameterDefinition } from "./resource.ts";
import type { ResolvedTypes } from "./resolveTypes.ts";
import type { EntityType, Parameter } from "./types.ts";

interface Names {
  readonly namespace: string;
  readonly alias: string | undefined;
  readonly findType: ResolvedTypes["findType"];
}

/** Resolves the bound operations of a model (CSDL 12) and the lookup among them. */
export function resolveOperations(definitions: readonly OperationDefinition[], names: Names): Pick<Model, "operations" | "findOperation"> {
  const operations = definitions.map((definition) => toOperation(definition, names));
  const byName = new Map<string, BoundOperation[]>();
  for (const operation of operations) {
    for (const name of namesOf(operation, names)) byName.set(name, [...(byName.get(name) ?? []), operation]);
  }
  return {
    operations,
    findOperation(name, boundTo, collection) {
      // Most segments asked for are keys, and most keys are GUIDs.
      if (name.includes("-")) return undefined;
      const candidates = byName.get(name.toLowerCase());
      if (candidates === undefined) return undefined;
      for (let type: EntityType | undefined = boundTo; type !== undefined; type = type.base) {
        const found = candidates.find(({ binding }) => binding?.type === type && binding.collection === collection);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** How an operation may be called in a path, in lower case: by its name alone, and behind namespace or alias. */
function namesOf({ name, qualifiedName }: BoundOperation, { alias }: Names): string[] {
  const forms = [name, qualifiedName, ...(alias === undefined ? [] : [`${alias}.${name}`])];
  return forms.map((form) => form.toLowerCase());
}

function toOperation(definition: OperationDefinition, names: Names): BoundOperation {
  const { kind, name, binding, parameters = [], returns, annotations = [], extension = false } = definition;
  return {
    kind,
    name,
    qualifiedName: qualify(name, names.namespace),
    binding: toParameter(name, binding, names),
    parameters: parameters.map((parameter) => toParameter(name, parameter, names)),
    ...(returns !== undefined && { returns: toValue(`${name} returns`, returns, names) }),
    annotations,
    extension,
    definition,
  };
}

function toValue(place: string, value: NonNullable<OperationDefinition["returns"]>, { findType }: Names): Omit<Parameter, "name"> {
  const type = findType(value.type);
  if (type === undefined) throw new Error(`${place}: the model has no type '${value.type}'`);
  return { type, collection: value.collection ?? false, nullable: value.nullable ?? true };
}

function toParameter(operation: string, definition: ParameterDefinition, names: Names): Parameter {
  const { name, unicode } = definition;
  return { name, ...toValue(`${operation}(${name})`, definition, names), ...(unicode !== undefined && { unicode }) };
}
