import type { JsonObject } from "../base/json.ts";
import type { Link } from "../edm/links.ts";
import type { BoundOperation, Place } from "../edm/model.ts";
import type { ComplexType, EntityType, NavigationProperty, Property } from "../edm/types.ts";
import type { EtagCondition } from "../odata/parseEtags.ts";
import type { Apply, Leaf } from "./apply.ts";
import type { CollectionPath, Scalar, Typed } from "./typed.ts";
import type { WriteForm } from "./writeForm.ts";

/** In which hub the request works: the caller's own, a named one, or every one it may see. */
export type HubReference = { readonly kind: "home" } | { readonly kind: "named"; readonly id: string } | { readonly kind: "fleet" };

/** How a target is reached along a link (OData URL Conventions 4.2, 4.3): `execute/follow.ts` finds out where it leads before the plan runs. */
export interface Via {
  readonly link: Link;
  /** The entity that the link starts from. */
  readonly from: EntityTarget;
  /** The member of a collection that is meant; absent for all of it, and for the one entity of a single navigation property. */
  readonly key?: string;
  /** The text of an alternate key (`Core.AlternateKeys`): the row of `from`'s place that has it is meant, and `link` is no more than that place. */
  readonly alternate?: string;
  /** The way as the request has it, as text: page tokens are bound to it. */
  readonly path: string;
}

/** A collection of rows: a place, the keys above it, and the derived type of a cast segment. */
export interface CollectionTarget {
  readonly kind: "collection";
  readonly place: Place;
  readonly hub: HubReference;
  readonly parents: readonly string[];
  readonly cast?: EntityType;
  /** Only rows that are related to another, or what those contain. */
  readonly via?: Via;
}

/** One row: by key, or a singleton (key ""). */
export interface EntityTarget {
  readonly kind: "entity";
  readonly place: Place;
  readonly hub: HubReference;
  readonly parents: readonly string[];
  readonly key: string;
  readonly cast?: EntityType;
  /** Reached along a link: until that is followed, `key` (or the first of `parents`, below it) is what the path says, or "". */
  readonly via?: Via;
}

/** A property of an entity, or an item of one, by its path of names and ordinals; `property` is absent for a dynamic one. */
export interface PropertyTarget {
  readonly entity: EntityTarget;
  readonly steps: readonly string[];
  /** Of an item: that of its collection, as a single value; behind a cast of that type. */
  readonly property?: Property;
  readonly casts?: readonly ValueCast[];
}

/** A derived type that the complex value behind so many steps is taken as; of a collection, its items of that type are meant. */
export interface ValueCast {
  readonly behind: number;
  readonly type: ComplexType;
}

/** What is to be read from a collection, bound to the model. Made once per query text and kept. */
export interface Query {
  readonly filter?: Typed;
  /** Complete and total: the key stands last. */
  readonly orderby: readonly OrderItem[];
  /** At most so many rows in all (client's $top); absent: all, in pages. */
  readonly top?: number;
  readonly skip: number;
  readonly count: boolean;
  /** Rows of a page: the smaller of server limit and Prefer maxpagesize. */
  readonly pageSize: number;
  readonly projection?: Projection;
  /** What the stored body alone does not give: asked for once the rows are there. */
  readonly shaping?: Shaping;
  readonly expand: readonly Expansion[];
  /** A sealed page token as it came; `permit` opens it. */
  readonly skiptoken?: string;
  /** `$apply` with all options that work on its result; what stands beside it here is for the rows that it begins with. */
  readonly apply?: Apply;
  /** The options in canonical text, without $skiptoken: what a page token is bound to and what a nextLink repeats. */
  readonly text: string;
  /** Of an expansion: the same with marks where it says `$it`. */
  readonly marked?: string;
  /** The filters of the path, printed: a page token is bound to them too. */
  readonly within?: readonly string[];
  /** Dynamic properties used, by name at the top of the row and as `type/name` within open complex values: each must have been stored in this hub's place. */
  readonly dynamic: readonly { readonly name: string; readonly option: string; readonly place?: Place }[];
  /** Of an expansion, where expressions look at the row that the path of the request leads to: the place of that row. */
  readonly outer?: Place;
  /** Places whose rows the expressions look at beside those of the query. */
  readonly touches?: readonly Place[];
  /** The sets of `$crossjoin`: expressions know them as levels 1, 2 and so on. */
  readonly crossjoin?: readonly CrossedSet[];
}

