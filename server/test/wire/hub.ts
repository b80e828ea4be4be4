import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createService, type Service } from "../../src/app.ts";
import type { AppSettings } from "../../src/wiring/appSettings.ts";
import type { Caller } from "../../src/auth/caller.ts";
import { problem } from "../../src/base/errors.ts";
import type { HttpResponse } from "../../src/base/http.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { createModel } from "../../src/edm/createModel.ts";
import type { Model } from "../../src/edm/model.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import type { SqliteDriver } from "../../src/store/sqlite/driver.ts";
import type { Store } from "../../src/store/store.ts";
import { dropEngine, openEngine } from "../engine.ts";

/** A tenant of its own for each test file's hub. */
export const tenant = "11111111-1111-4111-8111-111111111111";
export const otherTenant = "22222222-2222-4222-8222-222222222222";

/** Every permission of the model, and ours. */
export const everything = [
  "SecurityEvents.ReadWrite.All",
  "SecurityActions.ReadWrite.All",
  "DeviceManagementApps.ReadWrite.All",
  "ThreatIndicators.Read.All",
  "ThreatIndicators.ReadWrite.OwnedBy",
  "Security.ReadWrite.All",
  "AuditLog.Read.All",
] as const;

/** A caller as tests want one: an application of the first tenant with every permission, unless said otherwise. */
export function callerOf(more: Partial<Omit<Caller, "permissions">> & { readonly permissions?: readonly string[] } = {}): Caller {
  const { permissions = everything, ...rest } = more;
  return { tenant, appId: "test-app", user: null, kind: "application", expires: 4_102_444_800, ...rest, permissions: new Set(permissions) };
}

/** One answer of the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; an empty object when there is none. */
  readonly json: any;
  readonly raw: HttpResponse;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; a string, and bytes, as they are. */
  readonly body?: unknown;
  /** Null: no token at all. */
  readonly caller?: Caller | null;
}

/** A service over a store of its own, spoken to as the wire does. */
export interface TestHub {
  readonly service: Service;
  readonly store: Store;
  readonly folder: string;
  readonly send: (method: string, target: string, asked?: Asked) => Promise<Answer>;
  readonly get: (target: string, asked?: Asked) => Promise<Answer>;
  readonly post: (target: string, body: unknown, asked?: Asked) => Promise<Answer>;
  readonly patch: (target: string, body: unknown, asked?: Asked) => Promise<Answer>;
  readonly remove: (target: string, asked?: Asked) => Promise<Answer>;
  readonly reopen: (model?: Model) => Promise<TestHub>;
  readonly close: () => Promise<void>;
}

export const baseUrl = "https://hub.example";

export type HubSettings = Partial<Omit<AppSettings, "store">> & { readonly folder?: string; readonly driver?: SqliteDriver; readonly queryBudget?: number };

/** Opens a service on a store of the run's engine, in a temporary folder. Close it in `afterAll`. */
export async function openHub(settings: HubSettings = {}): Promise<TestHub> {
  const folder = settings.folder ?? (await mkdtemp(join(tmpdir(), "secgraph-test-")));
  const model = settings.model ?? createModel(securityGraph);
  const { clock, steady, driver, queryBudget } = settings;
  const more = {
    ...(clock === undefined ? {} : { clock }),
    ...(steady === undefined ? {} : { steady }),
    ...(driver === undefined ? {} : { driver }),
    ...(queryBudget === undefined ? {} : { queryBudget }),
  };
  const store = await openEngine({ file: join(folder, "hub.sqlite"), model, ...more });
  const service = await createService({
    model,
    store,
    authenticate: (headers) => callerFrom(headers["authorization"]),
    budgets: defaultBudgets,
    placeholders: ["localtest"],
    faithful: [],
    egress: agreeable,
    ...settings,
  });
  const send = async (method: string, target: string, asked: Asked = {}): Promise<Answer> => answer(service, method, target, asked);
  return {
    service,
    store,
    folder,
    send,
    get: (target, asked) => send("GET", target, asked),
    post: (target, body, asked) => send("POST", target, { ...asked, body }),
    patch: (target, body, asked) => send("PATCH", target, { ...asked, body }),
    remove: (target, asked) => send("DELETE", target, asked),
    async reopen(other) {
      await store.close();
      return openHub({ ...settings, folder, ...(other === undefined ? {} : { model: other }) });
    },
    async close() {
      await store.close();
      await dropEngine(join(folder, "hub.sqlite"));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A world in which every endpoint gives back the token that it is sent. */
const agreeable: HubSettings["egress"] & {} = {
  send: async ({ url }) => ({
    status: 200,
    headers: { "content-type": "text/plain" },
    body: Buffer.from(new URL(url).searchParams.get("validationToken") ?? ""),
  }),
};

/** Tests carry the caller itself in the header: who may have a token is tested in auth/. */
export function callerFrom(authorization: string | undefined): Caller {
  if (authorization === undefined) throw problem("badToken", { what: "Access token is empty." }, { headers: { "WWW-Authenticate": 'Bearer realm=""' } });
  const caller = JSON.parse(Buffer.from(authorization.slice(5), "base64").toString()) as Caller & { permissions: string[]; directoryRoles?: string[] };
  const roles = caller.directoryRoles === undefined ? {} : { directoryRoles: new Set(caller.directoryRoles) };
  return { ...caller, permissions: new Set(caller.permissions), ...roles };
}

/** The header that carries a caller. */
export function authorizationOf(caller: Caller): string {
  const plain = {
    ...caller,
    permissions: [...caller.permissions],
    ...(caller.directoryRoles === undefined ? {} : { directoryRoles: [...caller.directoryRoles] }),
  };
  return `Test ${Buffer.from(JSON.stringify(plain)).toString("base64")}`;
}

/** One request to a service, as its hub sends them. */
export async function answer(service: Service, method: string, target: string, asked: Asked): Promise<Answer> {
  const { caller = callerOf(), body } = asked;
  const sent = body === undefined ? undefined : body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const headers = {
    ...(caller === null ? {} : { authorization: authorizationOf(caller) }),
    ...(sent === undefined ? {} : { "content-type": "application/json" }),
    ...Object.fromEntries(Object.entries(asked.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  };
  const raw = await service.handle({ method, target, headers, baseUrl, loopback: true, ...(sent === undefined ? {} : { body: sent }) });
  const out = raw.body === undefined ? "" : typeof raw.body === "string" ? raw.body : Buffer.from(raw.body).toString();
  const isJson = raw.headers["Content-Type"]?.startsWith("application/json") === true && out !== "";
  return { status: raw.status, headers: raw.headers, text: out, json: isJson ? (JSON.parse(out) as JsonObject) : {}, raw };
}

export const vendor = { vendor: "Contoso", provider: "Posture", providerVersion: null, subProvider: null };
