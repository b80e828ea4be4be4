import type { Caller } from "./auth/caller.ts";
import type { Gate } from "./auth/permit.ts";
import type { Awaitable } from "./base/awaitable.ts";
import type { HttpRequest, HttpResponse } from "./base/http.ts";
import { syntaxLimits, type Budgets } from "./base/limits.ts";
import type { Problem } from "./base/errors.ts";
import type { Records } from "./base/records.ts";
import { laterOf } from "./batch/laterOf.ts";
import { createGuids } from "./base/ids.ts";
import { createPseudonyms } from "./base/pseudonyms.ts";
import { createSeal } from "./base/sealed.ts";
import type { Secrets } from "./base/secrets.ts";
import { steadyClock } from "./base/steadyClock.ts";
import type { Model, Place } from "./edm/model.ts";
import type { ExecuteContext } from "./execute/context.ts";
import type { Egress } from "./egress/createEgress.ts";
import { createReadYourWrites } from "./execute/readYourWrites.ts";
import { createRowQueue } from "./execute/rowQueue.ts";
import { handle, type App, type Disguise, type Observed } from "./handle.ts";
import type { Throttle } from "./limits/throttle.ts";
import { parseRequest, splitTarget } from "./odata/parseRequest.ts";
import { confirmDestination, confirmProgram, noneAllowed } from "./outbox/connectors/confirmConnector.ts";
import { tryConnector } from "./outbox/connectors/tryConnector.ts";
import type { Connections } from "./outbox/dispatch/connection.ts";
import { below } from "./outbox/dispatch/endDrain.ts";
import { startDispatching, type Dispatcher, type DispatcherParts } from "./outbox/dispatch/startDispatching.ts";
import { createConfirm } from "./outbox/notify/confirmSubscription.ts";
import type { PlanPath } from "./outbox/notify/followed.ts";
import { startNotifying, type Notifier, type NotifierFigures, type NotifierParts } from "./outbox/notify/startNotifying.ts";
import { startRechecking, type Rechecker } from "./outbox/recheck/startRechecking.ts";
import { createPulling, type PullParts, type Pulling } from "./outbox/pull/pulling.ts";
import { tenantsOf } from "./outbox/tenantsOf.ts";
import { createNotes, type Notes } from "./outbox/audit/gatherNotes.ts";
import { refusalOf } from "./outbox/audit/noteRefusal.ts";
import { createKeptPlans } from "./plan/keptPlans.ts";
import { createInbound, type Inbound } from "./inbound/createInbound.ts";
import { matchOperations } from "./operations/matchOperations.ts";
import type { Implementations } from "./operations/implementation.ts";
import { createPlanner } from "./plan/makePlan.ts";
import { document } from "./respond/document.ts";
import { entityText } from "./respond/entityText.ts";
import { requestIds } from "./respond/headers.ts";
import { refuse } from "./respond/refuse.ts";
import { installationSecret } from "./store/installationSecret.ts";
import type { Store, UnitOfWork } from "./store/store.ts";

