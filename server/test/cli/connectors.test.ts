import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createSecrets } from "../../src/base/secrets.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { ConfigurationFault } from "../../src/cli/configuration.ts";
import { addConnectorCommands } from "../../src/cli/connectors/connectorCommands.ts";
import { applyConfigured } from "../../src/cli/connectors/applyConfigured.ts";
import { tenantId } from "../../src/issuer/tenants.ts";
import { callerOf, openHub, type TestHub } from "../wire/hub.ts";
import { secgraph, startProgram, temporaryFolder } from "./program.ts";

const firewall = {
  vendor: "Contoso",
  provider: "Firewall",
  kind: "http",
  http: { url: "https://fw.example/block" },
  actions: [{ name: "BlockIp", parameters: { properties: { ip: { format: "ip" } }, required: ["ip"] }, example: [{ name: "ip", value: "203.0.113.7" }] }],
  credentials: [{ scheme: "bearer", secret: { env: "FIREWALL_TOKEN" } }],
};

function written(folder: string, name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

/** Runs a command of the group within this process: what it prints, or why it ends. */
async function run(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  try {
    const program = new Command();
    addConnectorCommands(program);
    await program.parseAsync(["connector", ...args], { from: "user" });
    return printed.join("\n");
  } catch (error) {
    if (error instanceof ConfigurationFault) return `refused: ${error.message}`;
    throw error;
  } finally {
    log.mockRestore();
  }
}

describe("secgraph connector", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("makes, shows, turns, tests and removes connectors, with the server stopped and while it runs", async () => {
    vi.stubEnv("FIREWALL_TOKEN", "t0p-s3cret");
    const folder = temporaryFolder();
    const data = ["--data", temporaryFolder()];
    const file = written(folder, "fw.json", firewall);
    const made = await run("add", file, ...data);
    expect(made).toMatch(/^[\da-f-]{36} is made\.$/);
    const id = made.slice(0, 36);
    expect(statSync(join(data[1]!, "secrets.key")).mode & 0o077).toBe(0);
    expect(await run("add", file, "--replace", ...data)).toBe(`${id} is so already.`);
    const server = await startProgram(data[1]!);
    try {
      expect(await run("add", file, ...data)).toMatch(/^refused: refused \(409\)\n  The connector/);
      expect(await run("add", file, "--replace", ...data)).toBe(`${id} is changed.`);
      const shown = await run("show", id, ...data);
      expect(JSON.parse(shown)).toMatchObject({ id, credentials: [{ scheme: "bearer", secret: null }] });
      expect(shown).not.toContain("t0p-s3cret");
      expect(await run("test", id, ...data)).toMatch(/^[\da-f-]{36} is \w+ \(dry run\)\./);
      expect(await run("test", id, "--parameter", "ip=host", ...data)).toMatch(/^refused: refused \(400\)[^]*'ip'/);
      expect(await run("pause", "contoso/firewall", "--reason", "maintenance", ...data)).toBe(`${id} is paused.`);
      expect(await run("list", ...data)).toBe(`${id}  paused    http    Contoso/Firewall\n  BlockIp`);
      expect(await run("remove", "nobody", ...data)).toContain("There is no connector 'nobody'");
    } finally {
      await server.stop();
    }
    expect(await run("remove", id, ...data)).toBe(`Removed ${id}.`);
    expect(await run("list", ...data)).toBe("");
  });

  test("says everything that is wrong, and where a secret should have come from", async () => {
    const [data, folder] = [temporaryFolder(), temporaryFolder()];
    const file = written(folder, "fw.json", firewall);
    expect(await run("add", file, "--data", data)).toBe("refused: credentials[0]/secret: the environment variable FIREWALL_TOKEN is not set.");
    vi.stubEnv("FIREWALL_TOKEN", "x");
    const wrong = written(folder, "wrong.json", { ...firewall, limits: { attempts: 0 }, actions: [{ name: "A", reverse: "B" }] });
    expect((await run("add", wrong, "--data", data)).split("\n")).toEqual([
      "refused: refused (400)",
      "  Property 'actions[0]/reverse': expected another action of this connector, got 'B'.",
      "  Property 'limits/attempts': expected a whole number from 1 to 50, got 0.",
    ]);
  });
});

