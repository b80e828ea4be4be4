import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpRequest } from "../base/http.ts";
import { ensureDevelopmentApp } from "../issuer/developmentApp.ts";
import type { DevelopmentApp } from "../issuer/developmentApp.ts";
import type { Issuer } from "../issuer/issuer.ts";
import { keyRing } from "../issuer/keyRing.ts";
import { mintValidationToken } from "../issuer/mintToken.ts";
import type { Mount } from "../http/handler.ts";
import type { ShellSettings } from "../http/shell.ts";
import { healthMounts } from "../http/healthMounts.ts";
import { listen, requireFreePort } from "../http/listen.ts";
import type { Listening, TlsCredentials } from "../http/listen.ts";
import { localCertificates } from "../http/localCertificates.ts";
import { welcomePage } from "../http/welcomePage.ts";
import { createAddresses } from "./addresses.ts";
import type { Addresses } from "./addresses.ts";
import type { AppParts, BuildApp, RunningApp } from "./appPort.ts";
import { createAdmission } from "./createAdmission.ts";
import { lockDataFolder } from "./dataFolder.ts";
import type { Configuration } from "./configuration.ts";
import { loadModel } from "./loadModel.ts";
import { prepareStore } from "./prepareStore.ts";
import { allPermissions, createIdentity } from "./identity.ts";
import { openIssuerMemory } from "./issuerMemory.ts";
import type { IssuerMemory } from "./issuerMemory.ts";
import type { Log } from "./log/createLog.ts";
import { dispatchReadings, listenerReadings, notifierReadings, storeReadings } from "./figureReadings.ts";
import type { Readings } from "../http/writeMetrics.ts";
import { openWatch } from "./openWatch.ts";
import { welcomeSections } from "./welcome.ts";

/** A server that runs. */
export interface RunningServer {
  readonly addresses: Addresses;
  readonly listening: Listening;
  /** The CA's certificate, when the local CA made the server's. */
  readonly caPath?: string;
  readonly development?: DevelopmentApp;
  /** Says at `/readyz` that it ends and serves on for so many seconds, each connection to its next answer. */
  readonly drain: (seconds: number) => Promise<void>;
  /** Takes no more connections, lets running requests end, closes the App and gives the data folder back. */
  readonly close: () => Promise<void>;
}

type Admits = (request: HttpRequest) => Promise<boolean>;

function eitherOf(first: Admits, second: Admits): Admits {
  return async (request) => (await first(request)) || second(request);
}

