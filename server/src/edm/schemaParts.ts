import type { BoundOperation, Model, Place, Schema } from "./model.ts";
import type { ComplexType, EntityType, Property, TypeDefinition } from "./types.ts";

/** What one Schema element of $metadata holds. */
export interface SchemaPart extends Schema {
  readonly types: Model["types"];
  readonly definitions: readonly TypeDefinition[];
  readonly operations: readonly BoundOperation[];
  readonly hasContainer: boolean;
}

/** The schemas of a model, each with its own; those that hold nothing are left out. */
export function partsOf(model: Model): readonly SchemaPart[] {
  const { schemas, containerNamespace } = model;
  const known = schemas.some(({ namespace }) => namespace === containerNamespace) ? schemas : [...schemas, { namespace: containerNamespace }];
  const parts = known.map((schema): SchemaPart => {
    const isOwn = (name: string): boolean => name.slice(0, name.lastIndexOf(".")) === schema.namespace;
    return {
      ...schema,
      types: model.types.filter(({ name }) => isOwn(name)),
      definitions: model.definitions.filter(({ name }) => isOwn(name)),
      operations: model.operations.filter(({ qualifiedName }) => isOwn(qualifiedName)),
      hasContainer: containerNamespace === schema.namespace,
    };
  });
  return parts.filter(({ types, definitions, operations, hasContainer }) => hasContainer || types.length + definitions.length + operations.length > 0);
}

/** A name without its namespace. */
export function unqualified(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** True where this type itself, not its base, says that its entities have content. */
export function declaresStream(type: ComplexType | EntityType): boolean {
  return type.kind === "entity" && type.hasStream && type.base?.hasStream !== true;
}

/** What has facets: a property or a parameter. */
type Faceted = Pick<Property, "maxLength" | "precision" | "scale" | "unicode" | "srid" | "definition">;

/** The facets of a property that do not come from its type definition. */
export function ownFacets({
  definition,
  maxLength,
  precision,
  scale,
  unicode,
  srid,
}: Faceted): Pick<Property, "maxLength" | "precision" | "scale" | "unicode" | "srid"> {
  return {
    ...(maxLength !== undefined && maxLength !== definition?.maxLength && { maxLength }),
    ...(precision !== undefined && precision !== definition?.precision && { precision }),
    ...(scale !== undefined && scale !== definition?.scale && { scale }),
    ...(unicode !== undefined && unicode !== definition?.unicode && { unicode }),
    ...(srid !== undefined && { srid }),
  };
}

/** The navigation property bindings of a child of the container: path and target as they were written. */
export function bindingsOf({ definition }: Place): readonly (readonly [path: string, target: string])[] {
  return Object.entries(definition.bindings ?? {});
}
