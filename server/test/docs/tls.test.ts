import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ask } from "../http/testServer.ts";
import { program, root, runToEnd, startServer, type ServerProcess } from "../process/server.ts";
import { codeBlocks } from "./codeBlocks.ts";

const page = join(root, "docs/how-to/tls.md");
const isThere = (command: string): boolean => spawnSync(command, ["--version"]).error === undefined;
const blockOf = (info: string): string => codeBlocks(page).find((block) => block.info === info)!.text;

async function serve(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-docs-tls-"));
  const server = await startServer({ command: [...program, "start"], data, env });
  onTestFinished(async () => {
    await server.kill();
    rmSync(data, { recursive: true, force: true });
  });
  return server;
}

/** GET with one trusted authority. */
function trusting(url: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, agent: false }, (reply) => reply.resume().on("end", () => resolve(reply.statusCode!)));
    sent.on("error", reject).end();
  });
}

test.skipIf(!isThere("python3"))("the local CA, trusted by Python (needs python3)", async () => {
  const { data, tlsPort } = await serve();
  const script = `secgraph() { npm run -s secgraph -- "$@"; }\n${blockOf("sh python").replaceAll("localhost:7443", `localhost:${tlsPort}`)}`;
  const { code, stdout } = await runToEnd({ command: ["bash", "-eu", "-c", script], env: { SECGRAPH_DATA: data } });
  expect([code, stdout.trim()]).toEqual([0, '{"status":"ready"}']);
});

test.skipIf(!isThere("openssl"))("a certificate of one's own (needs openssl)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-docs-own-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect(spawnSync("bash", ["-eu", "-c", blockOf("sh openssl")], { cwd: folder }).status).toBe(0);
  const { tlsPort } = await serve({ SECGRAPH_TLS_CERT: join(folder, "hub.pem"), SECGRAPH_TLS_KEY: join(folder, "hub-key.pem") });
  expect(await trusting(`https://localhost:${tlsPort}/healthz`, readFileSync(join(folder, "hub.pem"), "utf8"))).toBe(200);
});

describe("behind a reverse proxy", () => {
  /** Passes requests on as the page's nginx does, without the path of the public URL. */
  async function startProxy(target: number): Promise<number> {
    const proxy = createServer((incoming, outgoing) => {
      const headers = { ...incoming.headers, host: "127.0.0.1", "x-forwarded-for": "203.0.113.7" };
      const path = incoming.url!.replace(/^\/graph/, "");
      const passed = httpRequest({ host: "127.0.0.1", port: target, path, method: incoming.method, headers }, (reply) => {
        outgoing.writeHead(reply.statusCode!, reply.headers);
        reply.pipe(outgoing);
      });
      incoming.pipe(passed);
    });
    await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    return (proxy.address() as AddressInfo).port;
  }

  test("links, issuer and audience are the public URL's; nobody outside counts as this machine", async () => {
    const publicUrl = "https://hub.contoso.com/graph";
    const { port } = await serve({ SECGRAPH_TLS_PORT: "off", SECGRAPH_PUBLIC_URL: publicUrl });
    const proxy = await startProxy(port);
    const get = async (path: string): Promise<Record<string, unknown>> => (await ask(proxy, `/graph${path}`)).json() as Record<string, unknown>;
    expect(await get("/healthz")).toEqual({ status: "ok" });
    expect((await get("/v1.0/"))["@odata.context"]).toBe(`${publicUrl}/v1.0/$metadata`);
    expect(await get("/demo.localtest/v2.0/.well-known/openid-configuration")).toMatchObject({
      issuer: expect.stringMatching(/^https:\/\/hub\.contoso\.com\/graph\/[\da-f-]{36}\/v2\.0$/),
      token_endpoint: `${publicUrl}/demo.localtest/oauth2/v2.0/token`,
    });
    expect((await ask(proxy, "/graph/metrics")).status).toBe(401);
    expect((await ask(proxy, "/graph/")).bytes.toString()).not.toContain("Client secret");
    expect((await ask(port, "/metrics")).status).toBe(200);
  });
});
