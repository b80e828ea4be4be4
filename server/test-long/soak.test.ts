import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { crashEnv } from "../test/process/crashRounds.ts";
import { inspectFile } from "../test/process/inspectFile.ts";
import { program, startServer } from "../test/process/server.ts";
import { tokenOf } from "../test/process/tokenOf.ts";
import { exchange, type Peer } from "../test/process/exchange.ts";
import { Agent } from "node:http";

/** How long it runs: `SOAK_MINUTES=60 npm run test:long -- soak`. The slope is held to its promise from an hour on; before that it is noise. */
const minutes = Number(process.env["SOAK_MINUTES"] ?? "1");
const promised = { megabytesPerHour: 1, fromMinutes: 60 };

const data = mkdtempSync(join(tmpdir(), "secgraph-soak-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const scores = "/v1.0/security/secureScores";
const kept = 200;

interface Work {
  readonly peer: Peer;
  headers: Readonly<Record<string, string>>;
  readonly faults: string[];
  requests: number;
  over: boolean;
}

async function send(work: Work, method: string, path: string, body?: object): Promise<any> {
  const { peer, headers } = work;
  const answer = await exchange(peer, { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  work.requests += 1;
  if (answer === undefined || answer.status >= 300) work.faults.push(`${method} ${path}: ${answer?.status} ${answer?.text?.slice(0, 200)}`);
  return answer?.text === undefined || answer.text === "" ? {} : JSON.parse(answer.text);
}

/** Creates, changes and removes: what is stored stays of one size. */
async function write(work: Work, name: string): Promise<void> {
  const ids: string[] = [];
  for (let count = 0; !work.over; count += 1) {
    const vendorInformation = { vendor: "Contoso", provider: "Soak", subProvider: `${name}-${count}` };
    const { id } = await send(work, "POST", scores, { currentScore: count % 50, maxScore: 50, vendorInformation, enabledServices: ["one", "two"] });
    ids.push(id);
    await send(work, "PATCH", `${scores}('${id}')`, { currentScore: 1 });
    if (ids.length > kept) await send(work, "DELETE", `${scores}('${ids.shift()}')`);
  }
}

async function read(work: Work): Promise<void> {
  const requests = [{ id: "1", method: "GET", url: "/security/secureScores?$top=1" }];
  while (!work.over) {
    const { value } = await send(work, "GET", `${scores}?$top=20&$count=true`);
    if (value?.length > 0) await send(work, "GET", `${scores}?$filter=id%20eq%20'${value[0].id}'&$select=id,currentScore`);
    await send(work, "GET", `${scores}?$filter=enabledServices/any(s:s%20eq%20'one')&$top=5`);
    await send(work, "GET", `${scores}?$filter=contains(vendorInformation/subProvider,'9')&$top=5`);
    await send(work, "POST", "/v1.0/$batch", { requests });
  }
}

/** Megabytes of the process that are no mapped file. */
function memoryOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

type Sample = readonly [hours: number, megabytes: number];

/** Samples of a stretch, two minutes: within one, garbage comes and goes. */
const stretch = 60;

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * Megabytes per hour over the later two thirds: the median of the slopes between any two stretches (Theil and Sen), each
 * with its median. Garbage makes it rise and fall by tens of megabytes, and where the machine holds the server up, V8
 * gives its young generation back for a while: neither is a slope, and least squares would take both for one.
 */
function slopeOf(samples: readonly Sample[]): number {
  const late = samples.slice(Math.floor(samples.length / 3));
  const points = inStretches(late, stretch).map((part): Sample => [median(part.map(([at]) => at)), median(part.map(([, megabytes]) => megabytes))]);
  return median(points.flatMap(([from, before], index) => points.slice(index + 1).map(([to, after]) => (after - before) / (to - from))));
}

function inStretches(samples: readonly Sample[], length: number): readonly (readonly Sample[])[] {
  return Array.from({ length: Math.ceil(samples.length / length) }, (_, index) => samples.slice(index * length, (index + 1) * length));
}

/** The median of each tenth of the time, rounded. */
function tenths(samples: readonly Sample[]): readonly number[] {
  return inStretches(samples, Math.ceil(samples.length / 10)).map((part) => Math.round(median(part.map(([, megabytes]) => megabytes))));
}

test.skipIf(process.platform !== "linux")(
  "a server under steady work for a while: no request fails, and its memory does not grow",
  { timeout: (minutes + 5) * 60_000 },
  async () => {
    const server = await startServer({ command: [...program, "emulator"], data, env: crashEnv });
    const { pid } = JSON.parse(readFileSync(join(data, "lock"), "utf8")) as { readonly pid: number };
    const peer: Peer = { port: server.port, agent: new Agent({ keepAlive: true }) };
    const work: Work = { peer, headers: {}, faults: [], requests: 0, over: false };
    const renew = async (): Promise<void> => void (work.headers = { Authorization: `Bearer ${await tokenOf(peer, data)}`, "Content-Type": "application/json" });
    await renew();
    const working = [write(work, "w1"), write(work, "w2"), read(work), read(work)];
    const samples: Sample[] = [];
    const begun = performance.now();
    const hours = (): number => (performance.now() - begun) / 3600_000;
    for (let count = 1; hours() * 60 < minutes && work.faults.length === 0; count += 1) {
      await sleep(2_000);
      samples.push([hours(), memoryOf(pid)]);
      if (count % 600 === 0) await renew();
    }
    work.over = true;
    await Promise.all(working);
    peer.agent.destroy();
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(0);
    const slope = slopeOf(samples);
    const sizes = samples.map(([, megabytes]) => megabytes);
    console.log(
      `soak: ${minutes} minutes, ${work.requests} requests, ${work.faults.length} failed; memory ${Math.round(sizes[0]!)} MB at first, ${Math.round(sizes.at(-1)!)} MB at last, at most ${Math.round(Math.max(...sizes))} MB, slope ${slope.toFixed(1)} MB/h; medians of the tenths of the time: ${tenths(samples).join(", ")} MB`,
    );
    expect(work.faults.slice(0, 5)).toEqual([]);
    expect(inspectFile(join(data, "secgraph.sqlite")).faults).toEqual([]);
    if (minutes >= promised.fromMinutes) expect(slope).toBeLessThan(promised.megabytesPerHour);
  },
);
