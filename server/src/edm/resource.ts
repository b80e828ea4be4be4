import type { Json, JsonObject } from "../base/json.ts";
import type { Annotation, OnDelete, PrimitiveName, ReferentialConstraint, SetBy } from "./types.ts";
import type { Dispatched } from "./dispatched.ts";
import type { CollectionRule, Rule } from "./rules.ts";

/**
 * How a model is written down: plain data with names, one Resource per file of `graph/`.
 * `createModel` resolves it to the objects of `types.ts` and `model.ts`.
 */
export interface Resource {
  readonly name: string;
  readonly types: readonly TypeDefinition[];
  readonly places?: readonly PlaceDefinition[];
  readonly operations?: readonly OperationDefinition[];
  readonly imports?: readonly ImportDefinition[];
  readonly definitions?: readonly NamedScalar[];
}

/** A type definition (CSDL 11), written down. */
export interface NamedScalar {
  readonly name: string;
  /** A primitive type. */
  readonly type: string;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number | "variable" | "floating";
  readonly unicode?: boolean;
  readonly annotations?: readonly Annotation[];
}

/** A child of the container that calls an unbound operation (CSDL 13.5, 13.6). */
export interface ImportDefinition {
  readonly kind: "action" | "function";
  readonly name: string;
  /** Name of the operation, all overloads of it. */
  readonly operation: string;
  /** The entity set or singleton of the entities that it returns. */
  readonly entitySet?: string;
  readonly inServiceDocument?: boolean;
  readonly annotations?: readonly Annotation[];
}

export type TypeDefinition = EnumDefinition | ComplexDefinition | EntityDefinition;

export interface EnumDefinition {
  readonly kind: "enum";
  readonly name: string;
  readonly flags?: boolean;
  readonly members: Readonly<Record<string, number>>;
  readonly annotations?: readonly Annotation[];
}
export interface ComplexDefinition {
  readonly kind: "complex";
  readonly name: string;
  readonly base?: string;
  readonly abstract?: boolean;
  readonly open?: boolean;
  readonly properties: Readonly<Record<string, PropertyDefinition>>;
  readonly navigation?: Readonly<Record<string, NavigationDefinition>>;
  readonly annotations?: readonly Annotation[];
}
export interface EntityDefinition extends Omit<ComplexDefinition, "kind"> {
  readonly kind: "entity";
  readonly key?: readonly string[];
  readonly hasStream?: boolean;
  /** Members of the stored entity that no answer shows, declared or not. */
  readonly silent?: readonly string[];
  /** Members whose values never stand in the audit. What is silent stands there by no name either. */
  readonly secret?: readonly string[];
}

/** `type` is a primitive name or the unqualified (or qualified) name of an enum or complex type. */
export interface PropertyDefinition {
  readonly type: PrimitiveName | (string & {});
  readonly collection?: boolean;
  readonly nullable?: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number | "variable" | "floating";
  readonly unicode?: boolean;
  readonly srid?: string;
  readonly setBy?: SetBy;
  readonly immutable?: boolean;
  /** Taken, never given back (`Core.Permissions` Write): the rule of the place keeps it elsewhere. */
  readonly writeOnly?: boolean;
  /** What examples show of it, where its name and type do not tell. */
  readonly example?: Json;
  readonly default?: Json;
  readonly indexed?: boolean;
  /** `$search` looks at its words: text, or a collection of texts. */
  readonly searchable?: boolean;
  readonly extension?: boolean;
  readonly description?: string;
  readonly annotations?: readonly Annotation[];
}
export interface NavigationDefinition {
  readonly type: string;
  readonly collection?: boolean;
  readonly containsTarget?: boolean;
  readonly nullable?: boolean;
  readonly partner?: string;
  readonly constraints?: readonly ReferentialConstraint[];
  readonly onDelete?: OnDelete;
  readonly extension?: boolean;
  readonly annotations?: readonly Annotation[];
}

export type Verb = "list" | "get" | "create" | "update" | "upsert" | "delete";

/** Permissions that allow; any one suffices. */
export interface Permissions {
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Those of them that reach only the rows that the calling application itself made (`owner` of the place). */
  readonly own?: readonly string[];
}

/**
 * Where rows of a type live and what may be done there. `path` is the container child, then
 * containment navigation properties: `subscriptions`, `security/secureScores`,
 * `deviceAppManagement/deviceAppManagementTasks/managedDevices`.
 */
