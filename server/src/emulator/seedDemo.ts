import type { Caller } from "../auth/caller.ts";
import type { Awaitable } from "../base/awaitable.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import type { DemoCaller } from "./demo/demoCaller.ts";
import type { DemoRequest } from "./demo/demoRequest.ts";
import { demoRequests } from "./demo/demoRequests.ts";

/** What the demo is sent through. */
export interface DemoSeeding {
  /**
   * Answers a request as if the caller's token had been verified. The service must not refuse actions that no connector
   * takes (faithfulness `providers`) nor those of people (`permissions`).
   */
  readonly send: (request: HttpRequest, caller: Caller) => Awaitable<HttpResponse>;
  /** Sets the service's clock, milliseconds since 1970. It is left at `today`. */
  readonly setClock: (milliseconds: number) => void;
  /** The moment at which the history ends, milliseconds since 1970. */
  readonly today: number;
  /** The tenant whose home hub is filled; it should be empty. */
  readonly tenant: string;
  readonly progress?: (done: number, total: number) => void;
}

const atOnce = 100;

/**
 * Fills a tenant's home hub with 90 days of history: sent like any client's requests, in their order, each at its
 * time. Throws on the first answer that is no success.
 */
export async function seedDemo(seeding: DemoSeeding): Promise<void> {
  const { setClock, today, progress } = seeding;
  const requests = demoRequests(today);
  const ids = new Map<string, string>();
  let done = 0;
  for (const group of groups(requests)) {
    setClock(Math.min(group[0]!.at, today));
    await Promise.all(group.map((request) => sendOne(request, ids, seeding)));
    done += group.length;
    progress?.(done, requests.length);
  }
  setClock(today);
}

/** Requests of one moment, at most so many. */
function groups(requests: readonly DemoRequest[]): readonly (readonly DemoRequest[])[] {
  const made: DemoRequest[][] = [];
  for (const request of requests) {
    const open = made.at(-1);
    if (open !== undefined && open[0]!.at === request.at && open.length < atOnce) open.push(request);
    else made.push([request]);
  }
  return made;
}

async function sendOne({ method, path, body, by, as }: DemoRequest, ids: Map<string, string>, { send, tenant, today }: DemoSeeding): Promise<void> {
  const request: HttpRequest = {
    method,
    target: `/beta${path.replace(/\{([^}]+)\}/g, (_, name: string) => ids.get(name) ?? missing(name))}`,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(body)),
    baseUrl: "http://localhost",
    loopback: true,
  };
  const response = await send(request, callerOf(by, tenant, today));
  const answer = response.body === undefined ? "" : Buffer.from(response.body).toString();
  if (response.status < 200 || response.status > 299) throw new Error(`The demo's ${method} ${request.target} was answered ${response.status}: ${answer}`);
  if (as !== undefined) ids.set(as, (JSON.parse(answer) as { readonly id: string }).id);
}

function missing(name: string): never {
  throw new Error(`Nothing called '${name}' was created yet.`);
}

function callerOf({ appId, user, permissions }: DemoCaller, tenant: string, today: number): Caller {
  const kind = user === null ? "application" : "delegated";
  return { tenant, appId, user, kind, permissions: new Set(permissions), expires: Math.ceil(today / 1000) + 3600 };
}