/** What an App is made of. */
export interface AppSettings {
  readonly model: Model;
  readonly store: Store;
  readonly authenticate: (headers: HttpRequest["headers"], loopback: boolean) => Promise<Caller> | Caller;
  readonly budgets: Budgets;
  /** Absent: nobody is throttled. */
  readonly throttle?: Throttle;
  /** Roots on which documentation placeholders in bodies count as absent. */
  readonly placeholders: readonly string[];
  /** `permissions`, `providers`, ...: where to refuse as the real service does. */
  readonly faithful: readonly string[];
  /** `odata` is pure OData 4.01 where Graph departs from it. Default: `graph`. */
  readonly profile?: "graph" | "odata";
  /** Where answers are kept that come later; in the memory of this process unless it is said. */
  readonly records?: Records;
  /** Under which first segments of the path the model is served; "" for the path `/` itself. Default: `v1.0`, `beta` and `localtest`. */
  readonly roots?: readonly string[];
  /** What the operations of the model do that have no rule; others answer 501. */
  readonly operations?: Implementations;
  readonly operatorTenant?: string;
  readonly maxHubs?: number;
  /** Milliseconds since 1970; Date.now unless a test says otherwise. */
  readonly clock?: () => number;
  /** The same, but never set anew, for what lasts a while; `clock` where that is given. */
  readonly steady?: () => number;
  /** Makes the ids of rows from the time; UUIDv7 unless a test says otherwise. */
  readonly newGuid?: (now: number) => string;
  readonly observe?: (http: HttpRequest, response: Observed) => void;
  /** Told when what was refused, and who signed in, could not be written into the trail. */
  readonly onNoteFault?: (error: unknown) => void;
  /** The emulator's faults. */
  readonly disguise?: Disguise;
  /** The way out: without it nobody can be told of changes. */
  readonly egress?: Pick<Egress, "send"> & Partial<Pick<Egress, "admit">>;
  /** Hours in which what needs an approval has to get it. */
  readonly approvalHours?: number;
  /** Keeps the credentials of connectors. Absent: there are none. */
  readonly secrets?: Secrets;
  /** Why a program may not be run by a connector; undefined where it may. Absent: none may. */
  readonly programFault?: (program: string, tenant: string) => string | undefined;
  /** The kinds of connectors that carry out actions. */
  readonly connections?: Connections;
  /** Told of actions that cannot be leased for a fault of the server. */
  readonly onLeaseFault?: (error: unknown) => void;
  /** Told of writes with an idempotency key that was known. */
  readonly onKnownKey?: ExecuteContext["onKnownKey"] & {};
}

/** A service: what the HTTP shell, tests and benches talk to. */
export interface Service {
  readonly app: App;
  readonly handle: (http: HttpRequest) => Awaitable<HttpResponse>;
  /** What the audit shall know beside changes. Refused requests are noted already. */
  readonly notes: Notes;
  /** A refusal that the HTTP shell noticed itself, in Graph's shape. */
  readonly refuse: (problem: Problem, http: HttpRequest) => HttpResponse;
  /** Calls that wait for something to come are answered, and none waits any more: to be called before the server ends. */
  readonly stopWaiting: () => void;
  /** Whether the body of a request without a token is to be read: it may be a message that proves itself by it. */
  readonly admitsMessage: (http: HttpRequest) => Promise<boolean>;
  /** Resolves when all requests that are answered later have been: before the store is closed. */
  readonly settled: () => Promise<void>;
  /** Begins to tell subscribers of changes; of several servers one at a time tells those of a hub. */
  readonly startNotifying: (how: Notifying) => RunningNotifier;
  /** Begins to look again at rows that the model marks so; of several servers one at a time looks at those of a hub. */
  readonly startRechecking: (onFault: NotifierParts["onFault"]) => Pick<Rechecker, "stop">;
  /** Begins to carry actions out; of several servers one at a time works for a hub. */
  readonly startDispatching: (how: Dispatching) => RunningDispatcher;
}

const usualRoots = ["v1.0", "beta", "localtest"];

/** Loaded when they are first asked for: a start need not wait for them. */
const loadedLater: Pick<App, "batch" | "each"> = {
  each: async (whole, outer, version) => (await import("./batch/answerEach.ts")).answerEach(whole, outer, version),
  batch: async (whole, outer) => (await import("./batch/batch.ts")).batch(whole, outer),
};

/** How subscribers are told of changes. */
export interface Notifying extends Pick<NotifierParts, "keep" | "validationToken" | "onTrouble" | "onFault"> {
  readonly egress: Pick<Egress, "send">;
}

/** A notifier at work; a model without subscribers has no figures. */
export interface RunningNotifier extends Pick<Notifier, "stop"> {
  readonly figures: () => NotifierFigures | undefined;
}

/** How actions are carried out. */
export type Dispatching = Pick<DispatcherParts, "drain" | "reportWithin" | "longestDrain" | "pause" | "onTrouble" | "onFault">;

/** What carries actions out; figures are absent where the model has no actions. */
export interface RunningDispatcher extends Pick<Dispatcher, "stop"> {
  readonly figures: Dispatcher["figures"] | undefined;
}

