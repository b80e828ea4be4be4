import { STATUS_CODES } from "node:http";
import { problem } from "../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { randomGuid } from "../base/ids.ts";
import { createMemoryRecords } from "../base/memoryRecords.ts";
import type { Records, RecordSet } from "../base/records.ts";
import { handle, type Later, type Outer } from "../handle.ts";

/** A request that is worked on, or was: kept for its caller, who asks for it at its status monitor. */
interface Job {
  readonly tenant: string;
  readonly appId: string;
  readonly user: string | null;
  /** Milliseconds: when the server that works on it last said so. */
  readonly alive: number;
  /** Absent while it is worked on. The body is base64. */
  readonly answer?: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body?: string };
}

/** Answers are kept for an hour, so many of one application; so many of its requests at once are worked on behind their 202. Beyond that it is answered at once. */
const life = { milliseconds: 3_600_000, since: "made" } as const;
const mostKept = 32;
const mostAtOnce = 16;
/** A server says every so often that it still works on a request; one that has not said so for long has ended. */
const heartbeat = 10_000;
const silence = 60_000;
const largest = 4 * 1024 * 1024;

/** What answering later needs beside the App. */
export interface LaterParts {
  readonly records: Records;
  /** Milliseconds, by a clock that is never set anew. */
  readonly steady: () => number;
}

/** Answers that come later are OData's: the graph profile has none. Kept in the memory of this process unless records are given. */
export function laterOf(
  { profile, records }: Partial<LaterParts> & { readonly profile?: string },
  steady: () => number,
): ReturnType<typeof createLater> | undefined {
  return profile === "odata" ? createLater({ records: records ?? createMemoryRecords(steady), steady }) : undefined;
}

/** Requests that are answered later (OData 4.01 Protocol 11.6): 202 with a status monitor, which is their caller's alone. */
function createLater({ records, steady }: LaterParts): Later & { readonly settled: () => Promise<void> } {
  const jobs = records<Job>({ name: "asynchronous requests", life, most: 64, ownerOf: ({ tenant, appId }) => JSON.stringify([tenant, appId]) });
  const running = new Map<Promise<void>, string>();
  return {
    async begin(app, outer, { wait, common }) {
      const { tenant, appId, user } = outer.caller;
      const owner = JSON.stringify([tenant, appId]);
      // Answered later it is worked on like any other, but by an App that answers nothing later.
      const { later: _, ...within } = app;
      const answering = Promise.resolve(handle(within, atOnce(outer.http)));
      const busy = [...running.values()].filter((one) => one === owner).length;
      if (busy >= mostAtOnce || (await jobs.count(owner)) >= mostKept) return answering;
      const first = wait === 0 ? undefined : await arrived(answering, wait);
      if (first !== undefined) return first;
      const id = randomGuid();
      const job: Job = { tenant, appId, user, alive: steady() };
      await jobs.change(id, () => job);
      const work = finish({ id, job, answering }, { jobs, steady });
      running.set(work, owner);
      void work.finally(() => running.delete(work));
      return accepted(monitorUrl(outer, id), { ...common, "Preference-Applied": "respond-async" });
    },
    monitor: (outer, id, common) => monitored(outer, { id, jobs, steady }, common),
    async settled() {
      await Promise.allSettled(running.keys());
    },
  };
}

/** The request without the wish to be answered later. */
function atOnce(http: HttpRequest): HttpRequest {
  const prefer = http.headers["prefer"]?.replaceAll(/(?:^|,)\s*(?:odata\.)?respond-async\b[^,]*/gi, "").replace(/^\s*,/, "");
  // Whoever is told to come back later does not wait at its socket.
  return { ...http, headers: { ...http.headers, prefer: prefer === "" ? undefined : prefer }, presence: undefined };
}

/** What comes within so many seconds; undefined where nothing does. */
async function arrived<T>(promise: Promise<T>, seconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), seconds * 1000)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function monitorUrl({ http, target }: Outer, id: string): string {
  return `${http.baseUrl}${target.root === "" ? "" : `/${target.root}`}/$async/${id}`;
}

