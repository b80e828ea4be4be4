import { handle, type App } from "../handle.ts";
import type { Implementations } from "../operations/implementation.ts";
import { tryConnector } from "../outbox/connectors/tryConnector.ts";
import { below } from "../outbox/dispatch/endDrain.ts";
import type { DispatcherParts } from "../outbox/dispatch/startDispatching.ts";
import { createPulling, type PullParts, type Pulling } from "../outbox/pull/pulling.ts";
import type { AppSettings } from "./appSettings.ts";
import { pathPlanner } from "./pathPlanner.ts";

/** What actuators come to, and what tries connectors, where the model has them. */
export function pullingOver(app: App, settings: AppSettings): (Omit<Pulling, "operations"> & { readonly operations: Implementations }) | undefined {
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
