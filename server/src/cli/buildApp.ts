import { createService, type Service } from "../app.ts";
import type { AppSettings } from "../wiring/appSettings.ts";
import type { Dispatching, Notifying } from "../wiring/behindRequests.ts";
import type { Caller } from "../auth/caller.ts";
import { developmentTenant } from "../issuer/developmentApp.ts";
import { tenantId } from "../issuer/tenants.ts";
import type { Store, StoreSystem } from "../store/store.ts";
import { openCaller } from "./identity.ts";
import { seedModel } from "./seedModel.ts";
import { disguiseOf } from "../emulator/providerFaults.ts";
import { permissions } from "../graph/permissions.ts";
import { createExchange } from "../limits/exchange.ts";
import { createThrottle } from "../limits/throttle.ts";
import { handle, type App } from "../handle.ts";
import { createConnections } from "../outbox/connectors/createConnections.ts";
import { createProgramFault } from "../outbox/connectors/exec/programFault.ts";
import { checkpointKind } from "../outbox/audit/checkpoints.ts";
import type { Removal } from "../outbox/removeOld.ts";
import { startUpkeep, type Retention } from "../outbox/upkeep.ts";
import type { Configuration } from "./configuration.ts";
import type { AppParts, RunningApp } from "./appPort.ts";
import { applyConfigured } from "./connectors/applyConfigured.ts";
import { keepCheckpointKey } from "./audit/checkpoint.ts";
import { startTakingTold } from "./audit/takeTold.ts";
import { createPublish } from "./audit/publishCheckpoints.ts";
import { openSecrets } from "./openSecrets.ts";
import { openStore } from "./openStore.ts";

/** What is deleted some day: not by callers' requests, so nobody's rate pays for it. */
function retentionOf(
  { configuration, onCheckpoint, egress, onWorkFault }: AppParts,
  { throttle: _, observe: __, ...app }: App,
  system: StoreSystem,
): Retention {
  const { changeLogDays = 30, scoreDays = "off", auditDays = "off", auditCheckpoints = "off" } = configuration;
  const send: Removal["send"] = (request, caller) => handle(app, request, caller);
  const scores = { path: "secureScores", by: "createdDateTime", permissions: permissions.securityEvents.write, send, clock: Date.now };
  return {
    changeLogDays: changeLogDays === "off" ? undefined : changeLogDays,
    auditDays: auditDays === "off" ? undefined : auditDays,
    checkpoints:
      auditCheckpoints === "off"
        ? undefined
        : createPublish(auditCheckpoints, { system, onCheckpoint, egress, onFault: (error) => onWorkFault(error, checkpointKind) }),
    removals: scoreDays === "off" ? [] : [{ ...scores, days: scoreDays }],
  };
}

function notifyingOf({ configuration, egress, onWorkFault, onSubscriberTrouble, validationToken }: AppParts): Notifying {
  return {
    egress,
    keep: configuration.notifyHours * 3_600_000,
    onFault: onWorkFault,
    onTrouble: onSubscriberTrouble,
    ...(validationToken === undefined ? {} : { validationToken }),
  };
}

function dispatchingOf({ configuration, onWorkFault, onActionTrouble }: AppParts): Dispatching {
  const { dispatchSeconds, reportHours, drainMinutes } = configuration;
  return {
    drain: dispatchSeconds * 1000,
    reportWithin: reportHours * 3_600_000,
    longestDrain: drainMinutes * 60_000,
    onFault: onWorkFault,
    onTrouble: onActionTrouble,
  };
}

