import { notFound, requireAlso } from "../auth/permit.ts";
import { problem } from "../base/errors.ts";
import { etagOf } from "../base/etag.ts";
import type { JsonObject } from "../base/json.ts";
import { mergeObjects } from "../base/mergeObjects.ts";
import { parseStored } from "../base/parseJson.ts";
import type { Place } from "../edm/model.ts";
import type { Stamp } from "../edm/rules.ts";
import type { CollectionTarget, EntityTarget, SentEntity, SentItem, SentRelation } from "../plan/plan.ts";
import { wholeOf } from "../plan/readRelated.ts";
import type { LinkWrite, Row, RowKey, RowWrite, WriteSet } from "../store/store.ts";
import type { Running } from "./decide.ts";
import { DeleteEffects } from "./deleteEffects.ts";
import { isImporter } from "./isImporter.ts";
import { keepRelated } from "./keptRelated.ts";
import { changedBy, clearedValues, otherEnd, sharedValues } from "./linkChange.ts";
import { rowChange } from "./rowChange.ts";
import { newKey } from "./newKey.ts";
import { patchOf } from "./patchOf.ts";
import { plainCreation, type NewRow } from "./plainCreation.ts";
import { requireInHub } from "./requireInHub.ts";
import { typeOf } from "./typeOf.ts";

/** A related entity that a body gave, as it is written: what the answer shows again. */
export interface Shown {
  readonly relation: SentRelation;
  readonly row: RowWrite;
  readonly below: readonly Shown[];
}

/** A WriteSet with what its answer shows of related entities; its first row is the entity itself. */
export interface DeepSet extends WriteSet {
  readonly shown: readonly Shown[];
}

/** The entity that a body is about: where it lies, as it will be, and whether it is new. */
export interface Owner extends RowKey {
  readonly entity: JsonObject;
  readonly isNew: boolean;
  /** The keys above what it contains, where they are not its own. */
  readonly within?: readonly string[];
}

/** Rows that one request may write of related entities. */
const most = 1000;

/** One body's related entities being written: what was gathered so far. */
export class DeepWrite {
  readonly rows: RowWrite[] = [];
  readonly links: LinkWrite[] = [];
  readonly shown: Shown[] = [];
  readonly #messages: WriteSet["messages"][number][] = [];
  readonly #stamp: Stamp;
  readonly #running: Running;

  constructor(stamp: Stamp, running: Running) {
    this.#stamp = stamp;
    this.#running = running;
  }