describe("SECGRAPH_CONNECTORS", () => {
  const caller = callerOf({ tenant: tenantId("contoso.example") });
  const apply = (hub: TestHub, file: string): Promise<void> => applyConfigured(file, { app: hub.service.app, system: hub.store.system, env: {} });

  test("is applied at each start, and changes nothing where all is as it is written", async () => {
    const folder = temporaryFolder();
    const egress = createEgress();
    const hub = await openHub({ secrets: createSecrets(["0123456789abcdef0123456789abcdef"]), egress });
    writeFileSync(join(folder, "token"), "first\n");
    const body = { ...firewall, credentials: [{ scheme: "bearer", secret: { file: "token" } }] };
    const start = async (change: object = {}): Promise<any> => {
      await apply(hub, written(folder, "connectors.json", { hubs: [{ tenant: "contoso.example", connectors: [{ ...body, ...change }] }] }));
      const { value } = (await hub.get("/v1.0/security/connectors", { caller })).json;
      expect(value).toHaveLength(1);
      return value[0];
    };
    const first = await start();
    expect(await start()).toEqual(first);
    expect(await start({ provider: "FIREWALL" })).toEqual(first);
    const different = [
      { displayName: "Edge" },
      { http: { url: "https://fw.example/other" } },
      { limits: { concurrency: 2 } },
      { actions: [...firewall.actions, { name: "UnblockIp" }] },
      { actions: [{ ...firewall.actions[0]!, parameters: { properties: { ip: { format: "ip" } } } }] },
      { actions: [{ name: "BlockIp", approval: "required" }] },
      { actions: [{ name: "BlockIp" }] },
    ];
    let before = first;
    for (const change of different) {
      const after = await start(change);
      expect([change, after.id, after["@odata.etag"] === before["@odata.etag"]]).toEqual([change, first.id, false]);
      expect(await start(change)).toEqual(after);
      before = after;
    }
    writeFileSync(join(folder, "token"), "second\n");
    expect((await start({ actions: [{ name: "BlockIp" }] }))["@odata.etag"]).not.toBe(before["@odata.etag"]);
    await hub.close();
    await egress.close();
  });

  test("that cannot be applied stops the start, with every fault by its path", async () => {
    const hub = await openHub();
    const file = written(temporaryFolder(), "connectors.json", {
      hubs: [
        { tenant: "contoso.example", connectors: [{ vendor: "V" }, { ...firewall, credentials: [], kind: "smtp" }, firewall] },
        { hub: "00000000-0000-4000-8000-000000000000", connectors: [] },
        { connectors: [] },
        { tenant: "a", connector: [] },
      ],
      hub: [],
    });
    const fault = await apply(hub, file).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    expect(fault.split("\n")).toEqual([
      `SECGRAPH_CONNECTORS: ${file} cannot be applied:`,
      "  hub: expected 'hubs' alone.",
      "  hubs[0]/connectors[0]: expected a connector with vendor and provider.",
      `  hubs[0]/connectors[1]: Property 'kind': expected one of http, openc2, exec, pull, mock, got "smtp".`,
      "  hubs[0]/connectors[2]: credentials[0]/secret: the environment variable FIREWALL_TOKEN is not set.",
      "  hubs[1]: hub: there is no hub '00000000-0000-4000-8000-000000000000'.",
      "  hubs[2]: expected either tenant (an id or a name) or hub (an id).",
      "  hubs[3]: 'connector' is not known; expected tenant or hub, and connectors.",
    ]);
    await expect(apply(hub, join(hub.folder, "none.json"))).rejects.toThrow(/none\.json cannot be read/);
    await hub.close();
    const { code, error } = await secgraph([
      "emulator",
      "--data",
      temporaryFolder(),
      "--port",
      "0",
      "--tls-port",
      "off",
      "--seed",
      "off",
      "--connectors",
      file,
    ]);
    expect([code, error.split("\n")[0]]).toEqual([1, `secgraph: SECGRAPH_CONNECTORS: ${file} cannot be applied:`]);
  });
});
