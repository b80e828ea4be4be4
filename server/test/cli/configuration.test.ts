import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createAddresses } from "../../src/cli/addresses.ts";
import { readConfiguration } from "../../src/cli/configuration.ts";
import type { Mode } from "../../src/cli/configuration.ts";
import { configurationPage } from "../../../tools/docs/configuration.ts";

const read = (mode: Mode, env: Record<string, string> = {}, flags: Record<string, string> = {}) => readConfiguration(mode, { flags, env });
const entra = { SECGRAPH_ISSUER: "https://login.example/t/v2.0", SECGRAPH_AUDIENCE: "api://hub", SECGRAPH_TENANTS: "t" };

test("development needs nothing and stays on this machine", () => {
  expect(read("development")).toMatchObject({
    port: 7080,
    tlsPort: 7443,
    hosts: ["127.0.0.1", "::1"],
    builtinIssuer: true,
    tenants: "*",
    placeholders: ["v1.0", "beta", "localtest"],
    budgets: { bodyBytes: 4_194_304 },
    drainSeconds: 0,
  });
});

test("flags win over the environment", () => {
  expect(read("development", { PORT: "1", SECGRAPH_BODY_BYTES: "2048" }, { port: "2" })).toMatchObject({ port: 2, budgets: { bodyBytes: 2048 } });
});

test("production with an outside issuer, and on its own", () => {
  expect(read("production", entra)).toMatchObject({
    builtinIssuer: false,
    issuer: [entra.SECGRAPH_ISSUER],
    tenants: ["t"],
    placeholders: ["localtest"],
    seed: false,
    drainSeconds: 5,
  });
  expect(read("production", { SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "*" })).toMatchObject({ builtinIssuer: true, tenants: "*" });
});

const faults: readonly (readonly [string, Mode, Record<string, string>, string])[] = [
  ["a port that is none", "development", { PORT: "70000" }, "PORT is '70000'; expected a whole number from 0 to 65535."],
  ["an unknown profile", "development", { SECGRAPH_PROFILE: "xml" }, "SECGRAPH_PROFILE is 'xml'; expected graph or odata."],
  [
    "an unknown refusal",
    "development",
    { SECGRAPH_FAITHFUL: "roots,all" },
    "SECGRAPH_FAITHFUL is 'roots,all'; expected roots, permissions, providers or batch.",
  ],
  ["a public URL with a query", "development", { SECGRAPH_PUBLIC_URL: "https://h/?a" }, "expected an http(s) address without query"],
  ["an open development server", "development", { SECGRAPH_HOST: "0.0.0.0" }, "SECGRAPH_DEV_REMOTE=1"],
  [
    "no authentication beyond this machine",
    "development",
    { SECGRAPH_HOST: "0.0.0.0", SECGRAPH_DEV_REMOTE: "1", SECGRAPH_AUTH: "none" },
    "for this machine only",
  ],
  ["no authentication in production", "production", { ...entra, SECGRAPH_AUTH: "none" }, "development mode only"],
  ["production without an issuer", "production", { SECGRAPH_TENANTS: "*" }, "SECGRAPH_ISSUER"],
  ["an outside issuer without tenants", "production", { ...entra, SECGRAPH_TENANTS: "" }, "SECGRAPH_TENANTS"],
  ["the same in development", "development", { ...entra, SECGRAPH_TENANTS: "" }, "SECGRAPH_TENANTS"],
  ["an outside issuer without audience", "production", { ...entra, SECGRAPH_AUDIENCE: "" }, "SECGRAPH_AUDIENCE"],
  ["keys without an issuer", "development", { SECGRAPH_JWKS: "keys.json" }, "SECGRAPH_ISSUER"],
  ["half a certificate", "development", { SECGRAPH_TLS_CERT: "a.pem" }, "go together"],
];
test.each(faults)("%s is refused", (_, mode, env, text) => {
  expect(() => read(mode, env)).toThrow(text);
});

describe("addresses", () => {
  const of = (env: Record<string, string> = {}) => createAddresses(read("development", env));

  test("every name of this machine, by the ports that were opened", () => {
    const addresses = of({ PORT: "0", SECGRAPH_TLS_PORT: "0" });
    addresses.opened({ port: 81, tlsPort: 443 });
    expect(addresses.issuerBases()).toEqual(["https://localhost", "https://127.0.0.1", "https://[::1]"]);
    expect(addresses.audiences()).toEqual([
      "https://localhost",
      "https://127.0.0.1",
      "https://[::1]",
      "http://localhost:81",
      "http://127.0.0.1:81",
      "http://[::1]:81",
      "https://graph.microsoft.com",
      "00000003-0000-0000-c000-000000000000",
    ]);
    expect(addresses.usual()).toEqual({ http: "http://localhost:81", https: "https://localhost" });
  });

  test("a plain request belongs to the TLS issuer of the same name, an unknown one to the usual", () => {
    const { issuerBaseFor } = of();
    expect(issuerBaseFor("https://127.0.0.1:7443")).toBe("https://127.0.0.1:7443");
    expect(issuerBaseFor("http://127.0.0.1:7080")).toBe("https://127.0.0.1:7443");
    expect(issuerBaseFor("https://evil.example")).toBe("https://localhost:7443");
  });

  test("the public URL comes first; without TLS the plain address issues", () => {
    expect(of({ SECGRAPH_PUBLIC_URL: "https://hub.example.com/" }).issuerBaseFor("https://hub.example.com")).toBe("https://hub.example.com");
    expect(of({ SECGRAPH_PUBLIC_URL: "https://hub.example.com" }).usual().https).toBe("https://hub.example.com");
    expect(of({ SECGRAPH_TLS_PORT: "off" }).issuerBases()[0]).toBe("http://localhost:7080");
  });
});

test("docs/reference/configuration.md says what the table says (node run.mjs tools/docs/write.ts)", () => {
  expect(readFileSync(join(import.meta.dirname, "../../../docs/reference/configuration.md"), "utf8")).toBe(configurationPage());
});
