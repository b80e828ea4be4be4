import { andThen, type Awaitable } from "./base/awaitable.ts";
import type { Caller } from "./auth/caller.ts";
import { permit, type Gate } from "./auth/permit.ts";
import { problem } from "./base/errors.ts";
import type { HttpRequest, HttpResponse, RequestFacts } from "./base/http.ts";
import { originOf } from "./base/origin.ts";
import type { Budgets } from "./base/limits.ts";
import { createProbe, type Probe } from "./base/probe.ts";
import { execute } from "./execute/execute.ts";
import { follow } from "./execute/follow.ts";
import type { Outcome } from "./execute/outcome.ts";
import type { ExecuteContext } from "./execute/context.ts";
import type { ReadYourWrites } from "./execute/readYourWrites.ts";
import type { Throttle } from "./limits/throttle.ts";
import type { Limits } from "./odata/lexer.ts";
import type { ODataRequest } from "./odata/request.ts";
import { parseRequest, splitTarget, wholeTarget, type Target } from "./odata/parseRequest.ts";
import { parseOptions } from "./odata/parseOptions.ts";
import { parsePrefer } from "./odata/parsePrefer.ts";
import { hasQuerySegment, unwrapQuery, type Asked } from "./odata/queryInBody.ts";
import type { KeptPlans, Planned } from "./plan/keptPlans.ts";
import type { CallPlan } from "./plan/plan.ts";
import type { Planner } from "./plan/makePlan.ts";
import { requireLegal } from "./plan/optionLegality.ts";
import { routeOf } from "./plan/routeOf.ts";
import { commonHeaders, requestIds, type RequestIds } from "./respond/headers.ts";
import { refuse } from "./respond/refuse.ts";
import { respond } from "./respond/respond.ts";

/** Everything a request needs, built once by `app.ts`. */
export interface App {
  /** Service roots, lower case: `v1.0`, `beta`, `localtest`; "" where the service lies at `/` itself. */
  readonly roots: ReadonlySet<string>;
  readonly budgets: Budgets;
  /** What a path or a query option may cost. */
  readonly syntax: Limits;
  readonly authenticate: (headers: HttpRequest["headers"], loopback: boolean) => Promise<Caller> | Caller;
  /** Absent: nobody is throttled. */
  readonly throttle?: Throttle;
  /** There where copies of the data answer reads. */
  readonly readYourWrites?: ReadYourWrites;
  readonly makePlan: Planner;
  readonly keptPlans: KeptPlans;
  readonly gate: Gate;
  readonly execute: ExecuteContext;
  /** Documents that need no token: service document, $metadata, OpenAPI. Undefined: the path is none of them. */
  readonly document: (http: HttpRequest, target: Target, ids: RequestIds) => HttpResponse | undefined;
  /** Runs work over an App of its own, whose writes stand together or not at all. */
  readonly together: <T>(work: (app: App) => Promise<T>) => Promise<T>;
  /** Calls an operation that is implemented beside the model. */
  readonly call: (app: App, called: Called) => Promise<HttpResponse>;
  /** `POST $batch`, which comes back to `handle` for each of its requests. */
  readonly batch: (app: App, outer: Outer) => Promise<BatchAnswer>;
  /** PATCH and DELETE of `{collection}/$each`, which comes back to `handle` for each member. */
  readonly each: (app: App, outer: Outer, version: string) => Promise<HttpResponse>;
  /** Messages that prove themselves without a token, and the requests that they stand for. Undefined: it is none. */
  readonly inbound?: (http: HttpRequest, target: Target) => Promise<{ readonly http: HttpRequest; readonly caller: Caller }> | undefined;
  /** Requests that are answered later (`Prefer: respond-async`); absent: none is. */
  readonly later?: Later;
  /** The emulator's faults. */
  readonly disguise?: Disguise;
  /** Told each answer with its facts, those within a $batch too. */
  readonly observe?: (http: HttpRequest, response: Observed) => void;
}