export interface PlaceDefinition {
  readonly path: string;
  readonly kind: "set" | "singleton";
  /** Unqualified entity type name of the rows. */
  readonly type: string;
  readonly verbs: readonly Verb[];
  readonly permissions: Permissions;
  /** Where navigation properties of the rows lead (CSDL 13.4): the path of the property (`Friends`, `ns.Manager/Reports`, `Address/City`) and that of the place. */
  readonly bindings?: Readonly<Record<string, string>>;
  readonly annotations?: readonly Annotation[];
  /** Order of a list without $orderby; the key follows. Default: the key. */
  readonly defaultOrder?: readonly { readonly path: string; readonly descending?: boolean }[];
  /** Paths of scalars that are asked for together often: equal to values, but for the last, in whose order they are read. Each is worth an index. */
  readonly queues?: readonly (readonly string[])[];
  /** The natural key, paths of scalars; enforced where the hub's setting `uniqueKeys` is on. `day(path)` takes the UTC day of an instant. */
  readonly unique?: readonly string[];
  /** Paths that a create must carry beside the non-nullable properties: `vendorInformation/vendor`; `one|other`: one of them at least. */
  readonly required?: readonly string[];
  /** The property that holds the client id of the application that made a row; a place with `own` permissions needs it. */
  readonly owner?: string;
  /** 200 with the entity after PATCH without Prefer (tasks); otherwise 204. */
  readonly updateAnswersEntity?: boolean;
  /** Rows that go on by themselves while a property has one of these values: their answers say in how many seconds to look again (`Retry-After`). */
  readonly polled?: { readonly property: string; readonly while: readonly string[]; readonly seconds: number };
  /** Properties of a PATCH body that the type does not declare but the rule reads (state of a control profile). */
  readonly patchOnly?: Readonly<Record<string, PropertyDefinition>>;
  /** A client's own `id` in a create is kept (else it is dropped and a GUID made). */
  readonly clientId?: boolean;
  /** With `clientId`: a create has to carry what of the key the server does not make (`Core.Computed`, `Core.ComputedDefaultValue`). */
  readonly requiresKey?: boolean;
  /** True for an addition of this product to the published container. */
  readonly extension?: boolean;
  /** Further paths under which the same rows are reachable: `security/deviceAppManagementTasks`. */
  readonly aliases?: readonly string[];
  /** `home`: this singleton is the caller's own hub; `fleet`: this set lists every hub the caller may see, and its rows open into those hubs. */
  readonly hub?: "home" | "fleet";
  /** The place of a row that every write here changes too: writes in a hub wait for each other, so that none is decided in vain. */
  readonly sharing?: string;
  /** Each row lets the tenant that is its key manage the hub; deleting it ends that. */
  readonly managers?: boolean;
  /**
   * Each row takes messages at `{row}/inbound` from who knows its secret (`edm/inboundSecret.ts`): a message becomes the parameter of an action of the
   * row, called as the caller *system*.
   */
  readonly inbound?: { readonly action: string; readonly parameter: string };
  /** The server looks at its rows again by itself. */
  readonly rechecked?: Rechecked;
  /** Its rows are who is told of changes in the hub. */
  readonly subscribers?: boolean;
  /** Its rows are carried out by connectors. */
  readonly dispatched?: Dispatched;
  /** Its rows are the hub's audit trail, written with every change and by nobody; nobody is told of them. */
  readonly journal?: boolean;
  /** A singleton without a stored row: its entity is its id alone (the hub's). */
  readonly virtual?: boolean;
  /** A singleton that is its defaults until something of it was written. */
  readonly usual?: boolean;
  readonly rules?: { readonly create?: Rule; readonly update?: Rule; readonly delete?: Rule };
}

/**
 * Rows that the server looks at again, as the caller *system*, by an action of theirs that has no parameters and writes nothing where nothing is
 * new: those that wait whenever one of some places is written, others when their time has come.
 */
export interface Rechecked {
  readonly action: string;
  readonly waiting: { readonly filter: string; readonly places: readonly string[] };
  /** `path`: an instant of the rows for which `filter` holds. */
  readonly due: { readonly filter: string; readonly path: string };
  readonly doubted?: Doubted;
}

/**
 * Rows that stand, and whose collection `names` tells what newer rows of another place may speak against: those whose `theirs` is what `owner` says, each with the
 * names that it is `against`. `by`: the instant of those rows.
 */
export interface Doubted {
  readonly filter: string;
  readonly owner: string;
  readonly names: string;
  readonly place: string;
  readonly theirs: string;
  readonly by: string;
  readonly against: (row: JsonObject) => readonly string[];
}

/** An operation and what it does. Bound to one entity: `rule`; to a collection: `collectionRule`. */
export interface OperationDefinition {
  readonly kind: "action" | "function";
  readonly name: string;
  /** Name, type and collection-ness of the binding parameter. */
  readonly binding?: ParameterDefinition;
  readonly parameters?: readonly ParameterDefinition[];
  readonly returns?: { readonly type: string; readonly collection?: boolean; readonly nullable?: boolean };
  readonly composable?: boolean;
  readonly entitySetPath?: string;
  /** 200 or 204 for an operation without a return type. Default 204. */
  readonly emptyStatus?: 200 | 204;
  readonly rule?: Rule;
  readonly collectionRule?: CollectionRule;
  readonly annotations?: readonly Annotation[];
  readonly extension?: boolean;
  /** Who may call it, of an operation that is implemented beside the model (`operations` of the service) and has no rule. */
  readonly permissions?: Permissions;
  /** Of such an operation: what it writes it writes by itself, step by step, in no unit of work, for it may wait meanwhile. */
  readonly waits?: boolean;
  /** Of an action whose rule writes elsewhere: one of these is asked for, and the bound entity has to be readable only. */
  readonly writeRights?: readonly string[];
}
export interface ParameterDefinition {
  readonly name: string;
  readonly type: string;
  readonly collection?: boolean;
  readonly nullable?: boolean;
  readonly unicode?: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number | "variable" | "floating";
  readonly optional?: { readonly default?: Json };
  readonly annotations?: readonly Annotation[];
  /** A collection of entities is sent whole: validated as creates, or as patches that carry the id. */
  readonly bodies?: "create" | "update";
}
