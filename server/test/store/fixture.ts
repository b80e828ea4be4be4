import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { grant, type Permitted, type Scope } from "../../src/auth/permitted.ts";
import { derivedGuid } from "../../src/base/ids.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import {
  boolean,
  collectionOf,
  complexType,
  contains,
  double,
  entityType,
  enumType,
  instant,
  int32,
  int64,
  of,
  set,
  singleton,
  string,
  strings,
  typed,
} from "./edmNames.ts";
import type { Model } from "../../src/edm/model.ts";
import type { PropertyDefinition, Resource } from "../../src/edm/resource.ts";
import { parseOptions } from "../../src/odata/parseOptions.ts";
import { bindQuery } from "../../src/plan/bindQuery.ts";
import type { CollectionTarget, Cursor, EntityTarget, RowPlan, Query } from "../../src/plan/plan.ts";
import type { SqliteStoreOptions } from "../../src/store/sqlite/openSqliteStore.ts";
import type { Page, Row, RowWrite, Store, UnitOfWork, WriteAnswer, WriteSet } from "../../src/store/store.ts";
import { dropEngine, openEngine } from "../engine.ts";

const anyone = { read: [], write: [] };
const everything = ["list", "get", "create", "update", "upsert", "delete"] as const;

/** A small model with everything a store has to know: hubs, polymorphic and open types, collections within collections, contained sets. */
export function testResource(more: Readonly<Record<string, PropertyDefinition>> = {}): Resource {
  return {
    name: "test",
    types: [
      entityType("entity", { base: undefined as never, abstract: true, key: ["id"], properties: { id: string({ nullable: false }) } }),
      enumType("color", { red: 0, green: 1, blue: 2 }),
      enumType("rights", { read: 1, write: 2, run: 4 }, true),
      complexType("maker", { vendor: string({ indexed: true }), provider: string({ indexed: true }), size: int32() }),
      complexType("part", { name: string({ indexed: true }), score: double(), made: instant(), maker: of("maker"), labels: strings() }, { open: true }),
      entityType("item", {
        open: true,
        properties: {
          name: string({ indexed: true, searchable: true }),
          rank: int32({ indexed: true }),
          weight: double(),
          big: int64(),
          price: typed("Edm.Decimal")(),
          active: boolean(),
          color: of("color", { indexed: true }),
          rights: of("rights"),
          created: instant({ indexed: true }),
          day: typed("Edm.Date")(),
          time: typed("Edm.TimeOfDay")(),
          lasts: typed("Edm.Duration")(),
          ref: typed("Edm.Guid")(),
          maker: of("maker"),
          parts: collectionOf("part"),
          tags: strings({ indexed: true, searchable: true }),
          type: string(),
          ...more,
        },
        navigation: { notes: contains("note") },
      }),
      entityType("special", { base: "item", properties: { extra: string(), shared: string() } }),
      entityType("other", { base: "item", properties: { shared: string() } }),
      entityType("note", { properties: { text: string({ searchable: true }), at: instant({ indexed: true }) } }),
      entityType("hub", { properties: { displayName: string() }, navigation: { items: contains("item"), logs: contains("note") } }),
    ],
    places: [
      singleton("hub", "hub", { verbs: ["get"], permissions: anyone, hub: "home" }),
      set("hubs", "hub", { verbs: everything, permissions: anyone, hub: "fleet" }),
      set("hub/items", "item", {
        verbs: everything,
        permissions: anyone,
        defaultOrder: [{ path: "created", descending: true }],
        unique: ["maker/provider", "day(created)"],
      }),
      set("hub/items/notes", "note", { verbs: everything, permissions: anyone }),
      set("hub/logs", "note", { verbs: everything, permissions: anyone }),
    ],
  };
}

/** The model of `testResource`, with further properties of `item`. */
export function testModel(more: Readonly<Record<string, PropertyDefinition>> = {}): Model {
  return createModel({ namespace: "test.store", container: "Service", resources: [testResource(more)] });
}