function accepted(monitor: string, headers: Readonly<Record<string, string>>): HttpResponse {
  return { status: 202, headers: { ...headers, Location: monitor, "Retry-After": "1" } };
}

interface Working {
  readonly id: string;
  readonly job: Job;
  readonly answering: Promise<HttpResponse>;
}

interface Keeping {
  readonly jobs: RecordSet<Job>;
  readonly steady: () => number;
}

async function finish({ id, job, answering }: Working, { jobs, steady }: Keeping): Promise<void> {
  const beat = setInterval(() => void jobs.change(id, (known) => known && { ...known, alive: steady() }).catch(() => undefined), heartbeat);
  beat.unref();
  try {
    const { status, headers, body } = await answering;
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const answer = bytes !== undefined && bytes.length > largest ? tooLarge(headers) : { status, headers, ...(bytes && { body: bytes.toString("base64") }) };
    // One that was forgotten meanwhile stays so.
    await jobs.change(id, (known) => known && { ...job, alive: steady(), answer });
  } finally {
    clearInterval(beat);
  }
}

function tooLarge(headers: Readonly<Record<string, string>>): Job["answer"] & {} {
  const message = `The answer is larger than ${largest} bytes, which are not kept: ask for smaller pages, or without respond-async.`;
  const error = { error: { code: "BadRequest", message, target: "Prefer" } };
  return { status: 400, headers: { ...headers, "Content-Type": "application/json" }, body: Buffer.from(JSON.stringify(error)).toString("base64") };
}

interface Monitor extends Keeping {
  readonly id: string;
}

/** A status monitor: 202 while the request is worked on, then its answer; DELETE forgets an answer. Throws 404 and 405. */
async function monitored(outer: Outer, { id, jobs, steady }: Monitor, common: Readonly<Record<string, string>>): Promise<HttpResponse> {
  const { http, caller } = outer;
  const job = await jobs.find(id);
  if (job === undefined || !isOf(job, caller) || (job.answer === undefined && steady() - job.alive > silence)) {
    throw problem("notFound", { what: "There is no such request here, or its answer is not kept any longer." });
  }
  const allowed = job.answer === undefined ? "GET" : "GET, DELETE";
  if (http.method === "DELETE" && job.answer !== undefined) {
    await jobs.change(id, () => undefined);
    return { status: 204, headers: common };
  }
  if (http.method !== "GET") throw problem("methodNotAllowed", { allowed }, { headers: { Allow: allowed } });
  if (job.answer === undefined) return accepted(monitorUrl(outer, id), common);
  const isWrapped = /application\/http/i.test(http.headers["accept"] ?? "") || common["OData-Version"] !== "4.01";
  return isWrapped ? wrapped(job.answer, common) : unwrapped(job.answer, common);
}

function isOf({ tenant, appId, user }: Job, caller: Outer["caller"]): boolean {
  return tenant === caller.tenant && appId === caller.appId && user === caller.user;
}

type Answered = NonNullable<Job["answer"]>;

/** 4.0: the whole answer as a message (11.6). */
function wrapped({ status, headers, body }: Answered, common: Readonly<Record<string, string>>): HttpResponse {
  const bytes = Buffer.from(body ?? "", "base64");
  const fields = Object.entries({ ...headers, ...(body === undefined ? {} : { "Content-Length": String(bytes.length) }) });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const own = { ...common, "Content-Type": "application/http", "Content-Transfer-Encoding": "binary" };
  return { status: 200, headers: own, body: Buffer.concat([Buffer.from(head), bytes]) };
}

/** 4.01: the answer itself, its status in `AsyncResult` (8.3.1). */
function unwrapped({ status, headers, body }: Answered, common: Readonly<Record<string, string>>): HttpResponse {
  return { status: 200, headers: { ...headers, ...common, AsyncResult: String(status) }, ...(body === undefined ? {} : { body: Buffer.from(body, "base64") }) };
}
