import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { exchange } from "./exchange.ts";
import type { Received } from "./exchange.ts";
import { inShell, postAsPrinted, printed } from "./printed.ts";
import { program, root, runToEnd, startServer, waitFor } from "./server.ts";
import type { ServerProcess } from "./server.ts";

// A folder that a shell would take apart if the printed lines did not quote it.
const temp = mkdtempSync(join(tmpdir(), "secgraph start's $HOME "));
afterAll(() => rmSync(temp, { recursive: true, force: true }));
const folder = (name: string): string => {
  mkdirSync(join(temp, name), { recursive: true });
  return join(temp, name);
};

const patience = 120_000;
const start = [...program, "start"];

async function get({ port }: ServerProcess, path: string, token?: string): Promise<Received | undefined> {
  const agent = new Agent();
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return exchange({ port, agent }, { method: "GET", path, headers });
}

async function stop(server: ServerProcess): Promise<number | null> {
  server.signal("SIGTERM");
  return (await server.ended).code;
}

describe("npm start", () => {
  test(
    "prints lines that work as they stand, in a shell, from another folder; what they made survives a restart (R192)",
    { timeout: 2 * patience },
    async () => {
      const data = folder("data");
      const first = await startServer({ command: ["npm", "start"], folder: root, data, env: { SECGRAPH_SEED: "" }, patience });
      const id = await postAsPrinted(first);
      const token = (await inShell(await printed(first, "A token"))).stdout.trim();
      expect(token.split(".")).toHaveLength(3);
      const path = `/v1.0/security/secureScores/${id}`;
      const before = await get(first, path, token);
      expect(before?.status).toBe(200);
      await stop(first);

      const second = await startServer({ command: ["npm", "start"], folder: root, data, env: { PORT: String(first.port) }, patience });
      const later = (await inShell(await printed(second, "A token"))).stdout.trim();
      const after = await get(second, path, later);
      expect([after?.status, after?.text, after?.headers.etag]).toEqual([200, before?.text, before?.headers.etag]);
      await stop(second);
    },
  );
});

describe("start", () => {
  test("a taken port is one clear line and exit code 1", { timeout: patience }, async () => {
    const server = await startServer({ command: start, data: folder("first") });
    const env = { SECGRAPH_DATA: folder("second"), PORT: String(server.port), SECGRAPH_TLS_PORT: "0", SECGRAPH_SEED: "off" };
    const { code, stdout, stderr } = await runToEnd({ command: start, env });
    expect(stdout).toBe("");
    expect(stderr).toBe(
      `secgraph: Port ${server.port} on 127.0.0.1 is taken by another program. Set PORT (--port) to another one, or to 0 for any free one.\n`,
    );
    expect(code).toBe(1);
    const tls = await runToEnd({ command: start, env: { ...env, PORT: "0", SECGRAPH_TLS_PORT: String(server.tlsPort) } });
    expect([tls.code, tls.stderr.split("\n").length]).toEqual([1, 2]);
    expect(tls.stderr).toMatch(/^secgraph: Port \d+ on 127\.0\.0\.1 is taken by another program\. Set SECGRAPH_TLS_PORT /);
    expect(await stop(server)).toBe(0);
  });

  test("a data folder that is in use is refused in one line; the server that has it goes on", { timeout: patience }, async () => {
    const data = folder("shared");
    const server = await startServer({ command: start, data });
    const { code, stdout, stderr } = await runToEnd({ command: start, env: { SECGRAPH_DATA: data, PORT: "0", SECGRAPH_TLS_PORT: "0" } });
    expect([code, stdout, stderr.split("\n").length]).toEqual([1, "", 2]);
    expect(stderr).toMatch(
      /^secgraph: The data folder .+ is in use by process \d+ \(https:\/\/localhost:\d+\)\. Stop it first, or choose another folder with --data\.$/m,
    );
    expect((await get(server, "/healthz"))?.status).toBe(200);
    expect(await stop(server)).toBe(0);
  });

  test("a wrong setting is one line", { timeout: patience }, async () => {
    const { code, stdout, stderr } = await runToEnd({ command: [...start, "--port", "many"], env: { SECGRAPH_DATA: folder("wrong") } });
    expect([code, stdout, stderr]).toEqual([1, "", "secgraph: --port is 'many'; expected a whole number from 0 to 65535.\n"]);
  });

  test("--auth none works on this machine without a token, with the printed line too", { timeout: patience }, async () => {
    const server = await startServer({ command: [...start, "--auth", "none"], data: folder("open") });
    const id = await postAsPrinted(server);
    const read = await get(server, `/v1.0/security/secureScores/${id}`);
    expect([read?.status, (JSON.parse(read?.text ?? "{}") as { readonly id?: string }).id]).toEqual([200, id]);
    expect(await stop(server)).toBe(0);
  });

  test("while it drains a second signal ends it at once; SIGINT does not drain", { timeout: patience }, async () => {
    const env = { SECGRAPH_DRAIN_SECONDS: "600" };
    const draining = await startServer({ command: [...start, "--auth", "none"], data: folder("twice"), env });
    const readiness = async (): Promise<number | undefined> => (await get(draining, "/readyz"))?.status;
    draining.signal("SIGTERM");
    await waitFor(async () => ((await readiness()) === 503 ? true : undefined), { group: draining, patience });
    expect((await get(draining, "/v1.0/security/secureScores"))?.status).toBe(200);
    draining.signal("SIGTERM");
    expect((await draining.ended).code).toBe(1);
    const interrupted = await startServer({ command: [...start, "--auth", "none"], data: folder("interrupted"), env });
    interrupted.signal("SIGINT");
    expect((await interrupted.ended).code).toBe(0);
  });

  test("SIGTERM lets the request end that runs, and exits with 0", { timeout: patience }, async () => {
    const server = await startServer({ command: [...start, "--auth", "none"], data: folder("drain") });
    const socket = connect(server.port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += String(chunk)));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const body = JSON.stringify({ currentScore: 1, maxScore: 2, vendorInformation: { provider: "Drain", vendor: "Contoso" } });
    const head = [
      "POST /v1.0/security/secureScores HTTP/1.1",
      "Host: localhost",
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "Expect: 100-continue",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 10)}`);
    await waitFor(() => (answer === "" ? undefined : true), { group: server, patience });
    expect(answer).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    answer = "";
    server.signal("SIGTERM");
    await waitFor(async () => ((await get(server, "/healthz")) === undefined ? true : undefined), { group: server, patience });
    socket.write(body.slice(10));
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect((await server.ended).code).toBe(0);
  });
});
