import { median, type Cost } from "./figures.ts";
import { entity } from "../entity.ts";
import type { OpenService } from "../openService.ts";

/** Hubs as a file or database was filled with: their ids, and ids of rows in each. */
export interface Filled {
  readonly hubs: readonly string[];
  readonly rows: readonly (readonly [hub: string, id: string])[];
}

/** Microseconds of CPU that the database's own processes have taken so far; 0 where it has none. */
export type DatabaseCpu = () => number;

/** Of which the first two only warm. */
export const rounds = 9;

/** Asks requests of one kind, one at a time, in rounds of so many; each has its answer looked at. */
export async function costOf(
  open: OpenService,
  targets: readonly string[],
  { cpu, count }: { readonly cpu: DatabaseCpu; readonly count: number },
): Promise<Cost> {
  const server: number[] = [];
  const database: number[] = [];
  const each: number[] = [];
  let next = 0;
  for (let round = 0; round < rounds; round += 1) {
    const [before, beforeDatabase] = [process.cpuUsage(), cpu()];
    for (let n = 0; n < count; n += 1) {
      const from = performance.now();
      await ask(open, "GET", targets[next++ % targets.length]!, 200);
      if (round > 1) each.push(performance.now() - from);
    }
    const { user, system } = process.cpuUsage(before);
    if (round < 2) continue;
    server.push((user + system) / count);
    database.push((cpu() - beforeDatabase) / count);
  }
  return { server: median(server), database: median(database), p50: median(each) };
}

/** Posts so many, some at a time; what one took of CPU and of the clock. */
export async function posts(
  open: OpenService,
  targets: readonly string[],
  { cpu, count, at }: { readonly cpu: DatabaseCpu; readonly count: number; readonly at: number },
): Promise<Cost & { readonly perSecond: number }> {
  const [before, beforeDatabase, began] = [process.cpuUsage(), cpu(), performance.now()];
  const each: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      const from = performance.now();
      await ask(open, "POST", targets[n % targets.length]!, 201, entity(n));
      each.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: at }, work));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1000;
  return { server: (user + system) / count, database: (cpu() - beforeDatabase) / count, p50: median(each), perSecond: count / seconds };
}

/** One request through `handle`, with the status that it must have: its body. */
export async function ask({ service, token }: OpenService, method: string, target: string, status: number, body?: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const answer = await service.handle({ method, target, headers, baseUrl: "http://bench.example", ...(body === undefined ? {} : { body: Buffer.from(body) }) });
  if (answer.status !== status) throw new Error(`${method} ${target} was answered ${answer.status}: ${String(answer.body)}`);
  return String(answer.body);
}

/** A sequence that looks random and is always the same: numbers below 2^32 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Paths of requests over what was filled, spread over all hubs. */
export function targetsOf({ hubs, rows }: Filled): { readonly get: readonly string[]; readonly list: readonly string[]; readonly post: readonly string[] } {
  const random = randomOf(7);
  const some = <T>(all: readonly T[], count: number): T[] => Array.from({ length: count }, () => all[random() % all.length]!);
  const set = (hub: string): string => `/v1.0/securities/${hub}/secureScores`;
  return {
    get: some(rows, 5000).map(([hub, id]) => `${set(hub)}/${id}`),
    list: some(hubs, 2000).map((hub) => `${set(hub)}?$top=50`),
    post: some(hubs, 2000).map(set),
  };
}

/** Links behind which ten rows of a hub have changed. */
export async function deltaTargets(open: OpenService, { hubs }: Filled): Promise<string[]> {
  const links: string[] = [];
  for (let n = 0; n < 20; n += 1) {
    const set = `/v1.0/securities/${hubs[(n * 37) % hubs.length]!}/secureScores`;
    const told = JSON.parse(await ask(open, "GET", `${set}/delta?$deltatoken=latest`, 200)) as { readonly "@odata.deltaLink": string };
    for (let row = 0; row < 10; row += 1) await ask(open, "POST", set, 201, entity(row));
    links.push(told["@odata.deltaLink"].replace("http://bench.example", ""));
  }
  return links;
}