/** Asks a little otherwise than the client did, and gives the answer a little otherwise; undefined leaves both as they are. Within a $batch too, but not for documents and refusals. */
export type Disguise = (asked: Asked) => { readonly asked: Asked; readonly amend: (response: HttpResponse) => HttpResponse } | undefined;

/** An answer of `handle`. */
export type Observed = HttpResponse & { readonly facts: RequestFacts };

/** What a batch that could be read answers, with 200. */
export interface BatchAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answers requests later (OData 4.01 Protocol 11.6). */
export interface Later {
  /** Carries the request out and answers it, or 202 with its status monitor where that takes longer than so many seconds. */
  readonly begin: (app: App, outer: Outer, how: { readonly wait: number; readonly common: Readonly<Record<string, string>> }) => Promise<HttpResponse>;
  /** What a status monitor answers. Throws 404 for one that is not the caller's. */
  readonly monitor: (outer: Outer, id: string, common: Readonly<Record<string, string>>) => Promise<HttpResponse>;
}

/** The request that a batch came in, and whose it is. */
export interface Outer {
  readonly http: HttpRequest;
  readonly target: Target;
  readonly caller: Caller;
}

/** A refusal in Graph's shape for a request with these headers. */
export function refused(app: App, error: unknown, headers: HttpRequest["headers"]): HttpResponse {
  return refuse(error, requestIds(headers), app.gate.clock());
}

/**
 * One request, one answer: authenticate, parse, plan, permit, execute, respond. No socket; `$batch`, tests and
 * benches call it as the HTTP shell does. Never throws or rejects: whatever goes wrong is an answer in Graph's error
 * shape. An answer for which nothing had to be waited is there at once.
 */
export function handle(app: App, http: HttpRequest, trusted?: Caller): Awaitable<Observed> {
  const ids = requestIds(http.headers);
  const probe = createProbe();
  const known: Known = { caller: undefined, hub: undefined, route: undefined, rate: undefined };
  const observed = ({ status, headers, body, refusal }: HttpResponse): Observed => {
    const { caller, hub, route, rate } = known;
    const facts: RequestFacts = { requestId: ids.requestId, clientRequestId: ids.clientRequestId, stages: probe.stages(), caller, hub, route };
    const response: Observed = { status, headers: rate === undefined ? headers : { ...headers, ...rate }, body, refusal, facts };
    app.observe?.(http, response);
    return response;
  };
  const failed = (error: unknown): Observed => observed(refuse(error, ids, app.gate.clock()));
  let answered;
  try {
    answered = answer(app, { http, ids, probe, known, trusted });
  } catch (error) {
    return failed(error);
  }
  return answered instanceof Promise ? answered.then(observed, failed) : observed(answered);
}

/** What is found out of a request on its way: also one that is refused has a caller, a route and a rate as far as it came. */
interface Known {
  caller: RequestFacts["caller"];
  hub: RequestFacts["hub"];
  route: RequestFacts["route"];
  /** `RateLimit-*` headers near the limit (R166). */
  rate: ReturnType<Throttle>;
}

interface Exchange {
  readonly http: HttpRequest;
  readonly ids: RequestIds;
  readonly probe: Probe;
  readonly known: Known;
  /** The caller of the $batch that this request is part of. */
  readonly trusted: Caller | undefined;
}

