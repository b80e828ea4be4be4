import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { getJson } from "../../src/egress/getJson.ts";

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => server.close().closeAllConnections());
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
}

test("JSON of this machine comes by plain http", async () => {
  expect(await getJson(await serve((_, response) => response.end('{"keys":[]}')))).toEqual({ keys: [] });
});

test.each([
  ["http://keys.example/", "is not https"],
  ["http://127.0.0.1.evil.example/", "is not https"],
  ["file:///etc/passwd", "is not https"],
  ["https://user:pass@keys.example/", "carries credentials"],
  ["keys", "is no address"],
])("%s is not asked", async (url, fault) => {
  await expect(getJson(url)).rejects.toThrow(fault);
});

test("redirects are not followed, other answers and long ones refused", async () => {
  let asked = 0;
  const moved = await serve((_, response) => {
    asked += 1;
    response.writeHead(302, { location: "/elsewhere" }).end("{}");
  });
  await expect(getJson(moved)).rejects.toThrow("answered 302");
  expect(asked).toBe(1);
  const long = await serve((_, response) => response.end(JSON.stringify("x".repeat(2_000))));
  await expect(getJson(long, { timeout: 1_000, bytes: 1_000 })).rejects.toThrow("larger than 1000 bytes");
  await expect(getJson(await serve((_, response) => response.end("<html>")))).rejects.toThrow("not valid JSON");
});

test("a server that never answers is left", async () => {
  const silent = await serve(() => undefined);
  await expect(getJson(silent, { timeout: 100, bytes: 1_000 })).rejects.toThrow(/timeout|aborted/i);
});
