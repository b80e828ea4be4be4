import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The README's first commands, as strangers run them: on a fresh clone, and on the packed package. */
const root = join(import.meta.dirname, "../..");
const temp = mkdtempSync(join(tmpdir(), "secgraph-install-"));
const run = promisify(execFile);

const runningNode = dirname(process.execPath);
// Without what npm and run.mjs put in front.
const machinePath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !/[\\/]node_modules([\\/]|$)/.test(folder));

/** The environment of a person's shell: nothing of the npm that started the tests but where it finds packages. */
function shell(path: readonly string[], more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|INIT_CWD|NODE_OPTIONS|NODE_ENV|VITEST|TEST$)/.test(name) || /^npm_config_(registry|cache|userconfig|globalconfig|cafile|.*proxy)$/.test(name),
  );
  return { ...Object.fromEntries(kept), ...more, PATH: path.join(delimiter) };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return String(port);
}

/** Asks until the server answers or has ended; the status of the answer, or what was printed instead. */
async function health(child: ChildProcess, port: string): Promise<number | string> {
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (printed += String(chunk)));
  for (let tries = 0; tries < 240 && child.exitCode === null; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer !== undefined) return answer.status;
    await sleep(250);
  }
  return printed;
}

/** True when nothing listens on the port any more; waits up to 20 seconds for that. */
async function silent(port: string): Promise<boolean> {
  for (let tries = 0; tries < 80; tries += 1) {
    if ((await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)) === undefined) return true;
    await sleep(250);
  }
  return false;
}

interface Start {
  readonly command: readonly string[];
  readonly folder: string;
  readonly path: readonly string[];
  /** Who gets SIGTERM: the started process alone, as from a supervisor, or its whole group, as from a terminal. */
  readonly stop: "process" | "group";
}

/** Starts a server, asks for its health and stops it; `ended`: the server itself is gone, not only what started it. */
async function startAndAsk({ command, folder, path, stop }: Start): Promise<{ health: number | string; ended: boolean }> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const [program = "", ...args] = command;
  const env = shell(path, { PORT: port, SECGRAPH_TLS_PORT: tlsPort, SECGRAPH_DATA: mkdtempSync(join(temp, "data-")) });
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  try {
    const status = await health(child, port);
    if (child.pid !== undefined) killIfThere(stop === "group" ? -child.pid : child.pid, "SIGTERM");
    return { health: status, ended: await silent(port) };
  } finally {
    if (child.pid !== undefined) killIfThere(-child.pid, "SIGKILL");
  }
}

function killIfThere(processOrGroup: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processOrGroup, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Fetches one version of npm; gives the command that runs it with the `node` of the PATH. */
async function fetchNpm(version: string): Promise<string[]> {
  const prefix = join(temp, `npm-${version}`);
  await run("npm", ["install", "--prefix", prefix, `npm@${version}`], { cwd: temp, env: shell(machinePath), maxBuffer: 2 ** 24 });
  return ["node", join(prefix, "node_modules/npm/bin/npm-cli.js")];
}

async function clone(name: string): Promise<string> {
  const folder = join(temp, name);
  await run("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, folder]);
  return folder;
}

afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe("a fresh clone", () => {
  test.each([
    { npm: "10.8.2", path: machinePath, flags: [] },
    { npm: "10.8.2", path: machinePath, flags: ["--omit=dev"] },
    { npm: "11.0.0", path: machinePath, flags: [] },
    // The newest npm refuses old Nodes: it gets the one that runs the tests.
    { npm: "latest", path: [runningNode, ...machinePath], flags: [] },
  ])("installs and starts with npm $npm $flags", async ({ npm, path, flags }) => {
    const folder = await clone(`clone-${npm}${flags.join("")}`);
    const command = await fetchNpm(npm);
    await run(command[0] ?? "", [...command.slice(1), "ci", ...flags], { cwd: folder, env: shell(path), maxBuffer: 2 ** 24 });
    expect(await startAndAsk({ command: [...command, "start"], folder, path, stop: "process" })).toEqual({ health: 200, ended: true });
    expect((await run("git", ["status", "--porcelain"], { cwd: folder })).stdout).toBe("");
    rmSync(folder, { recursive: true });
  });
});

describe("the packed package", () => {
  const path = [runningNode, ...machinePath];
  const empty = join(temp, "empty");

  beforeAll(async () => {
    const folder = await clone("packed");
    await run("npm", ["ci"], { cwd: folder, env: shell(path), maxBuffer: 2 ** 24 });
    await run("npm", ["run", "build"], { cwd: folder, env: shell(path), maxBuffer: 2 ** 24 });
    const { stdout } = await run("npm", ["pack", "--silent", "--workspace", "server", "--pack-destination", temp], { cwd: folder, env: shell(path) });
    mkdirSync(empty);
    await run("npm", ["install", join(temp, stdout.trim())], { cwd: empty, env: shell(path), maxBuffer: 2 ** 24 });
    rmSync(folder, { recursive: true });
  });

  test("starts the emulator in an empty folder", async () => {
    expect(await startAndAsk({ command: ["npx", "secgraph", "emulator"], folder: empty, path, stop: "group" })).toEqual({ health: 200, ended: true });
  });

  test("can be imported by its name", async () => {
    const { stdout } = await run(process.execPath, ["-e", "import('secgraph').then((names) => console.log(Object.keys(names).length))"], { cwd: empty });
    expect(Number(stdout)).toBeGreaterThan(0);
  });
});
