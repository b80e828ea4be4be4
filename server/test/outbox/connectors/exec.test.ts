import { chmod, copyFile, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { readAllowedPrograms } from "../../../src/outbox/connectors/exec/allowedPrograms.ts";
import { execConnection } from "../../../src/outbox/connectors/exec/execConnection.ts";
import type { Order, Report } from "../../../src/outbox/dispatch/connection.ts";
import { orderOf, withAction } from "./orders.ts";

const never = new AbortController().signal;
const windows = process.platform === "win32";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secgraph-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Allows a program made of this source, and what is asked of it. */
async function program(
  source: string,
  name = "program",
): Promise<{ readonly path: string; readonly deliver: (more?: Partial<Order>, settings?: JsonObject) => Promise<Report> }> {
  const path = join(folder, `${name}-${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(path, source, { mode: 0o700 });
  const connection = execConnection(readAllowedPrograms(`program=${path}`));
  return { path, deliver: (more = {}, settings = {}) => connection.deliver(orderOf("exec", { program: "program", ...settings }, more), never) };
}

const says = (value: unknown, code = 0): string =>
  `process.stdin.resume(); process.stdout.write(${JSON.stringify(typeof value === "string" ? value : JSON.stringify(value))}, () => process.exit(${code}));`;

describe("a program is told", () => {
  test("the order on its input, in an empty folder, with a plain environment and its arguments as they are", async () => {
    const { deliver } = await program(`
      import { readdirSync } from "node:fs";
      import { text } from "node:stream/consumers";
      const told = JSON.parse(await text(process.stdin));
      process.stderr.write(JSON.stringify({ told, args: process.argv.slice(2), env: Object.keys(process.env).sort(), files: readdirSync("."), cwd: process.cwd() === process.env.HOME }));
    `);
    process.env["SECGRAPH_TEST_SECRET"] = "not for programs";
    const args = ["--all", "$(id)", "; rm -rf x", "a b", "%PATH%"];
    const report = await deliver({}, { arguments: args });
    delete process.env["SECGRAPH_TEST_SECRET"];
    const seen = JSON.parse(report.response!.split("errors:\n")[1]!);
    expect(report.kind).toBe("completed");
    expect(seen.told).toMatchObject({ call: "deliver", name: "BlockIp", parameters: { ip: "203.0.113.9" }, attempt: 1, fencingToken: 7, credentials: [] });
    expect([seen.args, seen.files]).toEqual([args, []]);
    expect(seen.env.filter((name: string) => !name.startsWith("__"))).toEqual(
      windows ? ["PATH", "SystemRoot", "TEMP", "TMP"] : ["HOME", "LANG", "PATH", "TMPDIR", "TZ"],
    );
  });

  test("its secrets, which what is kept does not know", async () => {
    const { deliver } = await program(`
      import { text } from "node:stream/consumers";
      const told = JSON.parse(await text(process.stdin));
      process.stdout.write(JSON.stringify({ status: "failed", error: { code: "x", message: "with " + told.credentials[0].secret } }));
    `);
    const report = await deliver({ secrets: [{ scheme: "bearer", secret: 'hush"hush' }] });
    expect(report).toMatchObject({ kind: "failed", retry: false, error: { code: "x", message: "with ***" } });
    expect(JSON.stringify(report)).not.toContain("hush");
  });

  test.each(["\u0000", "'; rm -rf /; '", "$(id)", "\ud800", "__proto__", "x".repeat(1_000_000)])("any value whole: %.20j", async (ip) => {
    const { deliver } = await program(`
      import { text } from "node:stream/consumers";
      const { parameters } = JSON.parse(await text(process.stdin));
      process.stdout.write(JSON.stringify({ status: parameters.ip === ${JSON.stringify(ip)} ? "completed" : "failed" }));
    `);
    expect(await deliver({ action: { ...orderOf("exec", {}).action, parameters: { ip } } })).toMatchObject({ kind: "completed" });
  });
});

describe("what a program says and how it ends", () => {
  test.each([
    [says(""), { kind: "completed" }],
    [says({ status: "completed" }), { kind: "completed" }],
    [says({ status: "accepted", handle: "job 7", pollAfterSeconds: 2 }), { kind: "accepted", handle: "job 7", pollAfter: 2000 }],
    [says({ status: "accepted", pollAfterSeconds: "soon" }), { kind: "accepted", pollAfter: 5000 }],
    [says({ status: "failed", error: { code: "E7", message: "no" } }), { kind: "failed", retry: false, error: { code: "E7", message: "no" } }],
    [says({ status: "retry" }), { kind: "failed", retry: true }],
    [says({ error: { message: "not now" } }, 75), { kind: "failed", retry: true, error: { code: "exit75", message: "not now" } }],
    [says("", 69), { kind: "failed", retry: true }],
    [says("", 3), { kind: "failed", retry: false, error: { code: "exit3", message: "The program ended with 3." } }],
    ["console.error('first\\nlast words'); process.exit(1)", { kind: "failed", retry: false, error: { message: "last words" } }],
    [says("rubbish"), { kind: "unknown", error: { code: "rubbish" } }],
    [says({ status: "__proto__" }), { kind: "unknown", error: { code: "rubbish" } }],
    [says("[".repeat(60_000)), { kind: "unknown" }],
    ["process.kill(process.pid, 'SIGKILL'); setTimeout(() => 0, 1e6)", { kind: windows ? "failed" : "unknown" }],
    ["setInterval(() => process.stdout.write('x'.repeat(50_000)), 1)", { kind: "unknown", error: { code: "rubbish" } }],
  ])("%.70s", async (source, report) => {
    const { deliver } = await program(source);
    expect(await deliver()).toMatchObject(report);
  });

  test("it is asked how its work stands, and to end it", async () => {
    const { path } = await program(`
      import { text } from "node:stream/consumers";
      const { call, handle } = JSON.parse(await text(process.stdin));
      process.stdout.write(JSON.stringify({ status: call === "poll" ? "accepted" : "completed", error: { message: handle } }));
    `);
    const { poll, cancel } = execConnection(readAllowedPrograms(`program=${path}`));
    const order = orderOf("exec", { program: "program" });
    expect(await poll!(order, "job 7", never)).toMatchObject({ kind: "accepted", handle: "job 7" });
    expect(await cancel!(order, "job 7", never)).toMatchObject({ kind: "completed" });
  });

  test.skipIf(windows)("when its time is over it is ended with all that it started", async () => {
    const mark = join(folder, "child.pid");
    const { path } = await program(`
      import { spawn } from "node:child_process";
      import { writeFileSync } from "node:fs";
      const child = spawn("sleep", ["1000"], { stdio: "inherit" });
      writeFileSync(${JSON.stringify(mark)}, String(child.pid));
      setInterval(() => 0, 1000);
    `);
    const stop = new AbortController();
    const running = execConnection(readAllowedPrograms(`program=${path}`)).deliver(orderOf("exec", { program: "program" }), stop.signal);
    let pid = 0;
    while (pid === 0) {
      await sleep(20);
      pid = Number(await readFile(mark, "utf8").catch(() => ""));
    }
    expect(isAlive(pid)).toBe(true);
    stop.abort();
    expect(await running).toMatchObject({ kind: "unknown", error: { code: "timeout" } });
    while (isAlive(pid)) await sleep(20);
  });

  test.skipIf(windows)("what it leaves behind is ended too, and is not waited for", async () => {
    const { deliver } = await program(`
      import { spawn } from "node:child_process";
      spawn("sleep", ["1000"], { stdio: "inherit" });
      process.stdout.write('{"status":"completed"}', () => process.exit(0));
    `);
    expect(await deliver()).toMatchObject({ kind: "completed" });
  });
});

/** A process that has ended and is not waited for by its parent counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a program runs only when the operator says so", () => {
  test("none does by itself, none by its path, none of another tenant", async () => {
    const { path } = await program(says(""));
    const order = (name: string): Order => orderOf("exec", { program: name });
    const reported = async (allow: string, name = "program"): Promise<string> =>
      (await execConnection(readAllowedPrograms(allow)).deliver(order(name), never)).kind;
    expect(await reported("")).toBe("failed");
    expect(await reported(`program=${path}`, path)).toBe("failed");
    expect(await reported(`program=${path}`, "constructor")).toBe("failed");
    expect(await reported(`22222222-2222-4222-8222-222222222222/program=${path}`)).toBe("failed");
    expect(await reported(`11111111-1111-4111-8111-111111111111/program=${path}`)).toBe("completed");
    expect(await reported(`program=${path}`)).toBe("completed");
  });

  test.skipIf(windows)("not when it is missing, no file, or may be written by others; the report knows no path", async () => {
    const { path, deliver } = await program(says(""));
    await chmod(path, 0o722);
    const report = await deliver();
    expect(report).toMatchObject({
      kind: "failed",
      retry: false,
      error: { message: "The program 'program' cannot be run: others than its owner may write it." },
    });
    await chmod(path, 0o700);
    const { test: tried } = execConnection(readAllowedPrograms(`program=${path} gone=${folder}/gone folder=${folder}`));
    expect(await tried!(orderOf("exec", { program: "program" }), never)).toEqual({ kind: "completed" });
    for (const name of ["gone", "folder"]) {
      const failed = await tried!(orderOf("exec", { program: name }), never);
      expect(failed.kind).toBe("failed");
      expect(JSON.stringify(failed)).not.toContain(folder);
    }
  });

  test.each(["firewall", "firewall=relative/path", "a b=/x", "=/x", "nobody/firewall=/x"])("%s is no entry", (entry) => {
    expect(() => readAllowedPrograms(entry)).toThrow("name=/path/of/program, such as firewall=/opt/secgraph/firewall.mjs (not '");
  });
});

test("the firewall of the guide blocks an address and lets it through again, however often it is told", async () => {
  const path = join(folder, "firewall.mjs");
  await copyFile(new URL("../../../../docs/how-to/exec-firewall/firewall.mjs", import.meta.url), path);
  await writeFile(join(folder, "blocked.txt"), "198.51.100.1\n");
  const connection = execConnection(readAllowedPrograms(`firewall=${path}`));
  const order = orderOf("exec", { program: "firewall" });
  const blocked = async (): Promise<string[]> => (await readFile(join(folder, "blocked.txt"), "utf8")).trim().split("\n");
  for (let time = 0; time < 2; time += 1) expect(await connection.deliver(order, never)).toMatchObject({ kind: "completed" });
  expect(await blocked()).toEqual(["198.51.100.1", "203.0.113.9"]);
  expect(await connection.deliver(withAction(order, { parameters: { ip: "203.0.113.9; reboot" } }), never)).toMatchObject({ kind: "failed", retry: false });
  for (let time = 0; time < 2; time += 1)
    expect(await connection.deliver(withAction(order, { name: "UnblockIp" }), never)).toMatchObject({ kind: "completed" });
  expect(await blocked()).toEqual(["198.51.100.1"]);
  const lock = join(folder, "blocked.txt.lock");
  await writeFile(lock, "");
  for (let time = 0; time < 2; time += 1) expect(await connection.deliver(order, never)).toMatchObject({ kind: "failed", retry: true });
  await utimes(lock, 0, 0);
  expect(await connection.deliver(order, never)).toMatchObject({ kind: "failed", retry: true });
  expect(await connection.deliver(order, never)).toMatchObject({ kind: "completed" });
});
