import type { Awaitable } from "./base/awaitable.ts";
import type { Problem } from "./base/errors.ts";
import type { HttpRequest, HttpResponse } from "./base/http.ts";
import { syntaxLimits } from "./base/limits.ts";
import { createPseudonyms } from "./base/pseudonyms.ts";
import { createSeal } from "./base/sealed.ts";
import { steadyClock } from "./base/steadyClock.ts";
import type { Gate } from "./auth/permit.ts";
import { laterOf } from "./batch/laterOf.ts";
import type { ExecuteContext } from "./execute/context.ts";
import { createReadYourWrites } from "./execute/readYourWrites.ts";
import { createRowQueue } from "./execute/rowQueue.ts";
import { handle, type App, type Observed } from "./handle.ts";
import type { Inbound } from "./inbound/createInbound.ts";
import { splitTarget } from "./odata/parseRequest.ts";
import { matchOperations } from "./operations/matchOperations.ts";
import { createNotes, type Notes } from "./outbox/audit/gatherNotes.ts";
import { refusalOf } from "./outbox/audit/noteRefusal.ts";
import { createKeptPlans } from "./plan/keptPlans.ts";
import { createPlanner } from "./plan/makePlan.ts";
import { document } from "./respond/document.ts";
import { requestIds } from "./respond/headers.ts";
import { refuse } from "./respond/refuse.ts";
import { installationSecret } from "./store/installationSecret.ts";
import type { Store, UnitOfWork } from "./store/store.ts";
import type { AppSettings } from "./wiring/appSettings.ts";
import { startersOf, type Starters, type WriteListener } from "./wiring/behindRequests.ts";
import { confirmWith } from "./wiring/confirming.ts";
import { executeContext } from "./wiring/executeContext.ts";
import { inboundOf } from "./wiring/inbound.ts";
import { pullingOver } from "./wiring/pulling.ts";

/** A service: what the HTTP shell, tests and benches talk to. */
export interface Service extends Starters {
  readonly app: App;
  readonly handle: (http: HttpRequest) => Awaitable<HttpResponse>;
  /** What the audit shall know beside changes. Refused requests are noted already. */
  readonly notes: Notes;
  /** A refusal that the HTTP shell noticed itself, in Graph's shape. */
  readonly refuse: (problem: Problem, http: HttpRequest) => HttpResponse;
  /** Calls that wait for something to come are answered, and none waits any more: to be called before the server ends. */
  readonly stopWaiting: () => void;
  /** How many they are. */
  readonly waiting: () => number;
  /** Whether the body of a request without a token is to be read: it may be a message that proves itself by it. */
  readonly admitsMessage: (http: HttpRequest) => Promise<boolean>;
  /** Resolves when all requests that are answered later have been: before the store is closed. */
  readonly settled: () => Promise<void>;
}

const usualRoots = ["v1.0", "beta", "localtest"];

/** Loaded when they are first asked for: a start need not wait for them. */
const loadedLater: Pick<App, "batch" | "each"> = {
  each: async (whole, outer, version) => (await import("./batch/answerEach.ts")).answerEach(whole, outer, version),
  batch: async (whole, outer) => (await import("./batch/batch.ts")).batch(whole, outer),
};

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
    document: (http, target, ids) => document({ model, roots, profile }, http, target, ids),
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
    waiting: () => pulling?.waiting() ?? 0,
    admitsMessage: admissionOf(app, inbound),
    settled: async () => later?.settled(),
    ...startersOf(app, settings, writes),
  };
}

/** Who works behind the requests is told of what they write. */
function tellingOf(listeners: ReadonlySet<WriteListener>): ExecuteContext["onWritten"] & {} {
  return (hub, places, rows) => {
    // What is noted of a delivery is nothing to deliver.
    if (places.every(({ parent }) => parent?.definition.subscribers === true)) return;
    for (const { wrote } of listeners) wrote(hub, places, rows);
  };
}

function admissionOf({ roots }: App, { admits }: Inbound): Service["admitsMessage"] {
  return async (http) => {
    const target = splitTarget(http.target);
    return target !== undefined && roots.has(target.root.toLowerCase()) && (await admits(http, target));
  };
}

/** Each answer is told, and what it refuses is noted. */
function observing(notes: Notes, { observe, operatorTenant, strangersTenant = operatorTenant }: AppSettings): AppSettings["observe"] & {} {
  return (http, response) => {
    const note = refusalOf(http, response, strangersTenant);
    if (note !== undefined) notes.add(note);
    observe?.(http, response);
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
