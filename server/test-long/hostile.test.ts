import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { exchange, type Peer, type Received } from "../test/process/exchange.ts";
import { program, startServer } from "../test/process/server.ts";

const scores = "/v1.0/security/secureScores";

interface Hub {
  readonly port: number;
  readonly token: string;
  readonly ask: (method: string, path: string, body?: string) => Promise<Received>;
  readonly metric: (name: string) => Promise<number>;
}

async function serve(env: Readonly<Record<string, string>> = {}): Promise<Hub> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-hostile-"));
  const server = await startServer({ command: [...program, "start"], data, env: { SECGRAPH_TLS_PORT: "off", ...env } });
  onTestFinished(async () => {
    await server.kill();
    rmSync(data, { recursive: true, force: true });
  });
  const { port } = server;
  const peer: Peer = { port, agent: new Agent({ keepAlive: true }) };
  const { tenant, clientId, clientSecret } = JSON.parse(readFileSync(join(data, "development.json"), "utf8")) as Readonly<Record<string, string>>;
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId!, client_secret: clientSecret!, scope: "https://graph.microsoft.com/.default" }); // prettier-ignore
  const typed = { "Content-Type": "application/x-www-form-urlencoded" };
  const given = await exchange(peer, { method: "POST", path: `/${tenant ?? "demo.localtest"}/oauth2/v2.0/token`, headers: typed, body: form.toString() });
  const token = (JSON.parse(given!.text!) as { readonly access_token: string }).access_token;
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const ask = async (method: string, path: string, body?: string): Promise<Received> =>
    (await exchange(peer, { method, path, headers, ...(body === undefined ? {} : { body }) }))!;
  const metric = async (name: string): Promise<number> => Number(new RegExp(`^${name} (\\S+)$`, "m").exec((await ask("GET", "/metrics")).text ?? "")?.[1]);
  return { port, token, ask, metric };
}

/** Writes bytes and gives the answer's first line when the server closes. */
function send(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => void socket.write(bytes));
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1"))).on("error", () => undefined);
    socket.on("close", () => resolve(text.split("\r\n")[0]!));
  });
}