function answer(app: App, exchange: Exchange): Awaitable<HttpResponse> {
  const { http, ids, probe, known, trusted } = exchange;
  const kept = app.keptPlans.find(http);
  const target = kept === undefined ? rootOf(app, http, trusted !== undefined) : undefined;
  const document = target === undefined ? undefined : app.document(http, target, ids);
  if (document !== undefined) return document;

  probe.enter("authenticate");
  const message = target === undefined || trusted !== undefined ? undefined : app.inbound?.(http, target);
  if (message !== undefined) return message.then((asked) => answer(app, { ...exchange, http: asked.http, trusted: asked.caller }));
  return andThen(trusted ?? app.authenticate(http.headers, http.loopback === true), (caller) => {
    known.caller = caller;
    app.readYourWrites?.follow(caller, http.headers["readwriteconsistencytoken"]);
    const later = target === undefined || trusted !== undefined ? undefined : answerLater(app, { http, target, caller, ids, known });
    if (later !== undefined) return later;
    if (target !== undefined && isBatch(target)) return answerBatch(app, { http, target, caller, ids, known, isNested: trusted !== undefined });
    if (target !== undefined && isEach(target)) return answerEach(app, { http, target, caller, ids, known });
    known.rate = app.throttle?.(caller, target === undefined || isRead(http.method, target) ? "reads" : "writes");
    const planned = kept ?? planOf(app, { http, target: target!, probe });
    if (isCall(planned))
      return answerCall(app, exchange, { ...planned, caller, baseUrl: http.baseUrl, presence: http.presence, mayWait: trusted === undefined });
    return carryOut(app, exchange, { caller, planned });
  });
}

interface Ready {
  readonly caller: Caller;
  readonly planned: Planned;
}

/** What a single navigation property without a related entity is (OData Protocol 11.2.6). */
const nothing: Outcome = { kind: "nothing" };

/** The stages behind the plan. */
function carryOut(app: App, { http, ids, probe, known }: Exchange, { caller, planned }: Ready): Awaitable<HttpResponse> {
  const { request, plan, route, amend } = planned;
  known.route = route;
  probe.enter("permit");
  return andThen(permit(plan, caller, app.gate), (permitted) => {
    if (permitted.scope.kind === "hub") known.hub = permitted.scope.hub.id;
    probe.enter("execute");
    const isWrite = writes.has(plan.kind);
    const context = isWrite ? { ...app.execute, origin: originOf(http, ids) } : app.execute;
    return andThen(follow(permitted, context), (followed) =>
      andThen(followed === undefined ? nothing : execute(followed, context), (outcome) => {
        probe.enter("respond");
        const answered = respond(request, followed?.plan ?? plan, outcome, ids);
        const response = isWrite ? withToken(app, caller, answered) : answered;
        return amend === undefined ? response : amend(response);
      }),
    );
  });
}

const writes: ReadonlySet<string> = new Set(["create", "update", "setProperty", "delete", "link", "changeSet", "action"]);

/** The answer to a write, with what its caller's reads must see from now on, where copies of the data answer reads. */
function withToken({ readYourWrites }: App, caller: Caller, response: HttpResponse): HttpResponse {
  return readYourWrites === undefined ? response : { ...response, headers: { ...response.headers, ...readYourWrites.headers(caller) } };
}

/** Parses and plans. The plan of a GET is kept: asked again, it need not be made again. */
function planOf(app: App, { http, target, probe }: Pick<Exchange, "http" | "probe"> & { readonly target: Target }): Planned | PlannedCall {
  probe.enter("parse");
  const unwrapped = unwrapQuery(http, target);
  const disguised = app.disguise?.(unwrapped);
  const asked = disguised?.asked ?? unwrapped;
  const request = parseRequest(asked.http, asked.target, app.syntax);
  probe.enter("plan");
  const plan = app.makePlan(request);
  if (plan.kind === "document") throw problem("unknownSegment", { segment: target.path });
  if (plan.kind === "call") return { request, plan };
  const planned = { request, plan, route: routeOf(plan), amend: disguised?.amend };
  app.keptPlans.keep(http, planned);
  return planned;
}

/** A call of an operation that is implemented beside the model. */
type PlannedCall = Pick<Called, "request" | "plan">;

/** A call that is planned, and whose it is. */
export interface Called {
  readonly request: ODataRequest;
  readonly plan: CallPlan;
  readonly caller: Caller;
  readonly baseUrl: string;
  readonly presence: HttpRequest["presence"];
  /** False for a request of a batch. */
  readonly mayWait: boolean;
}

function isCall(planned: Planned | PlannedCall): planned is PlannedCall {
  return planned.plan.kind === "call";
}

