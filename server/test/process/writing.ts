import { createHash } from "node:crypto";
import { exchange } from "./exchange.ts";
import type { Peer, Received, Sent } from "./exchange.ts";
import type { Random } from "./randomOf.ts";

/** A server in one round, and how its writers know that it is being killed. */
export interface Round {
  readonly peer: Peer;
  /** Bearer tokens by tenant. */
  readonly tokens: ReadonlyMap<string, string>;
  over: boolean;
  /** How writers go through what breaks while they go on, where they do: asks until there is an answer, undefined when nobody knows what became of a write. */
  readonly ask?: (sent: Sent) => Promise<Received | undefined>;
}

/** What the server acknowledged about a resource: its answer, byte for byte; undefined when the connection broke behind the head. */
export interface Acknowledged {
  readonly tenant: string;
  readonly etag: string;
  readonly digest: string | undefined;
}

/** A write whose answer never came. `before`: the resource as it was acknowledged. */
export type Unanswered =
  | { readonly kind: "create"; readonly tenant: string; readonly collection: string; readonly marker: string; readonly sent: object }
  | { readonly kind: "change"; readonly before: Hot; readonly sent: object }
  | { readonly kind: "remove"; readonly before: Hot }
  | { readonly kind: "device"; readonly before: Hot; readonly device: string };

/** A resource that a writer goes on working with. */
export interface Hot {
  readonly tenant: string;
  readonly kind: Kind;
  readonly path: string;
  readonly etag: string;
  readonly text: string;
  /** Devices of a task, as acknowledged. */
  readonly devices: readonly string[];
}

/** What the writers together know. */
export interface Ledger {
  readonly kept: Map<string, Acknowledged>;
  readonly removed: Map<string, string>;
  /** Of this round: paths that were written. */
  readonly touched: Set<string>;
  readonly unanswered: Unanswered[];
  /** Answers that no write should have got. */
  readonly faults: string[];
  acknowledged: number;
}

export interface Writer {
  readonly name: string;
  readonly tenant: string;
  readonly random: Random;
  hot: Hot[];
  count: number;
}

type Kind = "score" | "profile" | "task";

export const collections: Readonly<Record<Kind, string>> = {
  score: "/v1.0/security/secureScores",
  profile: "/v1.0/security/userSecurityProfiles",
  task: "/v1.0/deviceAppManagement/deviceAppManagementTasks",
};

