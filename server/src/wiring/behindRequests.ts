import type { Place } from "../edm/model.ts";
import type { Egress } from "../egress/createEgress.ts";
import type { ExecuteContext } from "../execute/context.ts";
import { handle, type App } from "../handle.ts";
import type { Connections } from "../outbox/dispatch/connection.ts";
import { below } from "../outbox/dispatch/endDrain.ts";
import { startDispatching, type Dispatcher, type DispatcherParts } from "../outbox/dispatch/startDispatching.ts";
import { startNotifying, type Notifier, type NotifierFigures, type NotifierParts } from "../outbox/notify/startNotifying.ts";
import { startRechecking, type Rechecker } from "../outbox/recheck/startRechecking.ts";
import { entityText } from "../respond/entityText.ts";
import type { Store } from "../store/store.ts";
import type { AppSettings } from "./appSettings.ts";
import { pathPlanner } from "./pathPlanner.ts";

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

/** Told of every write. */
export interface WriteListener {
  readonly wrote: ExecuteContext["onWritten"] & {};
}

/** Starts what runs behind the requests. */
export interface Starters {
  /** Begins to tell subscribers of changes; of several servers one at a time tells those of a hub. */
  readonly startNotifying: (how: Notifying) => RunningNotifier;
  /** Begins to look again at rows that the model marks so; of several servers one at a time looks at those of a hub. */
  readonly startRechecking: (onFault: NotifierParts["onFault"]) => Pick<Rechecker, "stop">;
  /** Begins to carry actions out; of several servers one at a time works for a hub. */
  readonly startDispatching: (how: Dispatching) => RunningDispatcher;
}

/** What runs behind the requests, and hears of what they write. */
export function startersOf(app: App, { model, store, clock = Date.now, connections = new Map() }: AppSettings, listeners: Set<WriteListener>): Starters {
  return {
    startDispatching(how) {
      const place = model.places.find(({ definition }) => definition.dispatched !== undefined);
      if (place === undefined) return { figures: undefined, stop: () => Promise.resolve() };
      const tell: WriteListener["wrote"] = (hub, written, rows) => {
        for (const one of listeners) if (one !== dispatcher) one.wrote(hub, written, rows);
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