/** Opens the store of the data folder and builds the service over it. Throws a ConfigurationFault that says why when the data cannot serve. */
export async function buildApp(parts: AppParts): Promise<RunningApp> {
  const { configuration, served, authenticate, egress, observe, onKnownKey, events, records } = parts;
  const { profile, budgets, rates, placeholders, faithful, operatorTenant, maxHubs, root } = configuration;
  const { model, operations, rows } = served;
  const dispatch = dispatchSettings(parts);
  const store = await openStore(configuration, model, events);
  const { shareRates: share } = store;
  const exchange = share === undefined ? undefined : createExchange({ share, clock: () => performance.now() });
  const disguise = disguiseOf(configuration.providerFaults);
  const service = await createService({
    model,
    store,
    profile,
    authenticate,
    budgets,
    throttle: createThrottle(rates, undefined, exchange),
    placeholders,
    faithful,
    observe,
    onNoteFault: (error) => parts.onWorkFault(error, "audit notes"),
    onKnownKey,
    egress,
    ...dispatch,
    ...(records && { records }),
    ...(disguise === undefined ? {} : { disguise }),
    operations,
    ...(root === undefined ? {} : { roots: [root] }),
    ...(operatorTenant === undefined ? {} : { operatorTenant }),
    ...strangersOf(configuration),
    ...(maxHubs === undefined ? {} : { maxHubs }),
  });
  await prepareOrClose(store, async () => {
    if (rows !== undefined) await seedModel(rows, { app: service.app, root: root ?? "v1.0", caller: seederOf(configuration) });
    await keepCheckpointKey(store.system);
    if (configuration.connectors !== undefined) await applyConfigured(configuration.connectors, { app: service.app, system: store.system, env: process.env });
  });
  const { stop, notified, dispatched } = startWorking(service, store, parts);
  const close = async (): Promise<void> => service.settled().then(stop).then(exchange?.stop).then(store.close);
  const { handle: answer, refuse, stopWaiting, waiting, admitsMessage } = service;
  const { ready, figures } = store;
  return { handle: answer, refuse, ready, figures, stopWaiting, waiting, admitsMessage, notified, dispatched, signedIn: noterOf(service), close };
}

/** Callers whose tenant nobody knows are told to the operator; where nobody is named as that, to the one tenant that there is. */
function strangersOf({ operatorTenant, mode, tenants }: Configuration): Pick<AppSettings, "strangersTenant"> {
  if (operatorTenant !== undefined) return {};
  if (tenants !== "*") return tenants.length === 1 ? { strangersTenant: tenantId(tenants[0]!) } : {};
  return mode === "development" ? { strangersTenant: developmentTenant } : {};
}

/** What commands did to a data folder is told by its server; servers of a database are not needed for that. */
function toldTo({ notes }: Service, { configuration, onWorkFault }: AppParts): { readonly stop: () => Promise<void> } | undefined {
  const { data, databaseUrl, operatorTenant } = configuration;
  if (databaseUrl !== undefined) return undefined;
  const { strangersTenant = operatorTenant } = strangersOf(configuration);
  return startTakingTold({ data, notes, strangersTenant, onFault: (error) => onWorkFault(error, "told by commands") });
}

function noterOf({ notes }: Service): RunningApp["signedIn"] {
  return (event) => notes.add({ category: "signIn", ...event });
}

/** What connectors are reached with. */
function dispatchSettings({ configuration, egress, onWorkFault }: AppParts): Partial<AppSettings> {
  const { execAllow, approvalHours, deliveriesKept, leaseWaits, model } = configuration;
  const secrets = model === undefined ? openSecrets(configuration) : undefined;
  return {
    ...(secrets === undefined ? {} : { secrets }),
    approvalHours,
    deliveriesKept,
    leaseWaits,
    connections: createConnections({ egress, clock: Date.now, programs: execAllow }),
    programFault: createProgramFault(execAllow),
    onLeaseFault: (error) => onWorkFault(error, "lease"),
  };
}

type Working = Pick<RunningApp, "notified" | "dispatched"> & { readonly stop: () => Promise<void> };

/** Begins what works behind the requests. */
function startWorking(service: Service, store: Store, parts: AppParts): Working {
  const { onWorkFault } = parts;
  const upkeep = startUpkeep(store, onWorkFault, retentionOf(parts, service.app, store.system));
  const notifier = service.startNotifying(notifyingOf(parts));
  const rechecker = service.startRechecking(onWorkFault);
  const dispatcher = service.startDispatching(dispatchingOf(parts));
  const told = toldTo(service, parts);
  return {
    notified: notifier.figures,
    dispatched: () => dispatcher.figures,
    async stop() {
      await dispatcher.stop();
      await notifier.stop();
      await rechecker.stop();
      await upkeep.stop();
      await told?.stop();
      await service.notes.stop();
    },
  };
}

/** Whose data a model's first rows become: those of this machine's calls, or of the one tenant that is accepted. */
function seederOf({ auth, tenants }: Configuration): Caller {
  if (auth === "none" || tenants === "*") return openCaller;
  return { ...openCaller, tenant: tenantId(tenants[0]!) };
}

/** What has to be there before anything is served. */
async function prepareOrClose(store: Store, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await store.close();
    throw error;
  }
}