async function answerCall(app: App, { ids, probe, known }: Exchange, called: Called): Promise<HttpResponse> {
  known.route = `/${called.plan.operation.name}`;
  probe.enter("execute");
  const response = await app.call(app, called);
  const answered = { ...response, headers: { ...response.headers, ...commonHeaders(ids) } };
  return called.plan.operation.kind === "action" ? withToken(app, called.caller, answered) : answered;
}

function isBatch({ path }: Target): boolean {
  return /^\/(?:\$|%24)batch\/?$/i.test(path);
}

/** Longer than this nobody is kept waiting for an answer that may come later. */
const longestWait = 30;

/** A request that wants to be answered later, or asks for such an answer; undefined for any other. */
function answerLater(app: App, { ids, known, ...outer }: Omit<BatchExchange, "isNested">): Promise<HttpResponse> | undefined {
  const { later } = app;
  if (later === undefined) return undefined;
  const { http, target, caller } = outer;
  const [, monitor] = /^\/(?:\$|%24)async\/([\w-]{1,64})\/?$/i.exec(target.path) ?? [];
  if (monitor !== undefined) {
    known.route = "/$async/{id}";
    known.rate = app.throttle?.(caller, "reads");
    return later.monitor(outer, monitor, commonHeaders(ids));
  }
  const prefer = http.headers["prefer"];
  if (prefer?.includes("async") !== true) return undefined;
  const { respondAsync, wait = 0 } = parsePrefer(prefer);
  return respondAsync === true ? later.begin(app, outer, { wait: Math.min(wait, longestWait), common: commonHeaders(ids) }) : undefined;
}

function isEach({ path }: Target): boolean {
  return path.includes("each") && /\/(?:\$|%24)each\/*$/i.test(path);
}

/** The requests to the members count one by one; a refusal of one of them is the answer, with its ids. */
async function answerEach(app: App, { ids, known, ...outer }: Omit<BatchExchange, "isNested">): Promise<HttpResponse> {
  known.route = "/$each";
  requireLegal(parseOptions(outer.target.query, app.syntax).options, "each", "$each", true);
  const response = await app.each(app, outer, ids.odataVersion);
  return { ...response, headers: { ...commonHeaders(ids), ...response.headers } };
}

interface BatchExchange extends Outer {
  readonly ids: RequestIds;
  readonly known: Known;
  readonly isNested: boolean;
}

/** The requests of a batch count one by one (R127); a batch that cannot be read counts as a write of its own. */
async function answerBatch(app: App, { ids, known, isNested, ...outer }: BatchExchange): Promise<HttpResponse> {
  known.route = "/$batch";
  if (isNested) throw problem("badRequest", { what: "A batch cannot hold a batch." }, { target: "url" });
  requireLegal(parseOptions(outer.target.query, app.syntax).options, "batch", "$batch", true);
  try {
    const { headers, body } = await app.batch(app, outer);
    return { status: 200, headers: { ...commonHeaders(ids), ...headers }, body };
  } catch (error) {
    app.throttle?.(outer.caller, "writes");
    throw error;
  }
}

/** R167: what counts as a read; a query in a body is one too (R20). */
function isRead(method: string, target: Target): boolean {
  return method === "GET" || method === "HEAD" || (method === "POST" && hasQuerySegment(target));
}

/** R1: the root in any case; what lies under no root is 404. R19: an URL too long is 414, but not within a $batch. */
function rootOf(app: App, http: HttpRequest, isWithinBatch: boolean): Target {
  if (!isWithinBatch && http.target.length > app.budgets.urlLength) {
    throw problem("uriTooLong", { length: http.target.length, limit: app.budgets.urlLength });
  }
  const target = app.roots.has("") ? wholeTarget(http.target) : splitTarget(http.target);
  if (target !== undefined && app.roots.has(target.root.toLowerCase())) return target;
  const roots = [...app.roots].map((root) => `/${root}`).join(", ");
  throw problem("unknownRoot", { path: target === undefined ? "/" : `/${target.root}`, roots });
}