  /** The values that the entity itself gets from what it shall be related to by referential constraints; what is new of that is written beside it. */
  async ownValues(sent: SentEntity, isNew: boolean): Promise<JsonObject> {
    let values: JsonObject = {};
    for (const relation of sent.related) {
      if (!isOwnColumns(relation)) continue;
      const { link } = relation;
      const [item] = relation.items;
      if (item !== undefined) values = mergeObjects(values, sharedValues(link, await this.#principal(item, relation)));
      else if (!isNew) values = mergeObjects(values, clearedValues(link));
    }
    return values;
  }

  async #principal(item: SentItem, relation: OwnColumns): Promise<JsonObject> {
    if (item.kind === "reference") return parseStored((await this.#referenced(item, relation)).body);
    if (item.kind === "removed") throw notFound(item.id);
    const standing = item.id === undefined ? undefined : await this.#find(relation.place, item.id, []);
    const written = standing === undefined ? await this.#made(item, relation) : await this.#patched(standing, item, relation);
    return written.put?.entity ?? {};
  }

  /** Writes what a body says of all other navigation properties. */
  async relate(owner: Owner, sent: SentEntity): Promise<void> {
    for (const relation of sent.related) {
      if (isOwnColumns(relation)) continue;
      requireAlso(relation.place, "read", this.#running.permitted, this.#running.context.faithful);
      if (owner.isNew) for (const item of relation.items) await this.#add(item, relation, owner);
      else if (relation.isDelta) for (const item of relation.items) await this.#change(item, relation, owner);
      else await this.#replace(relation, owner);
    }
  }

  /** Makes, changes and deletes entities of one collection. */
  async changeSet({ place, parents }: CollectionTarget, items: readonly SentItem[]): Promise<void> {
    const relation: SentRelation = { navigation: wholeOf(place), place, path: "value", items, isDelta: true };
    const owner: Owner = { place, parents, id: "", entity: {}, isNew: false, within: parents };
    for (const item of items) await this.#change(item, relation, owner);
  }

  /** The WriteSet of the entity with all that belongs to it. */
  joined(own: WriteSet): DeepSet {
    const rows = [...own.rows, ...this.rows];
    const seen = new Set<string>();
    for (const { place, parents, id } of rows) {
      const key = JSON.stringify([place.path, ...parents, id]);
      if (seen.has(key)) throw problem("badRequest", { what: `The object with the id '${id}' stands twice in this request.` }, { target: id });
      seen.add(key);
    }
    const { idempotency } = own;
    const kept = idempotency && {
      idempotency: { ...idempotency, outcome: (seqs: readonly number[]) => keepRelated(idempotency.outcome(seqs), this.shown, { rows, seqs }) },
    };
    return { ...own, ...kept, rows, links: [...(own.links ?? []), ...this.links], messages: [...own.messages, ...this.#messages], shown: this.shown };
  }

  /** What a collection or a single property leads to from now on: what is left out is taken away. */
  async #replace(relation: SentRelation, owner: Owner): Promise<void> {
    const { place, link, navigation, path } = relation;
    const from: EntityTarget = { kind: "entity", place: owner.place, hub: { kind: "home" }, parents: owner.parents, key: owner.id };
    const standing = await this.#running.context.store.related(this.#running.permitted, { place, from, most: most + 1, ...(link && { link }) });
    if (standing.length > most)
      throw problem(
        "badRequest",
        { what: `'${path}' has more than ${most} members: send what changes as '${navigation.name}@odata.delta'.` },
        { target: path },
      );
    const isOne = !navigation.collection;
    const kept = new Set<string>();
    for (const item of relation.items) {
      // One that is not named is the one that is there.
      const named = isOne && item.kind === "entity" && item.id === undefined && standing[0] !== undefined ? { ...item, id: standing[0].id } : item;
      kept.add(await this.#change(named, relation, owner));
    }
    // Of a single property the new one takes the place of the old, which is nowhere else where it was contained.
    const rest = isOne && relation.items.length > 0 && link !== undefined ? [] : standing.filter(({ id }) => !kept.has(id));
    for (const row of rest) await this.#remove(row, relation, owner);
  }

  /** One item of an update; the id that it has. */
  async #change(item: SentItem, relation: SentRelation, owner: Owner): Promise<string> {
    const { place, link } = relation;
    if (item.kind === "removed") {
      const row = await this.#find(place, item.id, parentsIn(relation, owner));
      if (row !== undefined && item.isDeleted) await this.#delete(row, place);
      else if (row !== undefined) await this.#remove(row, relation, owner);
      return item.id;
    }
    if (item.kind === "reference" || item.id === undefined) return this.#add(item, relation, owner);
    const row = await this.#find(place, item.id, parentsIn(relation, owner));
    if (row === undefined) return this.#add(item, relation, owner);
    const written = await this.#patched(row, item, relation, this.#backValues(relation, owner));
    if (link !== undefined && link.relation.columns === undefined) this.#link(relation, owner, row.id);
    return written.id;
  }

  /** A new entity, or one that is there and is related from now on; its id. */
  async #add(item: SentItem, relation: SentRelation, owner: Owner): Promise<string> {
    const { link } = relation;
    if (item.kind === "removed") throw notFound(item.id);
    const back = this.#backValues(relation, owner);
    if (item.kind === "entity") {
      const { id } = await this.#made(item, relation, { parents: parentsIn(relation, owner), back });
      if (link !== undefined && link.relation.columns === undefined) this.#link(relation, owner, id);
      return id;
    }
    const row = await this.#referenced(item, relation);
    if (link?.relation.columns === undefined) this.#link(relation, owner, row.id);
    else await this.#write(row, relation.place, back);
    return row.id;
  }

  /** No longer related; what is contained is nowhere else, and goes. */
  async #remove(row: Row, relation: SentRelation, owner: Owner): Promise<void> {
    const { link, place } = relation;
    if (link === undefined) await this.#delete(row, place);
    else if (link.relation.columns === undefined) this.#link(relation, owner, row.id, true);
    else await this.#write(row, place, clearedValues(link));
  }

  /** What related entities get from this one, where they are the ones that hold the values of a referential constraint. */
  #backValues({ link }: SentRelation, { entity }: Owner): JsonObject {
    return link?.relation.columns === undefined ? {} : sharedValues(link, entity);
  }

  #link({ link, place }: SentRelation, { place: from, parents, id }: Owner, to: string, removed = false): void {
    if (link === undefined) return;
    this.links.push({ link, from: { place: from, parents, id }, to: { place, parents: [], id: to }, ...(removed && { removed: true }) });
  }

  async #referenced({ to }: Extract<SentItem, { kind: "reference" }>, { link }: SentRelation): Promise<Row> {
    requireInHub(this.#running.permitted, to);
    if (link === undefined) throw notFound(to.key);
    return otherEnd(link, to.key, this.#running);
  }

  async #find(place: Place, id: string, parents: readonly string[]): Promise<Row | undefined> {
    const { permitted, context } = this.#running;
    const [row] = await context.store.rowsOf(permitted, place, [id], parents);
    return row;
  }

  async #made(item: EntityItem, relation: SentRelation, { parents, back }: Made = { parents: [], back: {} }): Promise<RowWrite> {
    const { place, navigation } = relation;
    this.#require(place, "create");
    const sent = item.body.read(navigation.type, { asCreate: true, importer: isImporter(this.#running.permitted) });
    const whole = { ...sent, entity: { ...sent.entity, ...back } };
    const target = { kind: "collection", place, hub: { kind: "home" }, parents } as const;
    const made = await creation({ target, sent: whole, id: await this.#newKey(target, sent), grants: [] }, this.#stamp, this.#running);
    this.#take(made);
    this.shown.push({ relation, row: made.rows[0]!, below: made.shown });
    return made.rows[0]!;
  }

  /** Numbers that the server gives go on from those that this very body was given. */
  async #newKey(target: CollectionTarget, sent: SentEntity): Promise<string> {
    let id = await newKey(target, sent, this.#stamp, this.#running);
    const isTaken = (): boolean => this.rows.some((row) => row.place === target.place && row.id === id && row.parents.join("/") === target.parents.join("/"));
    while (sent.id === undefined && /^\d{1,18}$/.test(id) && isTaken()) id = String(BigInt(id) + 1n);
    return id;
  }

  async #patched(row: Row, item: EntityItem, relation: SentRelation, back: JsonObject = {}): Promise<RowWrite> {
    const { place } = relation;
    this.#require(place, "update");
    if (item.etag !== undefined && item.etag !== etagOf(row))
      throw problem("resourceModified", { what: `'${item.path}': the entity has changed: its ETag is ${etagOf(row)}.` }, { target: item.path });
    const sent = item.body.read(typeOf(row, this.#running.context), { asCreate: false, importer: isImporter(this.#running.permitted) });
    const made = await deepChange({ place, row, sent, more: back }, this.#stamp, this.#running);
    this.#take(made);
    this.shown.push({ relation, row: made.rows[0]!, below: made.shown });
    return made.rows[0]!;
  }

  /** Values of a row that is there, as an update of its own. */
  async #write(row: Row, place: Place, values: JsonObject): Promise<void> {
    this.#require(place, "update");
    const sent: SentEntity = {
      type: typeOf(row, this.#running.context),
      key: {},
      entity: { "@odata.type": `#${row.type}`, ...values },
      sent: new Set(),
      placeholders: [],
      related: [],
    };
    this.#take(await deepChange({ place, row, sent, more: {} }, this.#stamp, this.#running));
  }

  /** As a DELETE of its own: by its rule, and with what goes with it. */
  async #delete(row: Row, place: Place): Promise<void> {
    this.#require(place, "delete");
    const change = { place, row, expect: row.seq, verb: "delete", name: "delete", sent: {}, rule: place.definition.rules?.delete } as const;
    this.#take(await rowChange(change, this.#stamp, this.#running));
    const effects = new DeleteEffects(this.#stamp, this.#running);
    await effects.of(place, row);
    this.rows.push(...effects.rows);
  }

  #take(set: WriteSet): void {
    this.rows.push(...set.rows);
    this.links.push(...(set.links ?? []));
    this.#messages.push(...set.messages);
    if (this.rows.length > most) throw problem("badRequest", { what: `The body writes more than ${most} related entities; send them in several requests.` });
  }

  #require(place: Place, verb: "create" | "update" | "delete"): void {
    requireAlso(place, "write", this.#running.permitted, this.#running.context.faithful);
    if (!place.verbs.has(verb === "create" && place.kind === "singleton" ? "upsert" : verb))
      throw problem("badRequest", { what: `Entities of '${place.path}' cannot be written (${verb}).` }, { target: place.name });
  }
}

type EntityItem = Extract<SentItem, { kind: "entity" }>;
type OwnColumns = SentRelation & { readonly link: NonNullable<SentRelation["link"]> };

interface Made {
  readonly parents: readonly string[];
  readonly back: JsonObject;
}

/** True where the entity itself holds the values of the referential constraint. */
function isOwnColumns(relation: SentRelation): relation is OwnColumns {
  return relation.link?.relation.columns !== undefined && !relation.link.reversed;
}

/** The keys above the entities of a relation. */
function parentsIn({ link }: SentRelation, { place, parents, id, within }: Owner): readonly string[] {
  if (link !== undefined) return [];
  if (within !== undefined) return within;
  return place.kind === "singleton" ? parents : [...parents, id];
}

/** A patch of a row with what it says of related entities. */
export interface DeepChange {
  readonly place: Place;
  readonly row: Row;
  readonly sent: SentEntity;
  /** Values that the client did not send. */
  readonly more: JsonObject;
  readonly expect?: number | "absent";
}

/** The WriteSet of a patch and of all that it nests. */
export async function deepChange({ place, row, sent, more, expect = row.seq }: DeepChange, stamp: Stamp, running: Running): Promise<DeepSet> {
  const deep = new DeepWrite(stamp, running);
  const values = { ...more, ...(sent.related.length === 0 ? {} : await deep.ownValues(sent, false)) };
  const patch = { ...sent, entity: mergeObjects(sent.entity, values) };
  const own = await rowChange({ place, row, expect, rule: place.definition.rules?.update, ...patchOf(patch, place) }, stamp, running);
  if (sent.related.length === 0) return { ...own, shown: [] };
  const [first, ...others] = own.rows as [RowWrite, ...RowWrite[]];
  const names = sent.related.map(({ navigation }) => changedBy(navigation));
  const main: RowWrite = { ...first, changed: [...new Set([...first.changed, ...names])] };
  await deep.relate({ place, parents: row.parents, id: row.id, entity: main.put?.entity ?? {}, isNew: false }, sent);
  return deep.joined({ ...own, rows: [main, ...others] });
}

/** The WriteSet of a new row and of all that its body nests. */
export async function creation(made: NewRow, stamp: Stamp, running: Running): Promise<DeepSet> {
  if (made.sent.related.length === 0) return { ...(await plainCreation(made, stamp, running)), shown: [] };
  const deep = new DeepWrite(stamp, running);
  const values = await deep.ownValues(made.sent, true);
  const own = await plainCreation({ ...made, sent: { ...made.sent, entity: mergeObjects(made.sent.entity, values) } }, stamp, running);
  const { place, parents } = made.target;
  await deep.relate({ place, parents, id: made.id, entity: own.rows[0]?.put?.entity ?? {}, isNew: true }, made.sent);
  return deep.joined(own);
}
