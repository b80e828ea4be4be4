import { randomBytes } from "node:crypto";
import type { Caller } from "./auth/caller.ts";
import type { Awaitable } from "./base/awaitable.ts";
import type { HttpRequest, HttpResponse } from "./base/http.ts";
import { syntaxLimits, type Budgets } from "./base/limits.ts";
import type { Problem } from "./base/errors.ts";
import { createGuids } from "./base/ids.ts";
import { createSeal } from "./base/sealed.ts";
import { steadyClock } from "./base/steadyClock.ts";
import type { Model } from "./edm/model.ts";
import type { ExecuteContext } from "./execute/context.ts";
import { createReadYourWrites } from "./execute/readYourWrites.ts";
import { createRowQueue } from "./execute/rowQueue.ts";
import { handle, type App, type Disguise, type Observed } from "./handle.ts";
import type { Throttle } from "./limits/throttle.ts";
import { createKeptPlans } from "./plan/keptPlans.ts";
import { matchOperations } from "./operations/matchOperations.ts";
import type { Implementations } from "./operations/implementation.ts";
import { createPlanner } from "./plan/makePlan.ts";
import { document } from "./respond/document.ts";
import { requestIds } from "./respond/headers.ts";
import { refuse } from "./respond/refuse.ts";
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
  /** The emulator's faults. */
  readonly disguise?: Disguise;
  /** Told of writes with an idempotency key that was known. */
  readonly onKnownKey?: ExecuteContext["onKnownKey"] & {};
}

/** A service: what the HTTP shell, tests and benches talk to. */
export interface Service {
  readonly app: App;
  readonly handle: (http: HttpRequest) => Awaitable<HttpResponse>;
  /** A refusal that the HTTP shell noticed itself, in Graph's shape. */
  readonly refuse: (problem: Problem, http: HttpRequest) => HttpResponse;
}

const usualRoots = ["v1.0", "beta", "localtest"];
const sealName = "seal";

/** Loaded when they are first asked for: a start need not wait for them. */
const loadedLater: Pick<App, "batch" | "each"> = {
  each: async (whole, outer, version) => (await import("./batch/answerEach.ts")).answerEach(whole, outer, version),
  batch: async (whole, outer) => (await import("./batch/batch.ts")).batch(whole, outer),
};

/** Wires the stages together: the only place that knows them all. The store stays its opener's to close. */
export async function createService(settings: AppSettings): Promise<Service> {
  const { model, store, authenticate, budgets, clock = Date.now, profile = "graph", roots = usualRoots } = settings;
  const { steady = settings.clock ?? store.steady ?? steadyClock } = settings;
  const faithful = new Set(settings.faithful);
  const implementations = matchOperations(model, settings.operations ?? {});
  const secret = await installationSecret(store);
  const seal = createSeal(secret, "page tokens");
  const app: App = {
    roots: new Set(roots.map((root) => root.toLowerCase())),
    budgets,
    syntax: syntaxLimits(budgets),
    authenticate,
    ...(settings.throttle === undefined ? {} : { throttle: settings.throttle }),
    ...(store.consistency === undefined ? {} : { readYourWrites: createReadYourWrites(store.consistency, createSeal(secret, "consistency tokens")) }),
    makePlan: createPlanner(model, { profile, budgets, placeholderRoots: new Set(settings.placeholders), lenientRoots: new Set(["localtest"]) }),
    keptPlans: createKeptPlans(),
    gate: { directory: store.directory, seal, clock, steady, faithful },
    execute: {
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
      ...(settings.onKnownKey === undefined ? {} : { onKnownKey: settings.onKnownKey }),
      ...(settings.operatorTenant === undefined ? {} : { operatorTenant: settings.operatorTenant }),
      ...(settings.maxHubs === undefined ? {} : { maxHubs: settings.maxHubs }),
    },
    document: (http, target, ids) => document({ model, roots }, http, target, ids),
    together: (work) => store.together((unit) => work(appOver(app, unit))),
    call: async (whole, called) => (await import("./operations/callOperation.ts")).callOperation(whole, called, implementations.get(called.plan.operation)),
    ...loadedLater,
    ...(settings.observe === undefined ? {} : { observe: settings.observe }),
    ...(settings.disguise === undefined ? {} : { disguise: settings.disguise }),
  };
  return {
    app,
    handle: (http) => handle(app, http),
    refuse(problem, http) {
      const ids = requestIds(http.headers);
      return { ...refuse(problem, ids, clock()), facts: { ...ids, stages: [], caller: undefined, hub: undefined, route: undefined } };
    },
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

/** The secret of this installation, made at the first start and kept in the store: page tokens survive a restart. */
async function installationSecret(store: Store): Promise<Uint8Array> {
  const kept = (await store.system.getValue(sealName)) ?? (await store.system.keepValue(sealName, randomBytes(32).toString("base64url")));
  return Buffer.from(kept, "base64url");
}
