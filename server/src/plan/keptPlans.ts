import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { createRecent } from "../base/recent.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { RowPlan } from "./plan.ts";

/** A request that was read, with its plan and its route. */
export interface Planned {
  readonly request: ODataRequest;
  readonly plan: RowPlan;
  readonly route: string;
  /** Does something to the answer (the emulator). */
  readonly amend: ((response: HttpResponse) => HttpResponse) | undefined;
}

/** What GETs without conditions and preferences meant lately: clients ask the same again and again, and what a request means depends on nothing but itself. */
export interface KeptPlans {
  readonly find: (http: HttpRequest) => Planned | undefined;
  readonly keep: (http: HttpRequest, planned: Planned) => void;
}

interface Kept extends Planned {
  readonly accept: string | undefined;
  readonly baseUrl: string;
}

/** In characters of queries: what is made of a query is as large as it is long. */
const most = 1_000_000;
/** What a plan weighs beside its query. */
const overhead = 250;
const longestTarget = 500;

/** Makes the memory, empty. */
export function createKeptPlans(): KeptPlans {
  const plans = createRecent<Kept>({ most, weigh: ({ request }) => request.query.length + overhead });
  return {
    find(http) {
      if (http.method !== "GET") return undefined;
      const kept = plans.find(http.target);
      return kept !== undefined && kept.accept === http.headers["accept"] && kept.baseUrl === http.baseUrl && isPlain(http) ? kept : undefined;
    },
    keep(http, planned) {
      const { plan } = planned;
      const isOnce = plan.kind === "delta" || (plan.kind === "list" && plan.query.skiptoken !== undefined);
      if (http.method !== "GET" || isOnce || http.target.length > longestTarget || !isPlain(http)) return;
      plans.keep(http.target, { ...planned, accept: http.headers["accept"], baseUrl: http.baseUrl });
    },
  };
}

/** True when the request says nothing that its target, Accept and base URL do not say. */
function isPlain({ headers, body }: HttpRequest): boolean {
  return (
    body === undefined &&
    headers["prefer"] === undefined &&
    headers["if-none-match"] === undefined &&
    headers["if-match"] === undefined &&
    headers["odata-maxversion"] === undefined &&
    headers["odata-version"] === undefined &&
    headers["content-type"] === undefined
  );
}
