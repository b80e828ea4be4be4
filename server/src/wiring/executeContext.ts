import type { Gate } from "../auth/permit.ts";
import { createGuids } from "../base/ids.ts";
import type { ExecuteContext } from "../execute/context.ts";
import { createRowQueue } from "../execute/rowQueue.ts";
import type { AppSettings } from "./appSettings.ts";

/** What reads and writes are done with, but for what tells others of them. */
export function executeContext(settings: AppSettings, { seal, clock, steady, faithful }: Gate): ExecuteContext {
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
    ...(settings.deliveriesKept === undefined ? {} : { deliveriesKept: settings.deliveriesKept }),
    ...(settings.onKnownKey === undefined ? {} : { onKnownKey: settings.onKnownKey }),
    ...(settings.operatorTenant === undefined ? {} : { operatorTenant: settings.operatorTenant }),
    ...(settings.maxHubs === undefined ? {} : { maxHubs: settings.maxHubs }),
  };
}