const mostHot = 8;

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** Sends a request as a tenant. Every representation is asked for, so that there are bytes to compare. */
export function call(round: Round, tenant: string, { method, path, body, key }: Called): Promise<Received | undefined> {
  const headers = {
    Authorization: `Bearer ${round.tokens.get(tenant)}`,
    "Content-Type": "application/json",
    Prefer: "return=representation",
    ...(key === undefined ? {} : { "Idempotency-Key": key }),
  };
  const sent = { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return round.ask === undefined ? exchange(round.peer, sent) : round.ask(sent);
}

interface Called {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly key?: string;
}

/** Writes one thing after the other until the server is gone. */
export async function keepWriting(writer: Writer, round: Round, ledger: Ledger): Promise<void> {
  while (!round.over) {
    const dice = writer.random.between(1, 100);
    const hot = writer.hot[writer.random.between(0, Math.max(0, writer.hot.length - 1))];
    const going = await (hot === undefined || dice <= 60
      ? create(writer, round, ledger)
      : dice <= 93
        ? change(writer, hot, { round, ledger })
        : remove(writer, hot, { round, ledger }));
    if (!going) return;
  }
}

interface Place {
  readonly round: Round;
  readonly ledger: Ledger;
}

/** The body that a writer sends for a kind; `marker` occurs in a column, in a side table or both. */
function bodyOf(kind: Kind, marker: string, random: Random): object {
  const vendorInformation = { vendor: "Contoso", provider: "Crash", providerVersion: null, subProvider: marker };
  switch (kind) {
    case "score": {
      const controlScores = Array.from({ length: random.between(0, 20) }, (_, index) => ({
        controlName: `${marker}-${index}`,
        score: index / 2,
        controlCategory: "Data",
      }));
      return { currentScore: random.between(0, 500) / 10, maxScore: 500, enabledServices: [marker], controlScores, vendorInformation };
    }
    case "profile":
      return {
        userPrincipalName: marker,
        displayName: `Person ${marker}`,
        riskScore: "low",
        tags: ["new", marker],
        accounts: [{ service: marker, status: "active" }],
        vendorInformation,
      };
    case "task": {
      const intendedSettings = [{ name: marker, value: "on" }];
      return { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: marker, description: "Crash", priority: "high", intendedSettings };
    }
  }
}

/** The properties by which a resource of a kind is found again without knowing its id. */
export function markerFilter(collection: string, marker: string): string {
  const property = { [collections.score]: "vendorInformation/subProvider", [collections.profile]: "userPrincipalName", [collections.task]: "displayName" }[
    collection
  ];
  return `${collection}?$filter=${property} eq '${marker}'`.replaceAll(" ", "%20");
}

async function create(writer: Writer, round: Round, ledger: Ledger): Promise<boolean> {
  const { tenant, random } = writer;
  const kind = (["score", "score", "profile", "task"] as const)[random.between(0, 3)]!;
  const collection = collections[kind];
  const marker = `${writer.name}-${(writer.count += 1)}`;
  const sent = bodyOf(kind, marker, random);
  const key = round.ask !== undefined && random.between(0, 1) === 0 ? { key: marker } : {};
  const answer = await call(round, tenant, { method: "POST", path: collection, body: sent, ...key });
  if (answer === undefined) return lost({ kind: "create", tenant, collection, marker, sent }, round, ledger);
  if (answer.status !== 201) return fault(ledger, `POST ${collection}`, answer);
  const path = new URL(answer.headers.location!).pathname;
  const hot = acknowledge(ledger, { tenant, kind, path, devices: [] }, answer);
  if (hot === undefined) return false;
  heat(writer, hot);
  return kind !== "task" || addDevice(writer, hot, { round, ledger });
}

/** A device of a task is a row of its own and moves the task's counter: both or neither. */
async function addDevice(writer: Writer, task: Hot, { round, ledger }: Place): Promise<boolean> {
  const { tenant, path } = task;
  const device = `${writer.name}-${(writer.count += 1)}`;
  const answer = await call(round, tenant, { method: "POST", path: `${path}/managedDevices`, body: { displayName: device, managedDeviceId: device } });
  // The task has moved in a way that nobody has read yet.
  if (answer === undefined || answer.status === 201) {
    ledger.kept.delete(path);
    writer.hot = writer.hot.filter((one) => one.path !== path);
  }
  if (answer === undefined) return lost({ kind: "device", before: task, device }, round, ledger);
  if (answer.status !== 201) return fault(ledger, `POST ${path}/managedDevices`, answer);
  ledger.acknowledged += 1;
  const moved = { ...task, devices: [...task.devices, device] };
  const read = await call(round, tenant, { method: "GET", path });
  if (read?.text === undefined) {
    ledger.unanswered.push({ kind: "device", before: moved, device: "" });
    return stopped(round, ledger);
  }
  if (read.status !== 200) return fault(ledger, `GET ${path}`, read);
  const hot = acknowledge(ledger, moved, read, false);
  if (hot !== undefined) heat(writer, hot);
  return hot !== undefined;
}

async function change(writer: Writer, hot: Hot, { round, ledger }: Place): Promise<boolean> {
  const mark = `${writer.name}-${(writer.count += 1)}`;
  const sent = {
    score: {
      currentScore: writer.random.between(0, 500) / 10,
      activeUserCount: writer.count,
      enabledServices: [mark, "Changed"],
      controlScores: [{ controlName: mark, score: 1 }],
    },
    profile: { riskScore: mark, tags: [mark], accounts: [{ service: mark, status: "suspended" }, { service: "second" }] },
    task: {
      description: mark,
      priority: "low",
      intendedSettings: [
        { name: mark, value: null },
        { name: "second", value: "off" },
      ],
    },
  }[hot.kind];
  const answer = await call(round, hot.tenant, { method: "PATCH", path: hot.path, body: sent });
  if (answer === undefined) {
    ledger.kept.delete(hot.path);
    cool(writer, hot);
    return lost({ kind: "change", before: hot, sent }, round, ledger);
  }
  if (answer.status !== 200) return fault(ledger, `PATCH ${hot.path}`, answer);
  cool(writer, hot);
  const next = acknowledge(ledger, hot, answer);
  if (next !== undefined) heat(writer, next);
  return next !== undefined;
}

async function remove(writer: Writer, hot: Hot, { round, ledger }: Place): Promise<boolean> {
  const answer = await call(round, hot.tenant, { method: "DELETE", path: hot.path });
  cool(writer, hot);
  ledger.kept.delete(hot.path);
  if (answer === undefined) return lost({ kind: "remove", before: hot }, round, ledger);
  if (answer.status !== 204) return fault(ledger, `DELETE ${hot.path}`, answer);
  ledger.removed.set(hot.path, hot.tenant);
  ledger.touched.add(hot.path);
  ledger.acknowledged += 1;
  return true;
}

/** Notes an answer; gives the resource as the writer goes on with it, undefined when the answer's body broke off. */
function acknowledge(
  ledger: Ledger,
  { tenant, kind, path, devices }: Omit<Hot, "etag" | "text">,
  { headers, text }: Received,
  isWrite = true,
): Hot | undefined {
  const etag = headers.etag ?? "";
  ledger.kept.set(path, { tenant, etag, digest: text === undefined ? undefined : digestOf(text) });
  ledger.touched.add(path);
  if (isWrite) ledger.acknowledged += 1;
  return text === undefined ? undefined : { tenant, kind, path, devices, etag, text };
}

function heat(writer: Writer, hot: Hot): void {
  cool(writer, hot);
  writer.hot = [...writer.hot, hot].slice(-mostHot);
}

function cool(writer: Writer, { path }: Hot): void {
  writer.hot = writer.hot.filter((one) => one.path !== path);
}

function lost(write: Unanswered, round: Round, ledger: Ledger): boolean {
  ledger.unanswered.push(write);
  return stopped(round, ledger);
}

/** A connection may break only because the server was killed, unless writers go on. */
function stopped(round: Round, ledger: Ledger): boolean {
  if (round.ask !== undefined) return true;
  if (!round.over) ledger.faults.push("A connection broke while the server ran.");
  return false;
}

function fault(ledger: Ledger, what: string, { status, text }: Received): false {
  ledger.faults.push(`${what}: ${status} ${text?.slice(0, 500)}`);
  return false;
}