/** Wires the stages together: the only place that knows them all. The store stays its opener's to close. */
export async function createService(settings: AppSettings): Promise<Service> {
  const { model, store, authenticate, budgets, clock = Date.now, profile = "graph", roots = usualRoots } = settings;
  const secret = await installationSecret(store);
  const seal = createSeal(secret, "page tokens");
  const { steady = settings.clock ?? store.steady ?? steadyClock } = settings;
  const gate: Gate = { directory: store.directory, seal, clock, steady, faithful: new Set(settings.faithful) };
  const writes = new Set<WriteListener>();
  const pseudonymOf = createPseudonyms(secret);
  const notes = createNotes({ store, clock, pseudonymOf, onFault: settings.onNoteFault ?? (() => undefined) });
  const inbound = inboundOf(() => app, settings);
  const later = laterOf(settings, steady);
  const app: App = {
    roots: new Set(roots.map((root) => root.toLowerCase())),
    budgets,
    syntax: syntaxLimits(budgets),
    authenticate,
    ...(settings.throttle === undefined ? {} : { throttle: settings.throttle }),
    ...(store.consistency === undefined ? {} : { readYourWrites: createReadYourWrites(store.consistency, createSeal(secret, "consistency tokens")) }),
    makePlan: createPlanner(model, { profile, budgets, placeholderRoots: new Set(settings.placeholders), lenientRoots: new Set(["localtest"]) }),
    keptPlans: createKeptPlans(),
    gate,
    execute: {
      ...executeContext(settings, gate),
      pseudonymOf,
      onWritten: tellingOf(writes),
      ...(settings.egress === undefined ? {} : { confirm: confirmWith(() => app, { ...settings, egress: settings.egress }) }),
    },
    document: (http, target, ids) => document({ model, roots }, http, target, ids),
    together: (work) => together(app, store, work),
    inbound: inbound.receive,
    call: async (whole, called) => (await import("./operations/callOperation.ts")).callOperation(whole, called, implementations.get(called.plan.operation)),
    ...(later === undefined ? loadedLater : { ...loadedLater, later }),
    observe: observing(notes, settings),
    ...(settings.disguise === undefined ? {} : { disguise: settings.disguise }),
  };
  const pulling = pullingOver(app, settings);
  if (pulling !== undefined) writes.add(pulling);
  const implementations = matchOperations(model, { ...pulling?.operations, ...settings.operations });
  return {
    app,
    handle: (http) => handle(app, http),
    notes,
    refuse: (problem, http) => refusal(problem, http, clock()),
    stopWaiting: () => pulling?.stop(),
    admitsMessage: admissionOf(app, inbound),
    settled: async () => later?.settled(),
    ...startersOf(app, settings, writes),
  };
}

/** Who works behind the requests is told of what they write. */
function tellingOf(listeners: ReadonlySet<WriteListener>): ExecuteContext["onWritten"] & {} {
  return (hub, places) => {
    // What is noted of a delivery is nothing to deliver.
    if (places.every(({ parent }) => parent?.definition.subscribers === true)) return;
    for (const { wrote } of listeners) wrote(hub, places);
  };
}

function admissionOf({ roots }: App, { admits }: Inbound): Service["admitsMessage"] {
  return async (http) => {
    const target = splitTarget(http.target);
    return target !== undefined && roots.has(target.root.toLowerCase()) && (await admits(http, target));
  };
}

/** Each answer is told, and what it refuses is noted. */
function observing(notes: Notes, { observe, operatorTenant }: AppSettings): AppSettings["observe"] & {} {
  return (http, response) => {
    const note = refusalOf(http, response, operatorTenant);
    if (note !== undefined) notes.add(note);
    observe?.(http, response);
  };
}

