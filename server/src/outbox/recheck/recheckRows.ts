import { readInstant, instantOf } from "../../base/instant.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { recentlyUsed } from "../../base/recentlyUsed.ts";
import type { Place } from "../../edm/model.ts";
import type { Doubted, Rechecked } from "../../edm/resource.ts";
import { below } from "../dispatch/endDrain.ts";
import { entityOf, openDesk, type Desk, type DeskParts } from "../notify/desk.ts";
import type { Row } from "../../store/store.ts";
import type { Job } from "../worker.ts";

/** What looking at rows again is made of. */
export interface RecheckParts extends DeskParts {
  readonly tenantOf: (hub: string) => Promise<string | undefined>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Rows of a page, and how many of them are looked at side by side. */
const [pageSize, atOnce] = [200, 8];
/** Milliseconds until the next look at what is due: at least, and at most, for a hint can get lost. */
const [soonest, latest] = [20, 900_000];

/** Makes the job that looks at the rows of a place that wait for what is written elsewhere. */
export function createRecheckOfWaiting(place: Place, rechecked: Rechecked, parts: RecheckParts): Job {
  return async ({ hub }, lost) => {
    const desk = await deskOf(hub, parts);
    if (desk !== undefined) await recheckAll({ desk, path: place.path, action: rechecked.action, filter: rechecked.waiting.filter }, lost);
    return lost.aborted ? { later: 0 } : "done";
  };
}

/** Makes the job that looks at the rows of a place whose time has come, and again when the next one's has. */
export function createRecheckOfDue(place: Place, rechecked: Rechecked, parts: RecheckParts): Job {
  const { due, action } = rechecked;
  return async ({ hub }, lost) => {
    const desk = await deskOf(hub, parts);
    if (desk === undefined) return "done";
    const filter = `(${due.filter}) and ${due.path} lt ${instantOf(parts.clock())}`;
    await recheckAll({ desk, path: place.path, action, filter }, lost);
    if (lost.aborted) return { later: 0 };
    const [next] = await rowsOf(desk, `${place.path}?$filter=${due.filter}&$orderby=${due.path}&$top=1`);
    return next === undefined ? "done" : { later: waitFor(textOf(next[due.path]), parts.clock()) };
  };
}

/**
 * Makes the job that looks at rows which stand, once newer rows of another place speak against them: of those the newest that were not looked at before, and of the
 * rows those alone that name what is spoken against.
 */
export function createRecheckOfDoubted(place: Place, { action, doubted }: Rechecked & { readonly doubted: Doubted }, parts: RecheckParts): Job {
  const seen = recentlyUsed<true>(10_000);
  return async ({ hub }, lost) => {
    const desk = await deskOf(hub, parts);
    if (desk === undefined) return "done";
    const [standing] = await rowsOf(desk, `${place.path}?$filter=${encodeURIComponent(doubted.filter)}&$top=1`);
    const news = standing === undefined ? [] : await newsOf(desk, doubted, (key) => seen.has(`${hub} ${key}`));
    for (const { body } of news) {
      const row = parseStored(body);
      const owner = textOf(valueAt(row, doubted.theirs));
      for (const names of portionsOf(doubted.against(row))) {
        const filter = `${doubted.filter} and ${doubted.owner} eq ${quoted(owner)} and ${doubted.names}/any(c:c in (${names.map(quoted).join(",")}))`;
        await recheckAll({ desk, path: place.path, action, filter }, lost);
        if (lost.aborted) return { later: 0 };
      }
    }
    // What fails on the way is looked at again.
    for (const row of news) seen.set(`${hub} ${keyOf(row)}`, true);
    return "done";
  };
}

/** Rows of a page, and pages at most. */
const [newsSize, newsPages] = [20, 10];

/** The newest rows that were not looked at before. */
async function newsOf(desk: Desk, { place, by }: Doubted, isSeen: (key: string) => boolean): Promise<readonly Row[]> {
  const news: Row[] = [];
  for (let page = 0; page < newsPages; page += 1) {
    const { rows } = await desk.list(`${below(place)}?$orderby=${by} desc,id&$top=${newsSize}&$skip=${page * newsSize}`);
    const fresh = rows.filter((row) => !isSeen(keyOf(row)));
    news.push(...fresh);
    if (fresh.length < newsSize) break;
  }
  return news;
}

function keyOf({ id, seq }: Row): string {
  return `${id} ${seq}`;
}

/** Characters of the names that are asked for at once. */
const longest = 3_000;

function portionsOf(names: readonly string[]): readonly (readonly string[])[] {
  const portions: string[][] = [];
  let length = Infinity;
  for (const name of names) {
    length += name.length + 3;
    if (length > longest) {
      portions.push([]);
      length = name.length;
    }
    portions.at(-1)!.push(name);
  }
  return portions;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function valueAt(row: JsonObject, path: string): Json {
  return path.split("/").reduce<Json>((value, name) => (isObject(value) ? (value[name] ?? null) : null), row);
}

async function deskOf(hub: string, parts: RecheckParts): Promise<Desk | undefined> {
  const tenant = await parts.tenantOf(hub);
  return tenant === undefined ? undefined : openDesk(hub, tenant, parts);
}

function waitFor(due: string, now: number): number {
  const at = readInstant(due);
  return Math.min(latest, Math.max(soonest, (at === undefined ? Infinity : Date.parse(at)) - now));
}

interface Looking {
  readonly desk: Desk;
  readonly path: string;
  readonly action: string;
  readonly filter: string;
}

/** Looks at each row once, in the order of their ids; what fails is tried again with the whole, when the others were looked at. */
async function recheckAll({ desk, path, action, filter }: Looking, lost: AbortSignal): Promise<void> {
  const failed: unknown[] = [];
  for (let after = ""; !lost.aborted;) {
    const rest = encodeURIComponent(`(${filter}) and id gt '${after}'`);
    const rows = await rowsOf(desk, `${path}?$filter=${rest}&$orderby=id&$top=${pageSize}`);
    const ids = rows.map(({ id }) => textOf(id));
    for (let from = 0; from < ids.length && !lost.aborted; from += atOnce) {
      const some = ids.slice(from, from + atOnce).map((id) => desk.send("POST", `${path}/${encodeURIComponent(id)}/${action}`));
      failed.push(...(await Promise.allSettled(some)).flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : [])));
    }
    if (ids.length < pageSize) break;
    after = ids.at(-1)!.replaceAll("'", "''");
  }
  if (failed.length > 0) throw failed[0];
}

async function rowsOf(desk: Desk, path: string): Promise<readonly JsonObject[]> {
  return (await desk.list(path)).rows.map(entityOf);
}