/** A set of `$crossjoin`, with how its entities are shown; absent: by their links. */
export interface CrossedSet {
  readonly name: string;
  readonly place: Place;
  readonly shown?: Query;
}

export interface OrderItem {
  readonly expression: Typed;
  readonly descending: boolean;
  readonly nullable: boolean;
}

/** `$select`, bound: the tree of names to keep. `true` keeps the whole value. */
export interface Projection {
  readonly names: ReadonlyMap<string, true | Projection>;
  /** As the context URL prints it: `id,maxScore`. */
  readonly text: string;
  /** `$select=*`: every declared property. */
  readonly star: boolean;
  /** What is not named stays, too. */
  readonly whole?: true;
  /** Of a collection: which of its members stay, and in which order. */
  readonly members?: Members;
  /** Values that `$compute` adds. */
  readonly computed?: readonly Computed[];
}

/** A value that `$compute` adds: found in the stored body where it is a plain property (`steps`), else a column of the statement that reads its level. */
export interface Computed {
  readonly name: string;
  readonly value: { readonly steps: readonly string[] } | { readonly column: number };
  /** Absent for a property that no type declares, and for null. */
  readonly leaf?: Leaf;
}

/** Options in parentheses behind a collection in `$select` (OData 4.01 URL Conventions 5.1.4). */
export interface Members {
  /** The collections on the way to it, outermost first; its own is the last. */
  readonly sources: readonly CollectionPath[];
  readonly filter?: Typed;
  /** Behind these, members stand as they are stored. */
  readonly orderby: readonly OrderItem[];
  readonly skip: number;
  readonly top?: number;
  readonly count: boolean;
  readonly columns: readonly Typed[];
}

/** What a statement has to tell of rows that were read: values of their own, and members of their collections. */
export interface Shaping {
  readonly columns: readonly Typed[];
  readonly members: readonly Members[];
}

/** What one navigation property adds to each row. */
export interface Expansion {
  /** Tells it from the other expansions of the same rows. */
  readonly key: string;
  readonly navigation: NavigationProperty;
  readonly place: Place;
  /** Where they are related, not contained. */
  readonly link?: Link;
  /** The derived type that its entities are narrowed to. */
  readonly cast?: EntityType;
  readonly query: Query;
  /** Their references, or only how many there are. */
  readonly suffix?: "ref" | "count";
  /** By `$levels`: further levels lie in it, of which each is marked `again`. */
  readonly recursive?: true;
  readonly again?: true;
}

/** Where the values of the last row of a page stood; what a page token seals. */
export interface Cursor {
  readonly values: readonly Scalar[];
  /** Change tracking: the last change that the client knows of, once it has all rows; none of its `values` are left then. */
  readonly since?: number;
  /** Rows still to be given of a client's $top. */
  readonly remaining?: number;
}

/** A row write asked for by the client, validated against the model. */
export interface SentEntity {
  readonly type: EntityType;
  /** The key that the body carries, when it carries one. */
  readonly id?: string;
  /** What the body says of the key, whole or not. */
  readonly key: JsonObject;
  /** Wire form without the key; for a create complete (nulls, empty collections, defaults), for a patch only what was sent. */
  readonly entity: JsonObject;
  /** Names at the top that the client really sent and that count. */
  readonly sent: ReadonlySet<string>;
  /** Documentation placeholders that were read as absent, by path. */
  readonly placeholders: readonly string[];
  /** What the body says of navigation properties. */
  readonly related: readonly SentRelation[];
  /** How it is written on what is there: merged into it unless this says otherwise. */
  readonly form?: WriteForm;
}

