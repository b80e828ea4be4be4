import type { Json } from "../base/json.ts";

/** OData primitive types (CSDL 4.01, section 3.3) that a property may have. */
export type PrimitiveName =
  | "Edm.String"
  | "Edm.Boolean"
  | "Edm.Byte"
  | "Edm.SByte"
  | "Edm.Int16"
  | "Edm.Int32"
  | "Edm.Int64"
  | "Edm.Single"
  | "Edm.Double"
  | "Edm.Decimal"
  | "Edm.Guid"
  | "Edm.Date"
  | "Edm.TimeOfDay"
  | "Edm.DateTimeOffset"
  | "Edm.Duration"
  | "Edm.Binary"
  | "Edm.Stream"
  | "Edm.Untyped"
  | GeoName;

/** Geographic and geometric types (CSDL 3.3): GeoJSON, stored and given back, never compared. */
export type GeoName = `Edm.${"Geography" | "Geometry"}${GeoKind}`;
type GeoKind = "" | "Point" | "LineString" | "Polygon" | "MultiPoint" | "MultiLineString" | "MultiPolygon" | "Collection";

/** Who sets a value (model.md): decides what a POST or PATCH may carry. `clientDefault`: the client, else a server default. `serverDefault`: the server, unless a privileged importer sends it. */
export type SetBy = "client" | "clientDefault" | "server" | "serverDefault" | "token" | "connector";

/** A CSDL annotation: qualified term (with alias: `Core.Description`) and its value as CSDL JSON. */
export interface Annotation {
  readonly term: string;
  readonly value: Json;
}

export interface PrimitiveType {
  readonly kind: "primitive";
  readonly name: PrimitiveName;
}

/** A type definition (CSDL 11): another name for a primitive type, with facets. Properties of it are of the primitive type, with those facets. */
export interface TypeDefinition {
  /** Qualified. */
  readonly name: string;
  readonly type: PrimitiveType;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number | "variable" | "floating";
  readonly unicode?: boolean;
  readonly annotations: readonly Annotation[];
}

export interface EnumType {
  readonly kind: "enum";
  /** Qualified: `microsoft.graph.operationStatus`. */
  readonly name: string;
  readonly flags: boolean;
  readonly members: readonly EnumMember[];
  readonly annotations: readonly Annotation[];
}
export interface EnumMember {
  readonly name: string;
  readonly value: number;
}

/** A complex or entity type, resolved: base types are objects, `properties` are its own, `allProperties` include the inherited, base first. */
interface StructuredType {
  /** Qualified: `microsoft.graph.secureScore`. */
  readonly name: string;
  readonly abstract: boolean;
  readonly open: boolean;
  readonly properties: readonly Property[];
  readonly allProperties: readonly Property[];
  readonly navigation: readonly NavigationProperty[];
  readonly allNavigation: readonly NavigationProperty[];
  readonly annotations: readonly Annotation[];
}
export interface ComplexType extends StructuredType {
  readonly kind: "complex";
  readonly base?: ComplexType;
  /** Types derived from this one, directly and indirectly. */
  readonly derived: readonly ComplexType[];
}
export interface EntityType extends StructuredType {
  readonly kind: "entity";
  readonly base?: EntityType;
  /** Names of the key properties, inherited included. */
  readonly key: readonly string[];
  /** True when this type itself declares the key. */
  readonly declaresKey: boolean;
  /** A media entity (CSDL 6.6): its content is a stream beside its properties. */
  readonly hasStream: boolean;
  /** Entities of this type or of one derived from it may have content beside their JSON: their own, or that of a property of type Edm.Stream. */
  readonly streams: boolean;
  /** Types derived from this one, directly and indirectly. */
  readonly derived: readonly EntityType[];
  /** Members of the stored entity that no answer shows. */
  readonly silent: ReadonlySet<string>;
  /** Members whose values never stand in the audit. */
  readonly secret: ReadonlySet<string>;
}

export type ValueType = PrimitiveType | EnumType | ComplexType;

export interface Property {
  readonly name: string;
  readonly type: ValueType;
  readonly collection: boolean;
  readonly nullable: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number | "variable" | "floating";
  readonly unicode?: boolean;
  readonly srid?: string;
  /** The type definition that it is declared with. */
  readonly definition?: TypeDefinition;
  readonly setBy: SetBy;
  /** `Core.Immutable`: settable in a create, not after. */
  readonly immutable: boolean;
  /** Taken, never given back: no refusal repeats its value. */
  readonly writeOnly: boolean;
  /** What examples show of it. */
  readonly example?: Json;
  /** The value a create gets when the client sends none (enum member name, number, ...). */
  readonly default?: Json;
  /** The store keeps an index that begins with hub and this value. */
  readonly indexed: boolean;
  /** `$search` looks at its words. */
  readonly searchable: boolean;
  /** An addition of this product to the published model (listed in the docs and in the $metadata test). */
  readonly extension: boolean;
  readonly description?: string;
  readonly annotations: readonly Annotation[];
}

export interface NavigationProperty {
  readonly name: string;
  readonly type: EntityType;
  readonly collection: boolean;
  readonly containsTarget: boolean;
  readonly nullable: boolean;
  /** The navigation property that leads back, as it is written (CSDL 8.5). */
  readonly partner?: string;
  /** Which property here repeats which one there (CSDL 8.6). */
  readonly constraints?: readonly ReferentialConstraint[];
  /** What becomes of this side when the other goes (CSDL 8.7). */
  readonly onDelete?: OnDelete;
  readonly extension: boolean;
  readonly annotations: readonly Annotation[];
}

export interface ReferentialConstraint {
  /** A path in the type that has the navigation property. */
  readonly property: string;
  /** A path in the type that it leads to. */
  readonly referenced: string;
}
export type OnDelete = "Cascade" | "None" | "SetNull" | "SetDefault";

export type AnyType = PrimitiveType | EnumType | ComplexType | EntityType;

/** An action or function (CSDL 12), one overload; without a binding it is called by its imports. */
export interface Operation {
  readonly kind: "action" | "function";
  /** Unqualified name; `qualifiedName` carries the namespace. */
  readonly name: string;
  readonly qualifiedName: string;
  readonly binding?: Parameter;
  readonly parameters: readonly Parameter[];
  readonly returns?: { readonly type: AnyType; readonly collection: boolean; readonly nullable: boolean; readonly definition?: TypeDefinition };
  /** A function whose result a path may go on from (CSDL 12.6). */
  readonly composable: boolean;
  /** From the binding parameter to the set of the result (CSDL 12.5). */
  readonly entitySetPath?: string;
  readonly annotations: readonly Annotation[];
  readonly extension: boolean;
}
export interface Parameter {
  readonly name: string;
  readonly type: AnyType;
  readonly collection: boolean;
  readonly nullable: boolean;
  readonly unicode?: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number | "variable" | "floating";
  /** A parameter that a call may leave out (Core.OptionalParameter); its default where it has one. */
  readonly optional?: { readonly default?: Json };
  /** The type definition that it is declared with. */
  readonly definition?: TypeDefinition;
  readonly annotations?: readonly Annotation[];
}
