import type { Place } from "../edm/model.ts";
import { handle, type App } from "../handle.ts";
import type { Implementations } from "../operations/implementation.ts";
import { tryConnector } from "../outbox/connectors/tryConnector.ts";
import { below } from "../outbox/dispatch/endDrain.ts";
import type { DispatcherParts } from "../outbox/dispatch/startDispatching.ts";
import { createPulling, type PullParts, type Pulling } from "../outbox/pull/pulling.ts";
import { tenantsOf } from "../outbox/tenantsOf.ts";
import type { AppSettings } from "./appSettings.ts";
import { pathPlanner } from "./pathPlanner.ts";

/** What actuators come to, and what tries connectors, where the model has them. */
export function pullingOver(app: App, settings: AppSettings): (Pulling["lines"] & { readonly operations: Implementations }) | undefined {
  const { model, store } = settings;
  const place = model.places.find(({ definition }) => definition.dispatched !== undefined);
  if (place === undefined || !model.operations.some(({ definition }) => definition.waits === true)) return undefined;
  const parts = pullParts(app, settings, place);
  const { operations, lines } = createPulling(parts);
  const tenantOf = tenantsOf(store, app.gate.steady);
  const own = { ...operations, "securityConnector/testConnection": tryConnector({ connections: new Map(), ...settings, ...parts, tenantOf }) };
  // What other servers write is heard of where they share the data.
  const endNews = store.leases.hear(lines.heard);
  return { ...lines, operations: own, stop: () => (endNews(), lines.stop()) };
}

function pullParts(app: App, { store, onLeaseFault = () => undefined, leaseWaits }: AppSettings, place: Place): PullParts {
  const { throttle: _, observe: __, ...own } = app;
  const send: DispatcherParts["send"] = (request, caller) => handle(own, request, caller);
  const desk = { gate: own.gate, planPath: pathPlanner(own), context: own.execute, send, actions: below(place.path), onFault: onLeaseFault };
  return { ...desk, place, limits: leaseWaits, tellOthers: store.steady === undefined ? undefined : store.leases.tell };
}
