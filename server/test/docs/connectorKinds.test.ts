import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSecrets } from "../../src/base/secrets.ts";
import { readAllowedPrograms } from "../../src/outbox/connectors/exec/allowedPrograms.ts";
import { createConnections } from "../../src/outbox/connectors/createConnections.ts";
import { openHub, type TestHub } from "../wire/hub.ts";
import { codeBlocks } from "./codeBlocks.ts";

const blocks = codeBlocks(join(import.meta.dirname, "../../../docs/how-to/connector-kinds.md"));
const bodies = blocks.filter(({ info }) => info === "json").map(({ text }) => JSON.parse(text) as { readonly kind: string; readonly provider: string });

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub({ secrets: createSecrets(["0123456789abcdef0123456789abcdef"]), programFault: () => undefined });
});
afterAll(() => hub.close());

test("every kind has its example", () => {
  const kinds = new Set(bodies.map(({ kind }) => kind));
  const served = createConnections({ egress: { send: () => Promise.reject(new Error("nothing is called here")) }, clock: Date.now, programs: [] });
  for (const kind of served.keys()) expect([...kinds]).toContain(kind);
});

describe("a body of the page is taken", () => {
  test.each(bodies)("$kind: $provider", async (body) => {
    const { status, json } = await hub.post("/v1.0/security/connectors", body);
    expect([status, json.error]).toEqual([201, undefined]);
    expect(json[body.kind]).toMatchObject(JSON.parse(JSON.stringify((body as Record<string, unknown>)[body.kind] ?? {})));
  });
});

test("the setting of the page is read as it says", () => {
  const [block] = blocks.filter(({ info }) => info === "ini");
  const text = /^SECGRAPH_EXEC_ALLOW=(.*)$/m.exec(block!.text)![1]!;
  expect(readAllowedPrograms(text)).toEqual([{ name: "firewall", path: "/opt/secgraph/firewall.mjs" }]);
});

test("a connector whose settings cannot be is refused with all that is wrong", async () => {
  const body = {
    vendor: "Contoso",
    provider: "Bad",
    kind: "http",
    actions: [{ name: "BlockIp" }],
    http: { url: "https://{parameters.host}/x", method: "GET", body: "{}" },
  };
  const { status, json } = await hub.post("/v1.0/security/connectors", body);
  expect([status, json.error.code, json.error.target]).toEqual([400, "BadRequest", "http/url"]);
  expect(json.error.details.map(({ target }: { target: string }) => target)).toEqual(["http/url", "http/body"]);
});