/** Everything from the lock of the data folder to the open ports. What was begun is undone when a later step fails. */
export async function startServer(configuration: Configuration, buildApp: BuildApp, log: Log): Promise<RunningServer> {
  const undo: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  const served = await loadModel(configuration);
  try {
    const lock = lockDataFolder(configuration.data);
    undo.push(lock.release);
    await requireFreePorts(configuration);
    const addresses = createAddresses(configuration);
    const watch = await openWatch(configuration, log);
    undo.push(watch.egress.close);
    await prepareStore(configuration, watch.app.events, served.model);
    const memory = await openIssuerMemory(configuration);
    undo.push(memory.close);
    const signIns = heldBack();
    const identity = createIdentity(configuration, { addresses, egress: watch.egress, events: { ...watch.identity, onSignIn: signIns.tell }, memory });
    if (configuration.builtinIssuer) await memory.store.signingKeys();
    const development = await developmentApp(configuration, memory);
    const { authenticate, admits } = createAdmission(identity.authenticate);
    const signing = configuration.builtinIssuer ? { validationToken: validationTokens(memory, addresses) } : {};
    const app = await buildApp({ configuration, served, authenticate, egress: watch.egress, ...watch.app, ...signing, ...sharedBy(memory) });
    undo.push(app.close);
    signIns.to(app.signedIn);
    watch.metrics.add(() => readingsOf(app));

    const tls = await openTls(configuration);
    const running = { addresses, ...(tls?.caPath === undefined ? {} : { caPath: tls.caPath }), ...(development === undefined ? {} : { development }) };
    const admit = async (request: HttpRequest): Promise<void> => void (await authenticate(request.headers, request.loopback));
    const draining = { begun: false };
    const health = healthMounts({ ready: app.ready, draining: () => draining.begun, metrics: watch.metrics, admit });
    const page = configuration.mode === "development" ? [welcomePage(() => welcomeSections(configuration, running, "hidden"))] : [];
    const mounts = [...health, ...(identity.issuer === undefined ? [] : [issuerMount(identity.issuer)]), ...page];
    const shell = { ...shellSettings(configuration, app), ...watch.shell, mounts, admits: eitherOf(app.admitsMessage, admits) };
    const { hosts, port, server, timeouts } = configuration;
    const listening = await listen({ hosts, port, shell, server, timeouts, onFault: watch.onFault, ...(tls === undefined ? {} : { tls }) });
    undo.push(() => {
      app.stopWaiting();
      return listening.close();
    });
    watch.metrics.add(() => listenerReadings(listening));
    undo.push(renewDaily(configuration, listening, log));
    addresses.opened(listening);
    lock.note(lockNotes(listening, addresses));
    return { ...running, listening, drain: drainOf(listening, draining), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where several servers keep what they share. */
function sharedBy({ records }: IssuerMemory): Pick<AppParts, "records"> {
  return records === undefined ? {} : { records };
}

/** Signs for subscribers that notifications with data are from here. */
function validationTokens({ store }: IssuerMemory, addresses: Addresses): AppParts["validationToken"] & {} {
  return async (appId, tenant) => {
    const now = Date.now();
    const { signing } = keyRing(await store.signingKeys(), now);
    return mintValidationToken({ issuer: `${addresses.issuerBases()[0]!}/${tenant}/v2.0`, appId, tenant, now: Math.floor(now / 1000) }, signing);
  };
}

function drainOf(listening: Listening, state: { begun: boolean }): RunningServer["drain"] {
  return (seconds) => {
    state.begun = true;
    listening.drain();
    return sleep(seconds * 1000);
  };
}

async function requireFreePorts({ hosts, port, tlsPort }: Configuration): Promise<void> {
  for (const wanted of tlsPort === "off" ? [port] : [port, tlsPort]) await requireFreePort(hosts, wanted);
}

function shellSettings({ publicUrl, budgets }: Configuration, app: RunningApp): Omit<ShellSettings, "mounts"> {
  return { handle: app.handle, refuse: app.refuse, limits: budgets, ...(publicUrl === undefined ? {} : { publicUrl }) };
}

function issuerMount({ owns, answer }: Issuer): Mount {
  return { kind: "issuer", owns, answer };
}

async function readingsOf(app: RunningApp): Promise<Readings> {
  return { ...storeReadings(await app.figures(), app.ready()), ...notifierReadings(app.notified()), ...dispatchReadings(app.dispatched(), app.waiting()) };
}

/** The issuer is made before what keeps the trail; until then nobody can have signed in. */
function heldBack(): { readonly tell: RunningApp["signedIn"]; readonly to: (tell: RunningApp["signedIn"]) => void } {
  let told: RunningApp["signedIn"] | undefined;
  return { tell: (event) => told?.(event), to: (tell) => void (told = tell) };
}

async function developmentApp({ mode, builtinIssuer, data }: Configuration, { store }: IssuerMemory): Promise<DevelopmentApp | undefined> {
  if (mode !== "development" || !builtinIssuer) return undefined;
  return ensureDevelopmentApp(store, join(data, "development.json"), allPermissions);
}

interface OpenTls {
  readonly port: number;
  readonly hsts: boolean;
  readonly credentials: TlsCredentials;
  readonly caPath?: string;
}

async function openTls(configuration: Configuration): Promise<OpenTls | undefined> {
  const { tlsPort, mode } = configuration;
  if (tlsPort === "off") return undefined;
  return { port: tlsPort, hsts: mode === "production", ...(await readCredentials(configuration)) };
}

/** The configured certificate, else one of the data folder's own CA. */
async function readCredentials({ tlsCert, tlsKey, data, hosts, publicUrl }: Configuration): Promise<Pick<OpenTls, "credentials" | "caPath">> {
  if (tlsCert !== undefined && tlsKey !== undefined) return { credentials: { cert: readFileSync(tlsCert, "utf8"), key: readFileSync(tlsKey, "utf8") } };
  const names = [
    ...hosts.filter((host) => host !== "::" && host !== "0.0.0.0"),
    ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, "")]),
  ];
  const { caPath, cert, key } = await localCertificates(join(data, "tls"), names);
  return { credentials: { cert, key }, caPath };
}

/** A server that runs for a year outlives its certificate: looks every day. Returns the end of looking. */
function renewDaily(configuration: Configuration, listening: Listening, log: Log): () => void {
  if (listening.tlsPort === undefined) return () => undefined;
  const renew = async (): Promise<void> => listening.renew((await readCredentials(configuration)).credentials);
  const timer = setInterval(() => void renew().catch((error: unknown) => log.tell("tls.renewal_failed", { error })), 24 * 3600 * 1000).unref();
  return () => clearInterval(timer);
}

/** What the CLI learns from the lock of a running server. */
function lockNotes({ port, tlsPort }: Listening, addresses: Addresses): Readonly<Record<string, string>> {
  return { port: String(port), ...(tlsPort === undefined ? {} : { tlsPort: String(tlsPort) }), ...addresses.usual() };
}
