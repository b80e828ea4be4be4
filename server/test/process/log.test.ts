import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { raw } from "../http/testServer.ts";
import { program, runToEnd, startServer } from "./server.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-log-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const patience = 180_000;
const tenant = "11111111-1111-4111-8111-111111111111";

/** Every place of a request in which somebody might put a secret. */
function requestsWith(secret: string): readonly (readonly [string, RequestInit])[] {
  const plain = encodeURIComponent(secret);
  const json = { "content-type": "application/json" };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const fields = ["client_secret", "password", "passwd", "code", "refresh_token", "device_code", "user_code", "client_assertion", "username", "login"];
  const body = `grant_type=client_credentials&client_id=x&${fields.map((field) => `${field}=${plain}`).join("&")}`;
  const oauth = ["token", "devicecode", "authorize", "logout", "login", "signin"].map(
    (name) => [`/${tenant}/oauth2/v2.0/${name}`, { method: "POST", headers: form, body }] as const,
  );
  return [
    ...oauth,
    [`/${tenant}/oauth2/v2.0/authorize?client_id=x&state=${plain}&code_challenge=${plain}`, {}],
    ["/devicelogin", { method: "POST", headers: form, body }],
    ["/v1.0/security/secureScores", { headers: { authorization: `Bearer ${secret}` } }],
    [
      "/v1.0/security/secureScores",
      { headers: { authorization: `Basic ${secret}`, cookie: `session=${secret}`, "client-request-id": secret, "idempotency-key": secret } },
    ],
    [`/v1.0/security/secureScores?access_token=${plain}&$filter=${plain}`, {}],
    [`/v1.0/security/secureScores/${plain}`, {}],
    [`/${plain}`, {}],
    ["/v1.0/security/secureScores", { method: "POST", headers: json, body: `{"secret": "${secret}" oops` }],
    [
      "/v1.0/security/secureScores",
      {
        method: "POST",
        headers: { ...json, traceparent: secret, tracestate: secret, "user-agent": secret, "x-forwarded-for": secret },
        body: JSON.stringify({ [secret]: secret }),
      },
    ],
    [
      "/v1.0/$batch",
      {
        method: "POST",
        headers: json,
        body: JSON.stringify({ requests: [{ id: secret, method: "GET", url: `/security/${plain}`, headers: { authorization: secret } }] }),
      },
    ],
  ];
}

test(
  "no token, secret, password or code is in the log, however it comes, with everything logged; control characters forge no line",
  { timeout: patience },
  async () => {
    const data = join(temp, "data");
    const env = { SECGRAPH_LOG: "debug,json,access", SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "*", SECGRAPH_HOST: "127.0.0.1", SECGRAPH_LGO: "typo" };
    const server = await startServer({ command: [...program, "serve"], data, env });
    const added = await runToEnd({
      command: [...program, "app", "add", "--data", data, "--name", "Prober", "--tenant", tenant, "--roles", "SecurityEvents.ReadWrite.All"],
    });
    const secret = /Client secret {2}(\S+)/.exec(added.stdout)![1]!;
    const clientId = /Client id {6}(\S+)/.exec(added.stdout)![1]!;
    const base = `http://127.0.0.1:${server.port}`;
    const grant = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret: secret, scope: `${base}/.default` });
    const issued = await fetch(`${base}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: grant });
    expect(issued.status).toBe(200);
    const { access_token: token } = (await issued.json()) as { readonly access_token: string };
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const good = await fetch(`${base}/v1.0/security/secureScores?$top=1`, {
      headers: { authorization: `Bearer ${token}`, "client-request-id": "5f0c6d1e-0000-4000-8000-00000000abcd", traceparent },
    });
    expect(good.status).toBe(200);

    const secrets = [token, secret, "Pa55 w\u00f6rd of Ada!", "0.AXoA-code_of-the~flow.1234567890", "a-cookie-value-0123456789"];
    for (const one of secrets) {
      for (const [path, init] of requestsWith(one)) {
        // A header that cannot be sent is no leak.
        await fetch(base + path, { redirect: "manual", ...init }).then(
          (answer) => answer.text(),
          () => undefined,
        );
      }
      await raw(server.port, `GET /v1.0/x HTTP/1.1\r\nHost: ${one}\r\nAuthorization ${one}\r\n\r\n`, 1_000);
      await raw(server.port, `GET /v1.0/\u001b[2J${one}%0d%0a{"level":"info"} HTTP/1.1\r\nHost: x\r\nclient-request-id: a\u0007b\r\n\r\n`, 1_000);
    }
    server.signal("SIGTERM");
    const { code, stdout, stderr } = await server.ended;
    expect([code, stderr]).toEqual([0, ""]);

    for (const one of secrets) {
      for (const form of [one, encodeURIComponent(one), Buffer.from(one).toString("base64").slice(0, 20), one.slice(0, 16)]) expect(stdout).not.toContain(form);
    }
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const often = ["request", "auth.refused", "connection.faulty"];
    expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(often));
    expect(lines.map(({ event }) => event).filter((event) => !often.includes(event as string))).toEqual([
      "server.starting",
      "config.unknown",
      "server.started",
      "server.stopping",
      "server.stopped",
    ]);
    expect(lines.find(({ event }) => event === "config.unknown")).toMatchObject({ variable: "SECGRAPH_LGO" });
    expect(lines.filter(({ event }) => event === "request").length).toBeGreaterThan(secrets.length * 15);
    expect(lines.find(({ clientRequestId }) => clientRequestId === "5f0c6d1e-0000-4000-8000-00000000abcd")).toMatchObject({
      event: "request",
      route: "/security/secureScores",
      status: 200,
      appId: clientId,
      traceId: "0af7651916cd43dd8448eb211c80319c",
    });
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  },
);

test("an SDK that is registered by --import gets a span for each request", { timeout: patience }, async () => {
  const tracer = new URL("./printSpans.ts", import.meta.url).href;
  const server = await startServer({
    command: [...program, "start", "--auth", "none"],
    data: join(temp, "traced"),
    env: { NODE_OPTIONS: `--import=${tracer}` },
  });
  await (await fetch(`http://127.0.0.1:${server.port}/v1.0/security/secureScores`)).text();
  server.signal("SIGTERM");
  const { stderr } = await server.ended;
  expect(stderr).toContain("span GET /security/secureScores\n");
});
