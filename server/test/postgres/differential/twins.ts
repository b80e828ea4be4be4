import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model } from "../../../src/edm/model.ts";
import { openPostgresStore } from "../../../src/store/postgres/openPostgresStore.ts";
import { openSqliteStore } from "../../../src/store/sqlite/openSqliteStore.ts";
import type { FuzzRequest } from "../../fuzz/requests.ts";
import { tenant } from "../../wire/hub.ts";
import { engineOn, type Engine, type Seen, type Time } from "./engine.ts";

/** The same hub on both engines. */
export interface Twins {
  /** Sends a request to both and follows their next pages to the end: what SQLite's answered first, and where they differ. */
  readonly send: (request: FuzzRequest) => Promise<{ readonly seen: Seen; readonly fault?: string }>;
  /** Whether a natural key may be there once alone in the callers' hub. */
  readonly setUniqueKeys: (unique: boolean) => Promise<void>;
  /** How many answers were compared, by status. */
  readonly compared: ReadonlyMap<number, number>;
  readonly close: () => Promise<void>;
}

/** Bytes of a page: so few that some end by them. */
const pageBytes = 40_000;

/** Opens both on data of their own; `url` is that of an empty PostgreSQL database. */
export async function openTwins(model: Model, url: string, profile: "graph" | "odata"): Promise<Twins> {
  const folder = await mkdtemp(join(tmpdir(), "secgraph-twins-"));
  const time: Time = { now: Date.UTC(2026, 0, 15, 8), requests: 0 };
  const clock = (): number => time.now;
  const settings = { model, clock, steady: clock, pageBytes };
  const sqlite = await openSqliteStore({ ...settings, file: join(folder, "hub.sqlite") });
  const postgres = await openPostgresStore({ ...settings, url });
  const pair = [await engineOn(model, { store: sqlite, time, profile }), await engineOn(model, { store: postgres, time, profile })] as const;
  const compared = new Map<number, number>();
  const links: (readonly [string, string])[] = [];
  return {
    compared,
    async send(request) {
      time.now += 7;
      time.requests += 1;
      return compare(pair, request, { compared, links });
    },
    async setUniqueKeys(uniqueKeys) {
      for (const { system } of [sqlite, postgres]) {
        for (const { id, tenants } of await system.hubs()) {
          if (tenants.some((one) => one.tenant === tenant && one.role === "home")) await system.setSettings(id, { uniqueKeys });
        }
      }
    },
    async close() {
      for (const engine of pair) await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const mostPages = 300;
const mostLinks = 20;

/** A target that stands for the n-th link to changes that was given out, on each engine its own. */
export const changesSince = (n: number): string => `/changes since ${n}`;

interface Remembered {
  readonly compared: Map<number, number>;
  readonly links: (readonly [string, string])[];
}

async function compare(pair: readonly [Engine, Engine], request: FuzzRequest, { compared, links }: Remembered): Promise<{ seen: Seen; fault?: string }> {
  const since = /^\/changes since (\d+)$/.exec(request.target)?.[1];
  const link = since === undefined ? undefined : links[Number(since) % links.length];
  const first = await both(pair, link === undefined ? [request, request] : [to(request, link[0]), to(request, link[1])]);
  let [one, other] = first;
  for (let page = 1; page < mostPages; page += 1) {
    compared.set(one.status, (compared.get(one.status) ?? 0) + 1);
    const fault = difference(one, other);
    if (fault !== undefined) return { seen: first[0], fault: `${page === 1 ? "" : `page ${page}: `}${fault}` };
    if (one.delta !== undefined && other.delta !== undefined && links.push([one.delta, other.delta]) > mostLinks) links.shift();
    if (one.next === undefined || other.next === undefined || request.method !== "GET") break;
    [one, other] = await both(pair, [to(request, one.next), to(request, other.next)]);
  }
  return { seen: first[0] };
}

const to = ({ headers }: FuzzRequest, target: string): FuzzRequest => ({ method: "GET", target, headers });

async function both([sqlite, postgres]: readonly [Engine, Engine], [one, other]: readonly [FuzzRequest, FuzzRequest]): Promise<[Seen, Seen]> {
  return [await sqlite.send(one), await postgres.send(other)];
}

function difference(sqlite: Seen, postgres: Seen): string | undefined {
  for (const what of ["status", "body", "headers"] as const) {
    const [left, right] = [String(sqlite[what]), String(postgres[what])];
    if (left === right) continue;
    let at = 0;
    while (left[at] === right[at]) at += 1;
    const cut = (text: string) => text.slice(Math.max(0, at - 150), at + 250);
    const more = what === "status" ? `\n  SQLite: ${sqlite.body.slice(0, 300)}\n  PostgreSQL: ${postgres.body.slice(0, 300)}` : "";
    return `${what} differs at ${at}\n  SQLite: ${cut(left)}\n  PostgreSQL: ${cut(right)}${more}`;
  }
  return sqlite.status >= 500 && sqlite.status !== 501 ? `both failed: ${sqlite.body.slice(0, 300)}` : undefined;
}
