import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { createDisk, skippedWithoutDisk } from "../test/disk/disk.ts";
import { crashEnv } from "../test/process/crashRounds.ts";
import { exchange, type Peer, type Received } from "../test/process/exchange.ts";
import { inspectFile } from "../test/process/inspectFile.ts";
import { program, startServer, type ServerProcess } from "../test/process/server.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-clock-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const hour = 3600_000;
const jumps = [hour, 0, -hour, 0, 24 * hour, 0, -24 * hour, 0, 24 * hour, -24 * hour, hour, -hour, 0];
const scores = "/v1.0/security/secureScores";

/** What the clients together have seen. */
interface Seen {
  readonly faults: string[];
  writes: number;
  changes: number;
  pages: number;
  newTokens: number;
  over: boolean;
}

/** A client whose token may end when the clock jumps: it fetches another then, as SDKs do. */
function openClient({ port, data }: ServerProcess, seen: Seen) {
  const peer: Peer = { port, agent: new Agent({ keepAlive: true }) };
  const { clientId, clientSecret } = JSON.parse(readFileSync(join(data, "development.json"), "utf8")) as Readonly<Record<string, string>>;
  let token = "";

  async function renew(): Promise<void> {
    const form = { grant_type: "client_credentials", client_id: clientId!, client_secret: clientSecret!, scope: "http://hub.example/.default" };
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await exchange(peer, { method: "POST", path: "/demo.localtest/oauth2/v2.0/token", headers, body: new URLSearchParams(form).toString() });
    if (answer?.status !== 200) seen.faults.push(`No token: ${answer?.status} ${answer?.text}`);
    token = (JSON.parse(answer?.text ?? "{}") as { readonly access_token?: string }).access_token ?? "";
    seen.newTokens += 1;
  }
  async function send(method: string, path: string, more: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {}) {
    for (let attempt = 0; ; attempt += 1) {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Prefer: "return=representation", ...more.headers };
      const answer = await exchange(peer, { method, path, headers, ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }) });
      // A jump between the two may end the new one as well.
      if (answer?.status !== 401 || attempt === 3) return answer;
      await renew();
    }
  }
  return { send, end: () => peer.agent.destroy() };
}

type Client = ReturnType<typeof openClient>;

const isWrong = (seen: Seen, what: string, answer: Received | undefined, ...statuses: readonly number[]): boolean => {
  if (answer !== undefined && statuses.includes(answer.status)) return false;
  seen.faults.push(`${what}: ${answer?.status ?? "no answer"} ${answer?.text?.slice(0, 300) ?? ""}`);
  return true;
};

const body = (mark: string) => ({ currentScore: 1, maxScore: 2, vendorInformation: { vendor: "Contoso", provider: "Clock", subProvider: mark } });

/** Creates under keys, repeats each, changes under tags: the same answer, and no tag good twice. */
async function write(client: Client, name: string, seen: Seen): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let count = 1; !seen.over; count += 1) {
    const once = { body: body(`${name}-${count}`), headers: { "Idempotency-Key": `${name}-${count}` } };
    const made = await client.send("POST", scores, once);
    if (isWrong(seen, "create", made, 201)) continue;
    const { id } = JSON.parse(made!.text!) as { readonly id: string };
    const again = await client.send("POST", scores, once);
    if (!isWrong(seen, "create again", again, 201) && (JSON.parse(again!.text!) as { readonly id: string }).id !== id) seen.faults.push(`created twice: ${id}`);
    ids.push(id);
    seen.writes += 1;
    const path = `${scores}('${id}')`;
    const changed = await client.send("PATCH", path, { body: { currentScore: 2 }, headers: { "If-Match": made!.headers.etag! } });
    isWrong(seen, "change", changed, 200);
    isWrong(
      seen,
      "change under an old tag",
      await client.send("PATCH", path, { body: { currentScore: 3 }, headers: { "If-Match": made!.headers.etag! } }),
      412,
    );
    isWrong(seen, "read again", await client.send("GET", path, { headers: { "If-None-Match": changed?.headers.etag ?? "" } }), 304);
    seen.changes += 1;
  }
  return ids;
}