export const model = testModel();
export const items = model.place("hub/items");
export const notes = model.place("hub/items/notes");

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** The path of a data file in a new folder that goes away after the test. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-store-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "data.db");
}

/** Opens a store that is closed after the test. */
export async function openStore(options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  const { file = temporaryFile() } = options;
  cleanups.push(() => dropEngine(file));
  const store = await openEngine({ model, workers: 1, ...options, file });
  cleanups.push(() => store.close());
  return store;
}

/** The scope of a tenant's derived home hub. */
export function homeOf(tenant: string): Scope {
  return { kind: "hub", hub: { id: derivedGuid("hub", tenant), real: false, settings: { uniqueKeys: false } } };
}

/** A permitted plan, as `permit` would make it. */
export function permitted<P extends RowPlan>(plan: P, scope: Scope = homeOf("t1"), cursor?: Cursor): Permitted<P> {
  const tenant = scope.kind === "fleet" ? scope.tenant : "t1";
  const caller = { tenant, appId: "app", user: null, kind: "application", permissions: new Set<string>(), expires: 0 } as const;
  return grant({ plan, caller, scope, own: new Set(), ...(cursor === undefined ? {} : { cursor }) });
}

/** Options as they stand in a URL, bound to a place. */
export function queryOf(text: string, place = items, ofModel: Model = model): Query {
  const { options, aliases } = parseOptions(text);
  return bindQuery(options, { model: ofModel, place, aliases, budgets: defaultBudgets });
}

export function collectionOfPlace(place = items, parents: readonly string[] = []): CollectionTarget {
  return { kind: "collection", place, hub: { kind: "home" }, parents };
}

export function entityOfPlace(key: string, place = items, parents: readonly string[] = []): EntityTarget {
  return { kind: "entity", place, hub: { kind: "home" }, parents, key };
}

export function listPlan(text: string, target: CollectionTarget = collectionOfPlace()): Extract<RowPlan, { kind: "list" }> {
  return { kind: "list", target, query: queryOf(text, target.place) };
}

export function getPlan(target: EntityTarget): Extract<RowPlan, { kind: "get" }> {
  return { kind: "get", target, query: queryOf("", target.place), conditions: {} };
}

export async function list(store: UnitOfWork, text: string, { scope, target }: { scope?: Scope; target?: CollectionTarget } = {}): Promise<Page> {
  return store.list(permitted(listPlan(text, target), scope));
}

export function idsOf(page: { readonly rows: readonly Row[] }): string[] {
  return page.rows.map((row) => row.id);
}

/** A row to be created. */
export function create(
  entity: JsonObject & { readonly id: string },
  { place = items, parents = [], type = place.type.name }: { place?: typeof items; parents?: readonly string[]; type?: string } = {},
): RowWrite {
  return { place, parents, id: entity.id, expect: "absent", put: { type, entity }, changed: Object.keys(entity) };
}

export function writeSetOf(rows: readonly RowWrite[], more: Partial<WriteSet> = {}): WriteSet {
  return { rows, grants: [], messages: [], audit: { verb: "create", at: "2026-01-01T00:00:00.0000000Z", tenant: "t1", appId: "app", user: null }, ...more };
}

export async function write(
  store: UnitOfWork,
  rows: readonly RowWrite[],
  { scope, ...more }: Partial<WriteSet> & { scope?: Scope } = {},
): Promise<WriteAnswer> {
  return store.write(permitted(listPlan(""), scope), writeSetOf(rows, more));
}

/** Writes items, failing loudly when they do not stand. */
export async function seed(store: Store, entities: readonly (JsonObject & { readonly id: string })[], scope?: Scope): Promise<void> {
  const answer = await write(
    store,
    entities.map((entity) => create(entity, typeof entity["@odata.type"] === "string" ? { type: entity["@odata.type"].slice(1) } : {})),
    scope === undefined ? {} : { scope },
  );
  if (answer.kind !== "written") throw new Error(`seed: ${JSON.stringify(answer)}`);
}
