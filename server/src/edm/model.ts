import type { AlternateKey } from "./alternateKey.ts";
import type { Annotation, ComplexType, EntityType, EnumType, Operation, AnyType, TypeDefinition } from "./types.ts";
import type { OperationDefinition, Permissions, PlaceDefinition, Verb } from "./resource.ts";

/**
 * A place of rows, resolved: an entity set, a singleton, or a contained collection.
 * Every place of kind "set" has its own table in the store.
 */
export interface Place {
  /** Canonical path, the place's identity: `security/secureScores`. */
  readonly path: string;
  /**
   * Last segment: `secureScores`. With the cast before it (`microsoft.graph.appVulnerabilityTask/managedDevices`)
   * where the bare name leads, under the same parent, to another derived type's place.
   */
  readonly name: string;
  readonly kind: "set" | "singleton";
  readonly type: EntityType;
  /** The place that contains this one; absent for a child of the container. */
  readonly parent?: Place;
  /** Keys of rows above (singletons add none): 0 for `security/secureScores`, 1 for `.../deviceAppManagementTasks/managedDevices`. */
  readonly depth: number;
  /** The derived type that has the navigation property, where the parent's own type has not. */
  readonly declaredBy?: EntityType;
  /** Contained places by lower-cased `name`, aliases included. After a cast ask for `cast/name` first, then for the bare name. */
  readonly children: ReadonlyMap<string, Place>;
  /** Where navigation properties lead, by lower-cased path: `friends`, `ns.manager/reports`, `address/city` (CSDL 13.4). */
  readonly bindings: ReadonlyMap<string, Place>;
  readonly verbs: ReadonlySet<Verb>;
  readonly permissions: Permissions;
  readonly definition: PlaceDefinition;
  /** By which its rows are found beside their key, and which no two of them share. */
  readonly alternate?: AlternateKey;
}

/** An operation with its definition (its rule). */
export interface BoundOperation extends Operation {
  readonly definition: OperationDefinition;
}

/** A child of the container that calls an unbound operation. */
export interface OperationImport {
  readonly kind: "action" | "function";
  readonly name: string;
  readonly operations: readonly BoundOperation[];
  /** Where the entities that it returns lie. */
  readonly place?: Place;
  readonly inServiceDocument: boolean;
  readonly annotations: readonly Annotation[];
}

/** A namespace of the model and its alias. */
export interface Schema {
  readonly namespace: string;
  readonly alias?: string;
}

/** A model, resolved once at start; every lookup by name ignores case (R2) unless said otherwise. */
export interface Model {
  readonly namespace: string;
  readonly alias?: string;
  /** Every namespace that has types or operations, the model's own first. */
  readonly schemas: readonly Schema[];
  /** Name of the entity container, unqualified. */
  readonly container: string;
  /** The namespace of the container. */
  readonly containerNamespace: string;
  readonly containerAnnotations: readonly Annotation[];
  /** Of the schema with the container. */
  readonly schemaAnnotations: readonly Annotation[];
  /** Hash of everything that shapes rows: a store that finds another one migrates. */
  readonly version: string;
  readonly types: readonly (EnumType | ComplexType | EntityType)[];
  readonly definitions: readonly TypeDefinition[];
  /** By qualified or unqualified name, any case, with or without `#`. Primitive names too. */
  readonly findType: (name: string) => AnyType | undefined;
  /** All places, parents before children. */
  readonly places: readonly Place[];
  /** Container children by name (any case). */
  readonly findRoot: (name: string) => Place | undefined;
  /** Exactly by canonical path. */
  readonly place: (path: string) => Place;
  /** The hub's own places, where the model has hubs (`/security`, `/securities`). */
  readonly hub?: { readonly home: Place; readonly fleet: Place };
  readonly operations: readonly BoundOperation[];
  /** By name, qualified or not, any case, bound to this type (or a base of it), collection or single. */
  readonly findOperation: (name: string, boundTo: EntityType, collection: boolean) => BoundOperation | undefined;
  /** All overloads of that name for the nearest type (of any kind) that has one. */
  readonly findOverloads: (name: string, boundTo: AnyType, collection: boolean) => readonly BoundOperation[];
  readonly imports: readonly OperationImport[];
  /** Container children by name (any case). */
  readonly findImport: (name: string) => OperationImport | undefined;
}