/** What a body says of one navigation property (OData Protocol 11.4.2.1, 11.4.2.2, 11.4.3.1). */
export interface SentRelation {
  readonly navigation: NavigationProperty;
  /** Where its entities lie. */
  readonly place: Place;
  /** Absent: they are contained. */
  readonly link?: Link;
  /** As messages name it. */
  readonly path: string;
  readonly items: readonly SentItem[];
  /** The items are changes, all else stays; otherwise they are all there shall be. */
  readonly isDelta: boolean;
}

/** A related entity in a body: one that is there, by its id; one to be made or changed; one to be taken away. */
export type SentItem =
  | { readonly kind: "reference"; readonly to: EntityTarget; readonly path: string }
  | { readonly kind: "entity"; readonly id?: string; readonly body: SentBody; readonly path: string; readonly etag?: string }
  | { readonly kind: "removed"; readonly id: string; readonly isDeleted: boolean; readonly path: string };

/** How a body is read. */
export interface ReadMode {
  /** A create is completed and must carry what is required; a patch carries only changes. */
  readonly asCreate: boolean;
  /** `serverDefault` properties may be sent (role SecurityData.Import). */
  readonly importer: boolean;
}

/** The request's body, read lazily: after permission is given, and once the type of the stored row is known. */
export interface SentBody {
  /** Validates against this type or the derived one that the body names. Throws a Problem that lists every fault. */
  readonly read: (type: EntityType, mode: ReadMode) => SentEntity;
}

export interface Conditions {
  readonly ifMatch?: EtagCondition;
  readonly ifNoneMatch?: EtagCondition;
}

/**
 * A write that must take effect once (DESIGN 2, Idempotency): the client's key, the path, and the hash of the
 * canonical body. `lookup` is false when the key is only remembered, for a retry that may come.
 */
export interface Once {
  readonly key: string;
  readonly path: string;
  readonly hash: string;
  readonly lookup: boolean;
}

/** How a successful write wants to be answered. */
export interface WritePreference {
  readonly returns?: "representation" | "minimal";
}

/** A plan that touches rows. */
export type RowPlan = ReadPlan | WritePlan;

export type Plan = ReadPlan | WritePlan | DocumentPlan | CallPlan;

/** A call of an operation that is implemented beside the model. */
export interface CallPlan {
  readonly kind: "call";
  readonly operation: BoundOperation;
  /** The set in which the entities lie that it returns. */
  readonly place?: Place;
  /** What it is bound to: rows, or a property of them. */
  readonly on?: CollectionTarget | EntityTarget | PropertyTarget;
  /** The path to that, raw: `/Vessels(5)`; "" for an unbound one. */
  readonly onPath: string;
  /** The path behind the call, raw: `/$count`; "" where nothing follows. */
  readonly rest: string;
  /** The key of the returned collection's member that `rest` begins with. */
  readonly member?: string;
  /** Reads and checks the parameters. Throws 400 naming the parameter. */
  readonly parameters: () => JsonObject;
  readonly conditions: Conditions;
}

export type ReadPlan =
  | ListPlan
  | DeltaPlan
  | CountPlan
  | { readonly kind: "get"; readonly target: EntityTarget; readonly query: Query; readonly conditions: Conditions; readonly references?: true }
  /** The content of a media entity (`name` is ""), or of a stream property. */
  | { readonly kind: "media"; readonly target: EntityTarget; readonly name: string; readonly conditions: Conditions }
  | { readonly kind: "property"; readonly target: PropertyTarget; readonly form: "json" | "value" | "count"; readonly conditions: Conditions };

/** A collection; `parts`: of `$all` the sets, one after another, of which `target` and `query` are the first. `references`: the answer names rows instead of showing them. */
export interface ListPlan {
  readonly kind: "list";
  readonly target: CollectionTarget;
  readonly query: Query;
  readonly references?: true;
  readonly parts?: readonly Tracked[];
  /** What all of `parts` have in common, where the path says it. */
  readonly type?: EntityType;
  /** The rows of all parts come in one order, that of their sets and keys behind so many items of `$orderby`; absent: part by part. */
  readonly merged?: number;
}

