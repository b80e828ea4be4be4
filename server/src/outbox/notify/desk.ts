import { serverId } from "../../base/serverId.ts";
import type { Awaitable } from "../../base/awaitable.ts";
import type { HttpRequest, HttpResponse } from "../../base/http.ts";
import { parseStored } from "../../base/parseJson.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Caller } from "../../auth/caller.ts";
import { permit, type Gate } from "../../auth/permit.ts";
import type { Permitted } from "../../auth/permitted.ts";
import { system } from "../../edm/systemPermission.ts";
import type { DeltaPlan } from "../../plan/plan.ts";
import type { Page, Row, Store } from "../../store/store.ts";
import type { PlanPath } from "./followed.ts";

/** What the server reads and writes of the subscriptions of one hub. */
export interface Desk {
  /** What a path below the hub asks for, permitted to the server; no copy of the data that may be behind is asked. */
  readonly reading: (path: string) => Promise<Reading>;
  /** The first page of a path below the hub. */
  readonly list: (path: string) => Promise<Page>;
  /** Writes by an ordinary request, in the name of the server; answers the change that the row was written with, where there is one. */
  readonly send: (method: "POST" | "DELETE", path: string, body?: JsonObject) => Promise<number | undefined>;
}

export type Reading = Permitted<DeltaPlan>;

/** What desks are made of. */
export interface DeskParts {
  readonly planPath: PlanPath;
  readonly gate: Gate;
  readonly store: Pick<Store, "list">;
  /** Answers a request of a caller who need not show a token. */
  readonly send: (request: HttpRequest, caller: Caller) => Awaitable<HttpResponse>;
  /** What the server may beside what is its own. */
  readonly mayAlso?: readonly string[];
}

/** Opens the desk of a hub that a tenant reaches. */
export function openDesk(hub: string, tenant: string, { planPath, gate, store, send, mayAlso = [] }: DeskParts): Desk {
  const caller: Caller = {
    tenant,
    appId: serverId,
    user: null,
    kind: "application",
    permissions: new Set([system, ...mayAlso]),
    expires: Number.MAX_SAFE_INTEGER,
  };
  const set = `securities/${encodeURIComponent(hub)}`;
  const reading: Desk["reading"] = async (path) => {
    const { plan } = planPath(`${set}/${path}`);
    if (plan.kind !== "list") throw new Error(`${path} is no list.`);
    return permit({ kind: "delta", target: plan.target, query: plan.query, start: { at: "now", links: "" } }, caller, gate);
  };
  return {
    reading,
    list: async (path) => store.list(await reading(path)),
    async send(method, path, body) {
      const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
      const type = body === undefined ? {} : { "content-type": "application/json" };
      const { status, headers } = await send({ method, target: `/v1.0/${set}/${path}`, headers: type, baseUrl: "http://localhost", ...sent }, caller);
      if (status >= 300 && status !== 404) throw new Error(`${method} ${path.split("/")[0]} was answered ${status}.`);
      const version = /\d+/.exec(headers["ETag"] ?? "")?.[0];
      return version === undefined ? undefined : Number(version);
    },
  };
}

/** The stored entity of a row. */
export function entityOf({ body }: Row): JsonObject {
  return parseStored(body);
}
