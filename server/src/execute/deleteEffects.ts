import { requireAlso } from "../auth/permit.ts";
import { problem, type Problem } from "../base/errors.ts";
import { hasNavigation, linksFrom, type Link } from "../edm/links.ts";
import type { Place } from "../edm/model.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { Stamp } from "../edm/rules.ts";
import { mergeEntity } from "../plan/mergeEntity.ts";
import type { EntityTarget } from "../plan/plan.ts";
import type { Row, RowWrite } from "../store/store.ts";
import type { Running } from "./decide.ts";
import { rowChange } from "./rowChange.ts";
import { typeOf } from "./typeOf.ts";

/** Related entities that one delete may reach. */
const most = 1000;

/**
 * What becomes of related entities when an entity is deleted (`OnDelete`, CSDL 8.6): they go with it, they lose the values that they share
 * with it, or they forbid it (409). What is said of none keeps its values; rows of relations go with either end in any case.
 */
export class DeleteEffects {
  readonly rows: RowWrite[] = [];
  readonly #seen = new Set<string>();
  readonly #stamp: Stamp;
  readonly #running: Running;

  constructor(stamp: Stamp, running: Running) {
    this.#stamp = stamp;
    this.#running = running;
  }

  /** Gathers what the delete of a row does. */
  async of(place: Place, row: Row): Promise<void> {
    this.#seen.add(nameOf(place, row));
    const { context } = this.#running;
    const type = typeOf(row, context);
    const links = new Set(linksFrom(context.model, place).values());
    for (const link of links) {
      const { onDelete } = link.navigation;
      if (onDelete !== undefined && hasNavigation(type, link.navigation)) await this.#along(link, row, onDelete);
    }
  }

  async #along(link: Link, row: Row, onDelete: NonNullable<Link["navigation"]["onDelete"]>): Promise<void> {
    const { permitted, context } = this.#running;
    if (onDelete !== "Cascade" && onDelete !== "None" && link.relation.columns === undefined) return;
    const from: EntityTarget = { kind: "entity", place: link.from, hub: { kind: "home" }, parents: row.parents, key: row.id };
    const related = (await context.store.related(permitted, { place: link.to, link, from, most: most + 1 })).filter(
      (one) => !this.#seen.has(nameOf(link.to, one)),
    );
    if (related.length === 0) return;
    requireAlso(link.to, "write", permitted, context.faithful);
    if (onDelete === "None") throw forbidden(`'${link.navigation.name}' leads to entities: remove them, or the relation, first.`);
    for (const one of related) await (onDelete === "Cascade" ? this.#delete(link.to, one) : this.#clear(link, one, onDelete));
    if (this.rows.length > most) throw forbidden(`The entity is related to more than ${most} others: delete those first.`);
  }

  async #delete(place: Place, row: Row): Promise<void> {
    this.rows.push({ place, parents: row.parents, id: row.id, expect: row.seq, put: null, changed: [], before: row.body });
    await this.of(place, row);
  }

  /** The properties of a referential constraint become null, or what they are by default. */
  async #clear({ relation, to, reversed }: Link, row: Row, onDelete: "SetNull" | "SetDefault"): Promise<void> {
    if (!reversed) return;
    this.#seen.add(nameOf(to, row));
    const type = typeOf(row, this.#running.context);
    const values = Object.fromEntries(
      (relation.columns ?? []).map(({ source }): [string, Json] => [source, onDelete === "SetDefault" ? preset(to, source) : null]),
    );
    const next = (before: JsonObject): JsonObject => mergeEntity(type, before, values);
    const rule = to.definition.rules?.update;
    const change = { place: to, row, expect: row.seq, verb: "update", name: "update", next, sent: values, rule } as const;
    const { rows } = await rowChange(change, this.#stamp, this.#running);
    this.rows.push(...rows);
  }
}

function nameOf(place: Place, { parents, id }: Row): string {
  return JSON.stringify([place.path, ...parents, id]);
}

function preset({ type }: Place, name: string): Json {
  return type.allProperties.find((property) => property.name === name)?.default ?? null;
}

function forbidden(what: string): Problem {
  return problem("conflict", { what });
}