/** How many rows a collection has; of `$all` each of its `parts`. */
export interface CountPlan {
  readonly kind: "count";
  readonly target: CollectionTarget;
  readonly query: Query;
  readonly parts?: readonly Tracked[];
}

/** Change tracking of a collection; of a whole hub where it has `parts`: the hub's own row, then each set that it holds. */
export interface DeltaPlan {
  readonly kind: "delta";
  readonly target: CollectionTarget;
  readonly query: Query;
  readonly start: DeltaStart;
  readonly parts?: readonly Tracked[];
}

/** A collection that is asked for with others. */
export type Tracked = Pick<DeltaPlan, "target" | "query">;

/**
 * Where change tracking goes on (R132-R141): at all rows, at what comes from now on, or where a sealed token says. `links`: the URL
 * that tokens are asked at; `preferred`: it was asked for by preference, not by the function.
 */
export interface DeltaStart {
  readonly at: "rows" | "now" | { readonly option: "$skiptoken" | "$deltatoken"; readonly token: string };
  readonly links: string;
  readonly preferred?: true;
}

export type WritePlan =
  | {
      readonly kind: "create";
      readonly target: CollectionTarget;
      readonly body: SentBody;
      readonly query: Query;
      readonly preference: WritePreference;
      readonly once?: Once;
    }
  | {
      readonly kind: "update";
      readonly target: EntityTarget;
      readonly body: SentBody;
      readonly query: Query;
      readonly mode: UpdateMode;
      readonly conditions: Conditions;
      readonly preference: WritePreference;
      /** PUT: what the body leaves out gets its default (OData Protocol 11.4.3). */
      readonly isWhole?: true;
      /** Content is written, that of the entity ("") or of a stream property: conditions are about its own ETag. */
      readonly media?: string;
    }
  | ChangeSetPlan
  | { readonly kind: "delete"; readonly target: EntityTarget; readonly conditions: Conditions }
  | LinkPlan
  | { readonly kind: "setProperty"; readonly target: PropertyTarget; readonly body: SentBody; readonly conditions: Conditions }
  | {
      readonly kind: "action";
      readonly target: EntityTarget | CollectionTarget;
      readonly operation: BoundOperation;
      readonly body: SentParameters;
      readonly conditions: Conditions;
      readonly once?: Once;
    };

/** Entities of one collection made, changed and deleted at once, all of them or none (OData 4.01 Protocol 11.4.12). */
export interface ChangeSetPlan {
  readonly kind: "changeSet";
  readonly target: CollectionTarget;
  readonly items: () => readonly SentItem[];
  readonly preference: WritePreference;
}

/** A change of what an entity is related to (`/$ref`, OData Protocol 11.4.6): `add` one to a collection, `set` the only one, `remove` one or the only one, `replace` all. */
export interface LinkPlan {
  readonly kind: "link";
  /** The entity whose navigation property is written. */
  readonly target: EntityTarget;
  readonly link: Link;
  readonly change: "add" | "set" | "remove" | "replace";
  /** The other ends, read lazily: one, but for `replace`; none to remove the only one. */
  readonly others: () => readonly EntityTarget[];
  readonly conditions: Conditions;
}

/** `update`: 404 when missing. `upsert`: create when missing; If-None-Match: * then makes it an insert. */
export type UpdateMode = "update" | "upsert";

/** The parameters of an action, read lazily like a body. `entities` holds each parameter that is a collection of entities. */
export interface SentParameters {
  readonly read: (mode: Pick<ReadMode, "importer">) => { readonly values: JsonObject; readonly entities: ReadonlyMap<string, readonly SentEntity[]> };
}

export interface DocumentPlan {
  readonly kind: "document";
  readonly document: "service" | "metadata.xml" | "metadata.json" | "openapi";
}
