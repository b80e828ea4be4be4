import { call, digestOf, markerFilter } from "./writing.ts";
import type { Ledger, Round, Unanswered, Writer } from "./writing.ts";

/** What became of the writes that were never answered. */
export interface Fates {
  whole: number;
  absent: number;
}

const parallel = 12;

/** Compares what was acknowledged with what is there; every difference is a line. Empties the round's part of the ledger. */
export async function recount(
  round: Round,
  ledger: Ledger,
  { writers, fates, all = false }: { writers: readonly Writer[]; fates: Fates; all?: boolean },
): Promise<string[]> {
  const faults: string[] = [];
  for (const write of ledger.unanswered.splice(0)) faults.push(...(await judge(write, round, { ledger, writers, fates })));
  const paths = all ? [...ledger.kept.keys(), ...ledger.removed.keys()] : [...ledger.touched];
  ledger.touched.clear();
  const check = async (): Promise<void> => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) faults.push(...(await compare(path, round, ledger)));
  };
  await Promise.all(Array.from({ length: parallel }, check));
  return faults;
}

async function compare(path: string, round: Round, { kept, removed }: Ledger): Promise<string[]> {
  const expected = kept.get(path);
  const tenant = expected?.tenant ?? removed.get(path);
  if (tenant === undefined) return [];
  const found = await call(round, tenant, { method: "GET", path });
  if (expected === undefined) return found?.status === 404 ? [] : [`undead: ${path} answers ${found?.status}`];
  if (found?.status !== 200 || found.text === undefined) return [`lost: ${path} answers ${found?.status}`];
  if (found.headers.etag !== expected.etag) return [`lost change: ${path} has ${found.headers.etag}, acknowledged was ${expected.etag}`];
  if (expected.digest !== undefined && digestOf(found.text) !== expected.digest) return [`other bytes: ${path} ${found.text}`];
  return [];
}

interface Court {
  readonly ledger: Ledger;
  readonly writers: readonly Writer[];
  readonly fates: Fates;
}

type Json = Readonly<Record<string, unknown>>;

/** An unanswered write has happened as a whole or not at all. */
async function judge(write: Unanswered, round: Round, court: Court): Promise<string[]> {
  switch (write.kind) {
    case "create":
      return judgeCreate(write, round, court);
    case "change":
      return judgeChange(write, round, court);
    case "remove":
      return judgeRemove(write, round, court);
    case "device":
      return judgeDevice(write, round, court);
  }
}

async function judgeCreate({ tenant, collection, marker, sent }: Unanswered & { kind: "create" }, round: Round, { ledger, fates }: Court): Promise<string[]> {
  const list = await call(round, tenant, { method: "GET", path: markerFilter(collection, marker) });
  if (list?.status !== 200) return [`${collection}: the search for ${marker} answers ${list?.status} ${list?.text}`];
  const { value } = JSON.parse(list.text!) as { readonly value: readonly Json[] };
  if (value.length === 0) {
    fates.absent += 1;
    return [];
  }
  if (value.length > 1) return [`${collection}: ${marker} is there ${value.length} times`];
  fates.whole += 1;
  const path = `${collection}('${String(value[0]!["id"])}')`;
  const found = await call(round, tenant, { method: "GET", path });
  ledger.kept.set(path, { tenant, etag: found?.headers.etag ?? "", digest: digestOf(found?.text ?? "") });
  return holds(JSON.parse(found?.text ?? "{}") as Json, sent) ? [] : [`torn: ${path} ${found?.text}, sent was ${JSON.stringify(sent)}`];
}

async function judgeChange({ before, sent }: Unanswered & { kind: "change" }, round: Round, { ledger, fates }: Court): Promise<string[]> {
  const found = await call(round, before.tenant, { method: "GET", path: before.path });
  if (found?.status !== 200 || found.text === undefined) return [`lost: ${before.path} answers ${found?.status} after a change`];
  ledger.kept.set(before.path, { tenant: before.tenant, etag: found.headers.etag ?? "", digest: digestOf(found.text) });
  if (found.text === before.text) {
    fates.absent += 1;
    return [];
  }
  fates.whole += 1;
  const [was, is] = [JSON.parse(before.text) as Json, JSON.parse(found.text) as Json];
  const moves = new Set(["@odata.etag", "lastModifiedDateTime", ...Object.keys(sent)]);
  const stays = Object.fromEntries(Object.entries(was).filter(([name]) => !moves.has(name)));
  const isWhole = holds(is, sent) && holds(is, stays) && found.headers.etag !== before.etag;
  return isWhole ? [] : [`torn: ${before.path} ${found.text}, before ${before.text}, sent was ${JSON.stringify(sent)}`];
}

async function judgeRemove({ before }: Unanswered & { kind: "remove" }, round: Round, { ledger, fates }: Court): Promise<string[]> {
  const found = await call(round, before.tenant, { method: "GET", path: before.path });
  if (found?.status === 404) {
    fates.whole += 1;
    ledger.removed.set(before.path, before.tenant);
    return [];
  }
  fates.absent += 1;
  ledger.kept.set(before.path, { tenant: before.tenant, etag: before.etag, digest: digestOf(before.text) });
  return found?.text === before.text ? [] : [`torn: ${before.path} ${found?.status} ${found?.text}, before ${before.text}`];
}

/** Device and counter agree; the acknowledged devices are there, the unanswered one may be. */
async function judgeDevice({ before, device }: Unanswered & { kind: "device" }, round: Round, { ledger, fates }: Court): Promise<string[]> {
  const { tenant, path } = before;
  const task = await call(round, tenant, { method: "GET", path });
  const list = await call(round, tenant, { method: "GET", path: `${path}/managedDevices` });
  if (task?.status !== 200 || list?.status !== 200) return [`lost: ${path} answers ${task?.status}, its devices ${list?.status}`];
  ledger.kept.set(path, { tenant, etag: task.headers.etag ?? "", digest: digestOf(task.text ?? "") });
  const names = (JSON.parse(list.text!) as { readonly value: readonly Json[] }).value.map((one) => String(one["managedDeviceId"]));
  const { managedDeviceCount } = JSON.parse(task.text!) as Json;
  const there = names.includes(device);
  fates[there || device === "" ? "whole" : "absent"] += 1;
  const expected = there ? [...before.devices, device] : before.devices;
  const isWhole = managedDeviceCount === names.length && names.toSorted().join() === expected.toSorted().join();
  return isWhole
    ? []
    : [`torn: ${path} counts ${String(managedDeviceCount)} and has ${names.join()}; acknowledged were ${before.devices.join()}, unanswered ${device}`];
}

/** True when an answer has every member that was sent, to any depth; it may have more. */
function holds(found: unknown, sent: unknown): boolean {
  if (Array.isArray(sent)) return Array.isArray(found) && found.length === sent.length && sent.every((one, index) => holds(found[index], one));
  if (typeof sent === "object" && sent !== null) {
    return typeof found === "object" && found !== null && Object.entries(sent).every(([name, value]) => holds((found as Json)[name], value));
  }
  return found === sent;
}
