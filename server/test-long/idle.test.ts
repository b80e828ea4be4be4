import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { program, startServer, type ServerProcess } from "../test/process/server.ts";

const wanted = 10_000;
const growth = 300_000_000;

/** Files that a process may open; unknown where there is no /proc. */
function openFiles(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return line?.[2] === "unlimited" ? Number.POSITIVE_INFINITY : Number(line?.[2] ?? 0);
  } catch {
    return 0;
  }
}

function ask(port: number, path: string): Promise<{ readonly status: number; readonly text: string; readonly milliseconds: number }> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode!, text, milliseconds: performance.now() - begin }));
    });
    sent.on("error", reject).end();
  });
}

async function metric(port: number, name: string): Promise<number> {
  const { text } = await ask(port, "/metrics");
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

/** A connection that asked once and then stays. */
function idle(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => void socket.write("GET /v1.0/security HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    socket.once("data", () => resolve(socket)).once("error", reject);
  });
}

async function serve(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-idle-"));
  const server = await startServer({ command: [...program, "start"], data, env: { SECGRAPH_TLS_PORT: "off", ...env } });
  onTestFinished(async () => {
    await server.kill();
    rmSync(data, { recursive: true, force: true });
  });
  return server;
}

test(`${wanted} idle connections: memory bounded, others served, everything given back`, async (context) => {
  if (openFiles() < wanted + 1_000) context.skip(`This machine lets a process open ${openFiles()} files; ${wanted + 1_000} are needed.`);
  const { port } = await serve();
  const [memory, files] = [await metric(port, "process_resident_memory_bytes"), await metric(port, "process_open_fds")];
  const sockets: Socket[] = [];
  while (sockets.length < wanted) sockets.push(...(await Promise.all(Array.from({ length: 250 }, () => idle(port)))));

  const times: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    const { status, milliseconds } = await ask(port, round % 2 === 0 ? "/healthz" : "/v1.0/$metadata");
    expect(status).toBe(200);
    times.push(milliseconds);
  }
  const grown = (await metric(port, "process_resident_memory_bytes")) - memory;
  const slowest = times.toSorted((one, other) => one - other)[98]!;
  console.log(`${wanted} idle connections: ${Math.round(grown / 1e6)} MB more memory, p99 of other requests ${Math.round(slowest)} ms`);
  expect(grown).toBeLessThan(growth);
  expect(slowest).toBeLessThan(500);
  expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);

  for (const socket of sockets) socket.destroy();
  for (let round = 0; round < 50 && (await metric(port, "process_open_fds")) > files + 20; round += 1) await sleep(100);
  expect(await metric(port, "process_open_fds")).toBeLessThan(files + 20);
});

test("beyond the limit of connections health is told, all else is 503; recovery within five seconds", async (context) => {
  if (openFiles() < 2_000) context.skip(`This machine lets a process open ${openFiles()} files; 2000 are needed.`);
  const { port } = await serve({ SECGRAPH_MAX_CONNECTIONS: "500" });
  const sockets = await Promise.all(Array.from({ length: 500 }, () => idle(port)));
  expect([(await ask(port, "/v1.0/$metadata")).status, (await ask(port, "/healthz")).status]).toEqual([503, 200]);
  for (const socket of sockets) socket.destroy();
  const freed = performance.now();
  while ((await ask(port, "/v1.0/$metadata")).status !== 200) await sleep(20);
  expect(performance.now() - freed).toBeLessThan(5_000);
});