/** What actuators come to, and what tries connectors, where the model has them. */
function pullingOver(app: App, settings: AppSettings): (Omit<Pulling, "operations"> & { readonly operations: Implementations }) | undefined {
  const { model, store } = settings;
  const desk = deskOver(app, settings);
  if (desk === undefined || !model.operations.some(({ definition }) => definition.waits === true)) return undefined;
  const made = createPulling(desk);
  const testConnection = tryConnector({ ...desk, connections: new Map(), ...settings });
  const pulling = { ...made, operations: { ...made.operations, "securityConnector/testConnection": testConnection } };
  if (store.steady === undefined) return pulling;
  // What other servers write is heard of where they share the data.
  const endHints = store.leases.listen(pulling.hint);
  return { ...pulling, stop: () => (endHints(), pulling.stop()) };
}

/** What desks for callers of operations are made of. */
function deskOver(app: App, { model, onLeaseFault = () => undefined }: AppSettings): PullParts | undefined {
  const place = model.places.find(({ definition }) => definition.dispatched !== undefined);
  if (place === undefined) return undefined;
  const { throttle: _, observe: __, ...own } = app;
  const { gate, execute } = own;
  const send: DispatcherParts["send"] = (request, caller) => handle(own, request, caller);
  return { place, gate, planPath: pathPlanner(own), context: execute, send, actions: below(place.path), onFault: onLeaseFault };
}

/** Told of every write. */
type WriteListener = Pick<Notifier, "wrote">;

/** What runs behind the requests, and hears of what they write. */
function startersOf(
  app: App,
  { model, store, clock = Date.now, connections = new Map() }: AppSettings,
  listeners: Set<WriteListener>,
): Pick<Service, "startNotifying" | "startRechecking" | "startDispatching"> {
  return {
    startDispatching(how) {
      const place = model.places.find(({ definition }) => definition.dispatched !== undefined);
      if (place === undefined) return { figures: undefined, stop: () => Promise.resolve() };
      const tell: WriteListener["wrote"] = (hub, written) => {
        for (const one of listeners) if (one !== dispatcher) one.wrote(hub, written);
      };
      const dispatcher = startDispatching({ ...how, ...dispatcherParts(app, store, { place, tell, connections }) });
      listeners.add(dispatcher);
      return { figures: dispatcher.figures, stop: () => dispatcher.stop().finally(() => listeners.delete(dispatcher)) };
    },
    startNotifying(how) {
      if (!model.places.some(({ definition }) => definition.subscribers === true)) return { figures: () => undefined, stop: () => Promise.resolve() };
      const notifier = startNotifying({ ...how, ...notifierParts(app, store) });
      listeners.add(notifier);
      return { figures: notifier.figures, stop: () => notifier.stop().finally(() => listeners.delete(notifier)) };
    },
    startRechecking(onFault) {
      const { print: _, ...parts } = notifierParts(app, store);
      const rechecker = startRechecking({ ...parts, clock, onFault });
      listeners.add(rechecker);
      return { stop: () => rechecker.stop().finally(() => listeners.delete(rechecker)) };
    },
  };
}

function executeContext(settings: AppSettings, { seal, clock, steady, faithful }: Gate): ExecuteContext {
  const { model, store, budgets, profile = "graph" } = settings;
  return {
    model,
    store,
    seal,
    clock,
    steady,
    newGuid: settings.newGuid ?? createGuids(),
    profile,
    pageTokenSeconds: budgets.pageTokenSeconds,
    deltaTokenSeconds: budgets.deltaTokenSeconds,
    faithful,
    rows: createRowQueue(),
    inFlight: new Set(),
    ...(settings.secrets === undefined ? {} : { secrets: settings.secrets }),
    ...(settings.approvalHours === undefined ? {} : { approvalHours: settings.approvalHours }),
    ...(settings.onKnownKey === undefined ? {} : { onKnownKey: settings.onKnownKey }),
    ...(settings.operatorTenant === undefined ? {} : { operatorTenant: settings.operatorTenant }),
    ...(settings.maxHubs === undefined ? {} : { maxHubs: settings.maxHubs }),
  };
}

type Confirming = Pick<AppSettings, "programFault"> & { readonly egress: AppSettings["egress"] & {} };

