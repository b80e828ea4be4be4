import { createService } from "../../../src/app.ts";
import type { Model } from "../../../src/edm/model.ts";
import { defaultBudgets } from "../../../src/base/limits.ts";
import { derivedGuid } from "../../../src/base/ids.ts";
import type { Store } from "../../../src/store/store.ts";
import type { FuzzRequest } from "../../fuzz/requests.ts";
import { answer, authorizationOf, callerFrom, callerOf } from "../../wire/hub.ts";

/** What everything that may differ between two runs comes from. */
export interface Time {
  /** Milliseconds since 1970; stands still while a request is carried out. */
  now: number;
  /** Requests so far. */
  requests: number;
}

/** An answer as far as two engines must agree on it. */
export interface Seen {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  /** Where the next page is, and where the changes behind the last one, for this engine alone: tokens are sealed. */
  readonly next: string | undefined;
  readonly delta: string | undefined;
}

/** A hub on one engine. */
export interface Engine {
  readonly send: (request: FuzzRequest) => Promise<Seen>;
  readonly close: () => Promise<void>;
}

interface EngineSettings {
  readonly store: Store;
  readonly time: Time;
  readonly profile: "graph" | "odata";
}

/** A hub over an open store, whose ids and instants are those of every other hub of the same time. */
export async function engineOn(model: Model, { store, time, profile }: EngineSettings): Promise<Engine> {
  const clock = (): number => time.now;
  let request = 0;
  let made = 0;
  const newGuid = (): string => {
    if (request !== time.requests) [request, made] = [time.requests, 0];
    made += 1;
    return derivedGuid("row", `${request} ${made}`);
  };
  const service = await createService({
    model,
    store,
    authenticate: (headers) => callerFrom(headers["authorization"]),
    budgets: defaultBudgets,
    placeholders: ["localtest"],
    faithful: [],
    clock,
    newGuid,
    profile,
  });
  const authorization = authorizationOf(callerOf());
  return {
    async send({ method, target, headers, body }) {
      const {
        status,
        headers: got,
        text,
      } = await answer(service, method, target, { headers: { ...headers, authorization }, ...(body === undefined ? {} : { body }) });
      return {
        status,
        headers: headersOf(got, text.includes("token=")),
        body: withoutIds(text),
        next: linkOf(text, "nextLink"),
        delta: linkOf(text, "deltaLink"),
      };
    },
    close: () => store.close(),
  };
}

const ownToEach = new Set(["request-id", "client-request-id", "server-timing", "x-ms-ags-diagnostic"]);

/** What must agree; the length does not where a page token is in the body. */
function headersOf(headers: Readonly<Record<string, string>>, hasToken: boolean): string {
  return Object.entries(headers)
    .filter(([name]) => !ownToEach.has(name.toLowerCase()) && !(hasToken && name.toLowerCase() === "content-length"))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted()
    .join("\n");
}

/** Ids of requests and sealed tokens are each engine's own. */
function withoutIds(text: string): string {
  return text.replaceAll(/("(?:client-)?request-id":)"[^"]*"/g, '$1""').replaceAll(/((?:skip|delta)token=)[\w.-]+/gi, "$1");
}

function linkOf(text: string, name: "nextLink" | "deltaLink"): string | undefined {
  const link = new RegExp(`"@odata\\.${name}":"([^"]*)","value"`).exec(text)?.[1];
  return link === undefined ? undefined : (JSON.parse(`"${link}"`) as string).replace("https://hub.example", "");
}
