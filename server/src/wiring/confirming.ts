import type { Permitted } from "../auth/permitted.ts";
import type { ExecuteContext } from "../execute/context.ts";
import type { App } from "../handle.ts";
import { confirmDestination, confirmProgram, noneAllowed } from "../outbox/connectors/confirmConnector.ts";
import { createConfirm } from "../outbox/notify/confirmSubscription.ts";
import { tenantsOf } from "../outbox/tenantsOf.ts";
import type { AppSettings } from "./appSettings.ts";
import { pathPlanner } from "./pathPlanner.ts";

type Confirming = Pick<AppSettings, "programFault" | "store"> & { readonly egress: AppSettings["egress"] & {} };

/** Asks who a write names whether it may: receivers, destinations, programs. */
export function confirmWith(app: () => App, { egress, store, programFault = noneAllowed }: Confirming): ExecuteContext["confirm"] & {} {
  const tenantOf = tenantsOf(store, () => app().gate.steady());
  // Whoever manages the hub of another tenant makes connectors of that tenant.
  const ownerOf = async ({ scope, caller }: Permitted): Promise<string> => (scope.kind === "hub" ? await tenantOf(scope.hub.id) : undefined) ?? caller.tenant;
  return async (asked, permitted) => {
    if (asked.kind === "destination") return confirmDestination(asked, egress);
    if (asked.kind === "program") return confirmProgram(asked, await ownerOf(permitted), programFault);
    const { gate, execute: context } = app();
    return createConfirm({ egress, gate, context, planPath: pathPlanner(app()) })(asked, permitted);
  };
}
