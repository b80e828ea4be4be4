import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRemoteKeys } from "../../src/auth/remoteKeys.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { getJson } from "../../src/egress/getJson.ts";
import { openHub, type TestHub } from "../wire/hub.ts";
import { memoryFolder } from "../wire/memoryFolder.ts";
import { watchAttempts } from "./grounds.ts";

/** Something inside of the network that nobody outside shall reach. */
let inside: Server;
let port: number;
let hits: string[] = [];
let hub: TestHub;
const egress = createEgress();
beforeAll(async () => {
  inside = createServer((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    if (request.url === "/keys") response.end('{"keys":[]}');
    else response.writeHead(Number(request.url!.slice(1)) || 200, { location: `http://127.0.0.1:${port}/keys` }).end("{}");
  }).listen(0);
  await new Promise((resolve) => inside.once("listening", resolve));
  port = (inside.address() as AddressInfo).port;
  hub = await openHub({ folder: await memoryFolder() });
});
afterAll(async () => {
  inside.close().closeAllConnections();
  await hub.close();
  await egress.close();
});
beforeEach(() => void (hits = []));

/** This machine, the link and private networks, in every spelling that resolvers take. */
const addresses = [
  "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]",
  "0.0.0.0", "0", "[::]", "169.254.169.254", "[fe80::1]", "[fd00::1]", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.64.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "①②⑦.⓪.⓪.①", "ⓛocalhost",
]; // prettier-ignore

describe("nothing that a client sends makes the server call anybody (OWASP API7, ASVS 1.3.6)", () => {
  const urls = () =>
    addresses.flatMap((address) => [
      `http://${address}:${port}/subscribed`,
      `https://${address}:${port}/subscribed`,
      `http://user:pass@${address}:${port}/subscribed`,
    ]);

  test("a notificationUrl, in any spelling", async () => {
    const tried = watchAttempts();
    for (const notificationUrl of urls()) {
      const body = {
        changeType: "created",
        resource: "security/alerts",
        notificationUrl,
        lifecycleNotificationUrl: notificationUrl,
        expirationDateTime: "2027-01-01T00:00:00Z",
        clientState: "s",
      };
      const answer = await hub.post("/v1.0/subscriptions", body);
      expect([400, 501], answer.text).toContain(answer.status);
    }
    expect(hits).toEqual([]);
    expect(tried).toEqual([]);
  });

  test("addresses in batches, preferences, references, bodies and formats", async () => {
    const tried = watchAttempts();
    for (const url of urls()) {
      const item = (headers: object) => ({ id: "1", method: "GET", url, headers });
      expect([200, 400]).toContain((await hub.post("/v1.0/$batch", { requests: [item({})] })).status);
      const multipart = `--b\r\nContent-Type: application/http\r\n\r\nGET ${url} HTTP/1.1\r\n\r\n\r\n--b--\r\n`;
      expect([200, 400]).toContain(
        (await hub.send("POST", "/v1.0/$batch", { headers: { "Content-Type": "multipart/mixed; boundary=b" }, body: multipart })).status,
      );
      await hub.get("/v1.0/security/secureScores", {
        headers: { Prefer: `respond-async;callback;url="${url}"`, Host: new URL(`http://h`).host, Origin: url, Referer: url, "X-Forwarded-Host": url },
      });
      await hub.get(`/v1.0/security/secureScores?$format=${encodeURIComponent(url)}&$schemaversion=${encodeURIComponent(url)}`);
      await hub.post("/v1.0/security/secureScores", { "@odata.context": url, "@odata.id": url, "vendorInformation@odata.bind": url, maxScore: 1 });
      await hub.post("/v1.0/security/alerts", {
        title: "t",
        sourceMaterials: [url],
        vendorInformation: { vendor: "v", provider: "p" },
        webhook: { "@odata.id": url },
      });
    }
    expect(hits).toEqual([]);
    expect(tried).toEqual([]);
  });
});

describe("where keys are fetched from", () => {
  test("plain http reaches this machine alone, however it is spelled", async () => {
    for (const address of addresses) {
      const url = `http://${address}:${port}/keys`;
      const isHere = URL.canParse(url) && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname);
      const answer = await getJson(egress, url, { timeout: 2_000, bytes: 100 }).then(
        () => "read",
        (error: Error) => error.message,
      );
      if (!isHere) expect(answer, url).toMatch(/is not https|is no address|written in an unusual way/);
    }
    expect(hits.every((hit) => hit === "GET /keys")).toBe(true);
  });

  test.each([
    "http://user:pass@127.0.0.1",
    "http://user@127.0.0.1",
    "http://:pass@127.0.0.1",
    "https://user@127.0.0.1",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "data:application/json,{}",
    "gopher://127.0.0.1",
  ])("%s is not asked", async (url) => {
    await expect(getJson(egress, url.includes("127") ? `${url}:${port}/keys` : url)).rejects.toThrow(/carries credentials|is not https/);
    expect(hits).toEqual([]);
  });

  test.each([300, 301, 302, 303, 307, 308])("a redirect with %i is not followed", async (status) => {
    await expect(getJson(egress, `http://127.0.0.1:${port}/${status}`)).rejects.toThrow(`answered ${status}`);
    expect(hits).toEqual([`GET /${status}`]);
  });

  test.each([`http://127.0.0.1/keys`, "http://localhost/keys", "file:///keys", "//127.0.0.1/keys", ""])(
    "a discovery document that leads to %s is not followed",
    async (jwks) => {
      const asked: string[] = [];
      const keys = createRemoteKeys({
        discoveryUrl: "https://login.example/.well-known/openid-configuration",
        getJson: async (url) => {
          asked.push(url);
          return { jwks_uri: jwks };
        },
      });
      await expect(keys.find("any")).rejects.toMatchObject({ status: 503 });
      expect(asked).toEqual(["https://login.example/.well-known/openid-configuration"]);
    },
  );
});
