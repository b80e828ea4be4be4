import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { createEgress } from "../../src/egress/createEgress.ts";
import { getJson } from "../../src/egress/getJson.ts";

const egress = createEgress();
afterAll(egress.close);

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => server.close().closeAllConnections());
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
}

test("JSON of this machine comes by plain http, with the date of the answer", async () => {
  const url = await serve((_, response) => response.setHeader("Date", "Sun, 22 Nov 2026 12:00:00 GMT").end('{"keys":[]}'));
  expect(await getJson(egress, url)).toEqual({ json: { keys: [] }, date: Date.UTC(2026, 10, 22, 12) });
  expect((await getJson(egress, url.replace("127.0.0.1", "localhost"))).json).toEqual({ keys: [] });
});

test.each([
  ["http://keys.example/", "is not https"],
  ["http://127.0.0.1.evil.example/", "is not https"],
  ["http://10.0.0.1/", "is not https"],
  ["file:///etc/passwd", "is not https"],
  ["https://user:pass@keys.example/", "carries credentials"],
  ["keys", "is no address"],
])("%s is not asked", async (url, fault) => {
  await expect(getJson(egress, url)).rejects.toThrow(fault);
});

test.each(["https://169.254.169.254/latest", "https://[fd00:ec2::254]/", "https://168.63.129.16/", "https://0.0.0.0/", "https://224.0.0.1/"])(
  "%s is nobody's issuer, whoever configured it",
  async (url) => {
    await expect(getJson(egress, url)).rejects.toMatchObject({ reason: "forbidden", sent: "never" });
  },
);

test("localhost is this machine or nothing", async () => {
  const elsewhere = createEgress({ resolveHost: () => Promise.resolve(["127.0.0.1", "10.0.0.1"]) });
  onTestFinished(elsewhere.close);
  await expect(getJson(elsewhere, "http://localhost:9/")).rejects.toMatchObject({ reason: "forbidden" });
});

test("redirects are not followed, other answers and long ones refused", async () => {
  let asked = 0;
  const moved = await serve((_, response) => {
    asked += 1;
    response.writeHead(302, { location: "/elsewhere" }).end("{}");
  });
  await expect(getJson(egress, moved)).rejects.toThrow("answered 302");
  expect(asked).toBe(1);
  const long = await serve((_, response) => response.end(JSON.stringify("x".repeat(2_000))));
  await expect(getJson(egress, long, { timeout: 1_000, bytes: 1_000 })).rejects.toThrow("larger than 1000 bytes");
  await expect(getJson(egress, await serve((_, response) => response.end("<html>")))).rejects.toThrow("not valid JSON");
});

test("a server that never answers is left", async () => {
  const silent = await serve(() => undefined);
  await expect(getJson(egress, silent, { timeout: 100, bytes: 1_000 })).rejects.toThrow(/did not answer in time/);
});