test("bombs of 200 MB in every coding, eight at a time: 413, and at most 150 MB more memory", async () => {
  const { port, token, metric } = await serve();
  const zeros = Buffer.alloc(200_000_000);
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  const bombs = { gzip: gzipSync(zeros), deflate: deflateSync(zeros), br: brotliCompressSync(zeros, brotli), zstd: zstdCompressSync(zeros) };
  const before = await metric("process_resident_memory_bytes");
  const load = { over: false };
  let most = before;
  const watch = (async () => {
    while (!load.over) {
      most = Math.max(most, await metric("process_resident_memory_bytes"));
      await sleep(20);
    }
  })();
  for (const [coding, bytes] of Object.entries(bombs)) {
    const head = `POST ${scores} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(port, Buffer.concat([Buffer.from(head), bytes]))));
    expect([coding, ...new Set(answers)]).toEqual([coding, "HTTP/1.1 413 Payload Too Large"]);
  }
  load.over = true;
  await watch;
  console.log(`bombs: ${Math.round((most - before) / 1e6)} MB more memory`);
  expect(most - before).toBeLessThan(150_000_000);
});

const each = 100;
const limits = { headers: 65_000, body: 70_000, write: 70_000, p99: 500, growth: 300_000_000 };

/** A connection, and the milliseconds from its beginning, or from the beginning of an answer, to its end by the server. */
function slowly(port: number, drive: (socket: Socket, restart: () => void) => () => void): Promise<number> {
  let begun = performance.now();
  const restart = (): void => void (begun = performance.now());
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      const stop = drive(socket, restart);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          stop();
          resolve(performance.now() - begun);
        });
    });
  });
}

test(`${3 * each} slow clients, in their headers, bodies and reading: cut in time, others are served, everything is given back`, async () => {
  const { port, token, ask, metric } = await serve();
  const filler = JSON.stringify({ maxScore: 5, vendorInformation: { vendor: "Contoso", provider: "P" }, controlScores: Array.from({ length: 200 }, (_, n) => ({ controlName: `c${n}`, description: "x".repeat(4_000) })) }); // prettier-ignore
  for (let row = 0; row < 6; row += 1) expect((await ask("POST", scores, filler)).status).toBe(201);
  const [memory, files] = [await metric("process_resident_memory_bytes"), await metric("process_open_fds")];
  const authorization = `Authorization: Bearer ${token}\r\n`;

  const drip = (head: string, next: string) => (socket: Socket) => {
    socket.resume().write(head);
    const timer = setInterval(() => void socket.write(next), 1_000);
    return () => clearInterval(timer);
  };
  const kinds = {
    headers: drip("GET /v1.0/security HTTP/1.1\r\nHost: localhost\r\n", "X-Slow: 1\r\n"),
    body: drip(`POST ${scores} HTTP/1.1\r\nHost: localhost\r\n${authorization}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`, " "),
    write: (socket: Socket, restart: () => void) => {
      socket.once("readable", restart).write(`GET ${scores} HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n`);
      // Who does not read notices the end of a connection when it writes; empty lines before a request mean nothing.
      const timer = setInterval(() => void socket.write("\r\n"), 1_000);
      return () => clearInterval(timer);
    },
  };
  const ended = Object.entries(kinds).map(async ([kind, drive]) => [kind, await Promise.all(Array.from({ length: each }, () => slowly(port, drive)))] as const);

  const load = { over: false };
  let most = 0;
  const times: number[] = [];
  const statuses = new Map<number, number>();
  void Promise.all(ended).then(() => (load.over = true));
  await sleep(3_000);
  while (!load.over) {
    const begun = performance.now();
    const { status } = await ask("GET", `${scores}?$top=1&$select=id`);
    times.push(performance.now() - begun);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (times.length % 10 === 0) most = Math.max(most, await metric("process_resident_memory_bytes"));
    await sleep(50);
  }
  const p99 = times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)]!;
  const longest = Object.fromEntries((await Promise.all(ended)).map(([kind, lives]) => [kind, Math.round(Math.max(...lives))]));
  console.log(
    `slow clients: ended after ${JSON.stringify(longest)} ms at most; others ${JSON.stringify([...statuses])}, p99 ${Math.round(p99)} ms; ${Math.round((most - memory) / 1e6)} MB more`,
  );
  expect(longest["headers"]).toBeLessThan(limits.headers);
  expect(longest["body"]).toBeLessThan(limits.body);
  expect(longest["write"]).toBeLessThan(limits.write);
  expect(p99).toBeLessThan(limits.p99);
  expect(most - memory).toBeLessThan(limits.growth);
  expect((statuses.get(200) ?? 0) / times.length).toBeGreaterThan(0.99);
  for (let round = 0; round < 50 && (await metric("process_open_fds")) > files + 5; round += 1) await sleep(100);
  expect(await metric("process_open_fds")).toBeLessThanOrEqual(files + 5);
});

test("large data, scans and large pages: at most 512 MB of memory", async () => {
  const { ask, metric } = await serve({ SECGRAPH_READ_WORKERS: "4" });
  const large = JSON.stringify({ maxScore: 5, vendorInformation: { vendor: "Contoso", provider: "P" }, controlScores: Array.from({ length: 250 }, (_, n) => ({ controlName: `c${n}`, description: "x".repeat(4_000) })) }); // prettier-ignore
  for (let row = 0; row < 300; row += 1) expect((await ask("POST", scores, large)).status).toBe(201);
  let most = 0;
  for (let round = 0; round < 4; round += 1) {
    const filter = `contains(id,'zz${round}') or controlScores/any(a:contains(a/description,'y${round}'))`;
    const scans = Array.from({ length: 8 }, () => ask("GET", `${scores}?$select=id&$filter=${encodeURIComponent(filter)}`));
    const pages = Array.from({ length: 8 }, () => ask("GET", `${scores}?$top=100`));
    for (const { status } of await Promise.all([...scans, ...pages])) expect([200, 503, 504]).toContain(status);
    most = Math.max(most, await metric("process_resident_memory_bytes"));
  }
  console.log(`300 rows of 1 MB: ${Math.round(most / 1e6)} MB`);
  expect(most).toBeLessThan(512e6);
});
