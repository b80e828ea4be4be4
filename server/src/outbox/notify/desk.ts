import type { Awaitable } from "../../base/awaitable.ts";
import type { HttpRequest, HttpResponse } from "../../base/http.ts";
import { parseStored } from "../../base/parseJson.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Caller } from "../../auth/caller.ts";
import { permit, type Gate } from "../../auth/permit.ts";
import { system } from "../../edm/systemPermission.ts";
import type { Page, Row, Store } from "../../store/store.ts";
import type { PlanPath } from "./followed.ts";

/** What the server reads and writes of the subscriptions of one hub. */
export interface Desk {
  /** The first page of a path below the hub. */
  readonly list: (path: string) => Promise<Page>;
  /** Writes by an ordinary request, in the name of the server. */
  readonly send: (method: "POST" | "DELETE", path: string, body?: JsonObject) => Promise<void>;
}

/** What desks are made of. */
export interface DeskParts {
  readonly planPath: PlanPath;
  readonly gate: Gate;
  readonly store: Pick<Store, "list">;
  /** Answers a request of a caller who need not show a token. */
  readonly send: (request: HttpRequest, caller: Caller) => Awaitable<HttpResponse>;
}

const server = "00000000-0000-0000-0000-000000000000";

/** Opens the desk of a hub that a tenant reaches. */
export function openDesk(hub: string, tenant: string, { planPath, gate, store, send }: DeskParts): Desk {
  const caller: Caller = { tenant, appId: server, user: null, kind: "application", permissions: new Set([system]), expires: Number.MAX_SAFE_INTEGER };
  const set = `securities/${encodeURIComponent(hub)}`;
  return {
    async list(path) {
      const { plan } = planPath(`${set}/${path}`);
      if (plan.kind !== "list") throw new Error(`${path} is no list.`);
      return store.list(await permit(plan, caller, gate));
    },
    async send(method, path, body) {
      const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const { status } = await send({ method, target: `/v1.0/${set}/${path}`, headers, baseUrl: "http://localhost", ...sent }, caller);
      if (status >= 300 && status !== 404) throw new Error(`${method} ${path.split("/")[0]} was answered ${status}.`);
    },
  };
}

/** The stored entity of a row. */
export function entityOf({ body }: Row): JsonObject {
  return parseStored(body);
}
