import { serverId } from "../base/serverId.ts";
import { setImmediate as turn } from "node:timers/promises";
import type { Caller } from "../auth/caller.ts";
import type { Awaitable } from "../base/awaitable.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { instantOf } from "../base/instant.ts";
import type { HubGrant, StoreSystem } from "../store/store.ts";
import type { Job } from "./worker.ts";

/** Rows of every hub that are deleted when they are too old. */
export interface Removal {
  /** A set below a hub: `secureScores`. */
  readonly path: string;
  /** The instant by which rows are old, and after how many days they are. */
  readonly by: string;
  readonly days: number;
  /** What it takes to read and delete them. */
  readonly permissions: readonly string[];
  /** Answers a request of a caller who need not show a token. */
  readonly send: (request: HttpRequest, caller: Caller) => Awaitable<HttpResponse>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Rows of a page, and how many of them are deleted at a time: requests of people go on between them. */
const [pageSize, atOnce] = [200, 8];
const [hour, day] = [3_600_000, 86_400_000];

/** Makes the job: once an hour it deletes by ordinary requests, so that every deletion stands in the change log and the audit trail like any other. */
export function createRemoval({ grants }: Pick<StoreSystem, "grants">, removal: Removal): Job {
  return async (_, lost) => {
    const until = instantOf(removal.clock() - removal.days * day);
    for (const grant of homesOf(await grants())) {
      while (!lost.aborted && (await removePage(removal, grant, until)) > 0) await turn();
    }
    return { later: lost.aborted ? 0 : hour };
  };
}

/** One way into each hub: its home's where it is one. */
function homesOf(grants: readonly HubGrant[]): readonly HubGrant[] {
  const byHub = new Map<string, HubGrant>();
  for (const grant of grants) if (grant.role === "home" || !byHub.has(grant.hub)) byHub.set(grant.hub, grant);
  return [...byHub.values()];
}

/** Deletes the oldest rows of a hub; answers how many there were to delete. */
async function removePage(removal: Removal, { hub, tenant }: HubGrant, until: string): Promise<number> {
  const { path, by, permissions } = removal;
  const caller: Caller = { tenant, appId: serverId, user: null, kind: "application", permissions: new Set(permissions), expires: Number.MAX_SAFE_INTEGER };
  const set = `/beta/securities/${encodeURIComponent(hub)}/${path}`;
  const ask = async (method: string, target: string): Promise<HttpResponse> =>
    removal.send({ method, target, headers: {}, baseUrl: "http://localhost" }, caller);
  const listed = await ask("GET", `${set}?$select=id&$top=${pageSize}&$orderby=${by}&$filter=${by}%20lt%20${until}`);
  // A hub that is gone by now has nothing to remove.
  if (listed.status === 404) return 0;
  if (listed.status !== 200) throw new Error(`The old rows of ${path} could not be listed: ${listed.status}.`);
  const { value } = JSON.parse(String(listed.body)) as { readonly value: readonly { readonly id: string }[] };
  for (let from = 0; from < value.length; from += atOnce) {
    const answers = await Promise.all(value.slice(from, from + atOnce).map(({ id }) => ask("DELETE", `${set}/${encodeURIComponent(id)}`)));
    const failed = answers.find(({ status }) => status !== 204 && status !== 404);
    if (failed !== undefined) throw new Error(`Old rows of ${path} could not be deleted: ${failed.status}.`);
  }
  return value.length;
}
