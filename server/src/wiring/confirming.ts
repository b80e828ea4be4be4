import type { ExecuteContext } from "../execute/context.ts";
import type { App } from "../handle.ts";
import { confirmDestination, confirmProgram, noneAllowed } from "../outbox/connectors/confirmConnector.ts";
import { createConfirm } from "../outbox/notify/confirmSubscription.ts";
import type { AppSettings } from "./appSettings.ts";
import { pathPlanner } from "./pathPlanner.ts";

type Confirming = Pick<AppSettings, "programFault"> & { readonly egress: AppSettings["egress"] & {} };

/** Asks who a write names whether it may: receivers, destinations, programs. */
export function confirmWith(app: () => App, { egress, programFault }: Confirming): ExecuteContext["confirm"] & {} {
  return async (asked, permitted) => {
    if (asked.kind === "destination") return confirmDestination(asked, egress);
    if (asked.kind === "program") return confirmProgram(asked, (program) => (programFault ?? noneAllowed)(program, permitted.caller.tenant));
    const { gate, execute: context } = app();
    return createConfirm({ egress, gate, context, planPath: pathPlanner(app()) })(asked, permitted);
  };
}