/** Reads from the first page to the last, again and again: every row of the start once. */
async function page(client: Client, order: string, { seen, known }: { readonly seen: Seen; readonly known: readonly string[] }): Promise<void> {
  while (!seen.over) {
    const met = new Map<string, number>();
    for (let next: string | undefined = `${scores}?$top=20&$select=id${order}`; next !== undefined;) {
      const answer = await client.send("GET", next);
      if (isWrong(seen, `page ${order}`, answer, 200)) break;
      seen.pages += 1;
      const { value, ["@odata.nextLink"]: link } = JSON.parse(answer!.text!) as {
        readonly value: readonly { readonly id: string }[];
        "@odata.nextLink"?: string;
      };
      for (const { id } of value) met.set(id, (met.get(id) ?? 0) + 1);
      next = link?.slice(new URL(link).origin.length);
      if (next === undefined) seen.faults.push(...known.filter((id) => met.get(id) !== 1).map((id) => `${id} was met ${met.get(id) ?? 0} times`));
      // Slow enough that jumps come between pages, and soon done where the set has grown.
      await sleep(seen.over ? 0 : 20);
    }
  }
}

test.skipIf(skippedWithoutDisk())(
  "the clock of a running server jumps by an hour and a day, there and back: clients notice no more than that tokens end",
  async () => {
    const disk = createDisk({ folder: temp });
    const server = await startServer({ command: [...program, "emulator"], data: temp, env: { ...crashEnv, ...disk.env } });
    const seen: Seen = { faults: [], writes: 0, changes: 0, pages: 0, newTokens: 0, over: false };
    const client = openClient(server, seen);
    const known: string[] = [];
    for (let count = 0; count < 100; count += 1) {
      const made = await client.send("POST", scores, { body: body(`known-${count}`) });
      if (!isWrong(seen, "create", made, 201)) known.push((JSON.parse(made!.text!) as { readonly id: string }).id);
    }
    const writing = ["w1", "w2", "w3", "w4"].map((name) => write(client, name, seen));
    const paging = ["", "&$orderby=createdDateTime", "&$orderby=id"].map((order) => page(client, order, { seen, known }));
    for (const by of jumps) {
      disk.set(`clock ${by}`);
      await sleep(2_000);
      const health = await fetch(`http://127.0.0.1:${server.port}/healthz`);
      const date = Date.parse(health.headers.get("date") ?? "");
      if (Math.abs(date - Date.now() - by) > 5_000) seen.faults.push(`The server's clock is off by ${date - Date.now()} ms, wanted was ${by}.`);
    }
    seen.over = true;
    const ids = await Promise.all(writing);
    await Promise.all(paging);
    client.end();
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(0);
    for (const own of ids) if (own.join() !== own.toSorted().join()) seen.faults.push("The ids of a writer do not grow.");
    const all = [...known, ...ids.flat()];
    if (new Set(all).size !== all.length) seen.faults.push("An id was given twice.");
    console.log(
      `clock jumps: ${jumps.length} jumps, ${seen.writes} creates repeated under their keys, ${seen.changes} changes under tags, ${seen.pages} pages, ${seen.newTokens} tokens fetched: ${seen.faults.length} faults`,
    );
    expect(seen.faults.slice(0, 10)).toEqual([]);
    expect(inspectFile(join(temp, "secgraph.sqlite")).faults).toEqual([]);
  },
  300_000,
);

test.skipIf(skippedWithoutDisk())(
  "rates and locks against guessing last as long as they say, whatever the clock does",
  async () => {
    const data = mkdtempSync(join(temp, "rates-"));
    const disk = createDisk({ folder: data });
    const env = { ...crashEnv, ...disk.env, SECGRAPH_RATE_READS: "120" };
    const server = await startServer({ command: [...program, "emulator"], data, env });
    const seen: Seen = { faults: [], writes: 0, changes: 0, pages: 0, newTokens: 0, over: false };
    const client = openClient(server, seen);
    const waits: number[] = [];
    for (const by of [0, hour, -hour, 24 * hour, -24 * hour]) {
      disk.set(`clock ${by}`);
      let answer: Received | undefined;
      for (let count = 0; count < 200; count += 1) {
        answer = await client.send("GET", `${scores}/$count`);
        if (answer?.status === 429) break;
      }
      isWrong(seen, `rate with the clock off by ${by}`, answer, 429);
      waits.push(Number(answer?.headers["retry-after"]));
    }
    const wait = Math.max(...waits);
    disk.set("clock -86400000");
    await sleep(wait * 1000);
    isWrong(seen, "after the wait that was told", await client.send("GET", `${scores}/$count`), 200);
    client.end();
    await server.kill();
    console.log(`rates under clock jumps: told to wait ${waits.join(", ")} s, ${seen.faults.length} faults`);
    expect(seen.faults).toEqual([]);
    expect(wait).toBeLessThanOrEqual(60);
  },
  300_000,
);