function confirmWith(app: () => App, { egress, programFault }: Confirming): ExecuteContext["confirm"] & {} {
  return async (asked, permitted) => {
    if (asked.kind === "destination") return confirmDestination(asked, egress);
    if (asked.kind === "program") return confirmProgram(asked, (program) => (programFault ?? noneAllowed)(program, permitted.caller.tenant));
    const { gate, execute: context } = app();
    return createConfirm({ egress, gate, context, planPath: pathPlanner(app()) })(asked, permitted);
  };
}

/** Messages from outside; who reaches which hub is asked anew once a second at most, whatever hubs they name. */
function inboundOf(app: () => App, { model, store, secrets }: AppSettings): Inbound {
  const { places } = model;
  let made: Inbound | undefined;
  const inbound = (): Inbound => {
    const { gate } = app();
    made ??= createInbound({ places, gate, store, secrets, planPath: pathPlanner(app()), tenantOf: tenantsOf(store, gate.steady, "patient") });
    return made;
  };
  return { receive: (http, target) => inbound().receive(http, target), admits: (http, target) => inbound().admits(http, target) };
}

const plain = { metadata: "minimal", ieee754Compatible: false } as const;

/** What the notifier does by itself is nobody's request: no rate pays for it, and no log tells it. */
function notifierParts({ throttle: _, observe: __, ...app }: App, store: Store): Omit<NotifierParts, keyof Notifying> {
  return {
    store,
    places: app.execute.model.places,
    gate: app.gate,
    planPath: pathPlanner(app),
    send: (request, caller) => handle(app, request, caller),
    print: (row, { permitted: { plan } }) => entityText(row, { serviceUrl: "", target: plan.target, query: plan.query, format: plain }),
  };
}

interface Wired {
  readonly place: Place;
  /** Told of what the dispatcher writes, but for the dispatcher itself. */
  readonly tell: ExecuteContext["onWritten"] & {};
  readonly connections: Connections;
}

function dispatcherParts(
  { throttle: _, observe: __, ...app }: App,
  store: Store,
  { place, tell, connections }: Wired,
): Omit<DispatcherParts, keyof Dispatching> {
  return {
    store,
    gate: app.gate,
    planPath: pathPlanner(app),
    send: (request, caller) => handle(app, request, caller),
    context: { ...app.execute, onWritten: tell },
    connections,
    secrets: app.execute.secrets,
    actions: below(place.path),
    dispatched: place.definition.dispatched!,
  };
}

function refusal(problem: Problem, http: HttpRequest, now: number): Observed {
  const ids = requestIds(http.headers);
  return { ...refuse(problem, ids, now), facts: { ...ids, stages: [], caller: undefined, hub: undefined, route: undefined } };
}

/** Tells of what a unit of work wrote when it is on disk, and of nothing of one that was taken back. */
async function together<T>(app: App, store: Store, work: (app: App) => Promise<T>): Promise<T> {
  const { onWritten } = app.execute;
  if (onWritten === undefined) return store.together((unit) => work(appOver(app, unit)));
  const written: Parameters<typeof onWritten>[] = [];
  const execute = { ...app.execute, onWritten: (...one: Parameters<typeof onWritten>) => void written.push(one) };
  const result = await store.together((unit) => work(appOver({ ...app, execute }, unit)));
  for (const one of written) onWritten(...one);
  return result;
}

/** What a path below a root means, asked by nobody's request. */
export function pathPlanner({ syntax, makePlan }: Pick<App, "syntax" | "makePlan">): PlanPath {
  return (path) => {
    const target = `/v1.0/${/%[0-9a-f]{2}/i.test(path) ? path : encodeURI(path)}`.replaceAll(/\/{2,}/g, "/");
    const request = parseRequest({ method: "GET", target, headers: {}, baseUrl: "" }, splitTarget(target)!, syntax);
    return { plan: makePlan(request), options: Object.keys(request.options) };
  };
}

/** The App as the requests of one unit of work use it. What is in turn by rows is so within the unit only: others wait for it as a whole. */
function appOver(app: App, unit: UnitOfWork): App {
  const within: App = {
    ...app,
    gate: { ...app.gate, directory: unit.directory },
    execute: { ...app.execute, store: unit, rows: createRowQueue() },
    together: (work) => work(within),
  };
  return within;
}
