import { serverId } from "../../base/serverId.ts";
import type { HttpResponse } from "../../base/http.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import { isObject, textOf } from "../../base/json.ts";
import type { Caller } from "../../auth/caller.ts";
import { permit } from "../../auth/permit.ts";
import { pathPlanner } from "../../wiring/pathPlanner.ts";
import { parseStored } from "../../base/parseJson.ts";
import { inboundContext, inboundSecretOf } from "../../edm/inboundSecret.ts";
import { handle, type App } from "../../handle.ts";
import { openCredentials } from "../../outbox/dispatch/openCredentials.ts";
import type { OpenedCredential } from "../../outbox/dispatch/connection.ts";
import type { Row } from "../../store/store.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** An answer of the API: its body as JSON, null without one. */
export interface Answered {
  readonly status: number;
  readonly json: Json;
}

/** Where a command asks for one hub: within this process, or over the network. */
export interface Desk {
  /** `path` is below the hub: `connectors/{id}`. */
  readonly send: (method: Method, path: string, body?: JsonObject) => Promise<Answered>;
  /** The credentials of a connector as they are kept; undefined where they cannot be told. */
  readonly opened?: (id: string) => Promise<readonly OpenedCredential[] | undefined>;
  /** The secret of a ticket system as it is kept: "" where it has none, undefined where it cannot be told. */
  readonly inboundSecret?: (id: string) => Promise<string | undefined>;
}

/** Who the program itself is, where it writes for its operator. */
export function operatorOf(tenant: string): Caller {
  const permissions = new Set(["Security.ReadWrite.All", "SecurityActions.ReadWrite.All"]);
  return { tenant, appId: serverId, user: null, kind: "application", permissions, expires: 253_402_300_799 };
}

/** The path of a hub below a root: that of the tenant, or one by its id. */
export function hubPath(hub: string | undefined): string {
  return hub === undefined ? "security" : `securities/${encodeURIComponent(hub)}`;
}

/** A desk within this process; neither a rate nor a log counts what it asks. */
export function openAppDesk({ throttle: _, observe: __, ...app }: App, { tenant, hub }: { readonly tenant: string; readonly hub?: string | undefined }): Desk {
  const caller = operatorOf(tenant);
  const planPath = pathPlanner(app);
  const stored = async (path: string): Promise<Row | undefined> => {
    const { plan } = planPath(`${hubPath(hub)}/${path}`);
    return plan.kind === "get" ? app.execute.store.get(await permit(plan, caller, app.gate)) : undefined;
  };
  return {
    async send(method, path, body) {
      const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const answer = await handle(app, { method, target: `/v1.0/${hubPath(hub)}/${path}`, headers, baseUrl: "http://localhost", ...sent }, caller);
      return { status: answer.status, json: jsonOf(answer) };
    },
    async opened(id) {
      const row = await stored(`connectors/${encodeURIComponent(id)}`);
      return row === undefined ? undefined : openCredentials(parseStored(row.body), row.hub, app.execute.secrets?.open);
    },
    async inboundSecret(id) {
      const row = await stored(`ticketSystems/${encodeURIComponent(id)}`);
      if (row === undefined) return undefined;
      const sealed = inboundSecretOf(parseStored(row.body));
      return sealed === "" ? "" : app.execute.secrets?.open(sealed, inboundContext(row.hub, id));
    },
  };
}

function jsonOf({ body }: HttpResponse): Json {
  if (body === undefined || body.length === 0) return null;
  return JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString()) as Json;
}

/** What a refusal says, a line for each of its faults. */
export function refusalLines({ status, json }: Answered): readonly string[] {
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : {};
  const details = Array.isArray(error["details"]) ? (error["details"] as readonly Json[]).filter(isObject).map((one) => textOf(one["message"])) : [];
  return details.length > 0 ? details : [textOf(error["message"]) || `answered ${status}`];
}

/** Every row of a list, page by page. */
export async function listAll(desk: Desk, path: string): Promise<readonly JsonObject[]> {
  const rows: JsonObject[] = [];
  for (let next: string | undefined = `${path}?$top=100`; next !== undefined;) {
    const answer: Answered = await desk.send("GET", next);
    if (answer.status !== 200 || !isObject(answer.json)) throw new Error(refusalLines(answer).join(" "));
    rows.push(...((answer.json["value"] ?? []) as readonly JsonObject[]));
    const link: string = textOf(answer.json["@odata.nextLink"]);
    next = link === "" ? undefined : `${path}?${link.slice(link.indexOf("?") + 1)}`;
  }
  return rows;
}
