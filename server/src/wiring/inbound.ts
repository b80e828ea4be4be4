import type { App } from "../handle.ts";
import { createInbound, type Inbound } from "../inbound/createInbound.ts";
import { tenantsOf } from "../outbox/tenantsOf.ts";
import type { AppSettings } from "./appSettings.ts";
import { pathPlanner } from "./pathPlanner.ts";

/** Messages from outside; who reaches which hub is asked anew once a second at most, whatever hubs they name. */
export function inboundOf(app: () => App, { model, store, secrets }: AppSettings): Inbound {
  const { places } = model;
  let made: Inbound | undefined;
  const inbound = (): Inbound => {
    const { gate } = app();
    made ??= createInbound({ places, gate, store, secrets, planPath: pathPlanner(app()), tenantOf: tenantsOf(store, gate.steady, "patient") });
    return made;
  };
  return { receive: (http, target) => inbound().receive(http, target), admits: (http, target) => inbound().admits(http, target) };
}
