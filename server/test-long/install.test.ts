import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postAsPrinted } from "../test/process/printed.ts";
import { machinePath, root, runningNode, runToEnd, startServer } from "../test/process/server.ts";
import type { ServerSettings } from "../test/process/server.ts";

/** The README's first commands, as strangers run them: on a fresh clone, and on the packed package. */
const temp = mkdtempSync(join(tmpdir(), "secgraph-install-"));
const run = promisify(execFile);

const pathOf = (folders: readonly string[]): { readonly PATH: string } => ({ PATH: folders.join(delimiter) });
const oldPath = pathOf(machinePath);
const newPath = pathOf([runningNode, ...machinePath]);

interface Running extends Pick<ServerSettings, "command"> {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Who gets SIGTERM: the started process alone, as from a supervisor, or its whole group, as from a terminal. */
  readonly stop: "process" | "group";
}

/** Starts a server with its usual data folder, runs the line that it prints, and stops it; milliseconds until it answered. Fails when a process of it stays. */
async function expectToServe({ command, folder, env, stop }: Running): Promise<number> {
  const server = await startServer({ command, folder, env: { ...env, SECGRAPH_DATA: "", SECGRAPH_SEED: "" }, data: join(folder, "data") });
  try {
    await postAsPrinted(server, env);
    server.signal("SIGTERM", stop);
    const cut = setTimeout(() => void server.kill(), 20_000);
    const { signal } = await server.ended;
    clearTimeout(cut);
    expect(signal).not.toBe("SIGKILL");
    return server.startup;
  } finally {
    await server.kill();
  }
}

async function npm(
  command: readonly string[],
  args: readonly string[],
  { folder, env }: Pick<Running, "folder" | "env">,
): Promise<{ stdout: string; took: number }> {
  const begun = performance.now();
  const { code, stdout, stderr } = await runToEnd({ command: [...command, ...args], folder, env }, 540_000);
  if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return { stdout, took: performance.now() - begun };
}

/** Fetches one version of npm; gives the command that runs it with the `node` of the PATH. */
async function fetchNpm(version: string): Promise<string[]> {
  const prefix = join(temp, `npm-${version}`);
  if (!existsSync(prefix)) await npm(["npm"], ["install", "--prefix", prefix, `npm@${version}`], { folder: temp, env: newPath });
  return ["node", join(prefix, "node_modules/npm/bin/npm-cli.js")];
}

async function clone(name: string): Promise<string> {
  const folder = join(temp, name);
  await run("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, folder]);
  return folder;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe("a fresh clone", () => {
  test.each([
    { version: "10.8.2", env: oldPath, flags: [] },
    { version: "10.8.2", env: oldPath, flags: ["--omit=dev"] },
    { version: "11.0.0", env: oldPath, flags: [] },
    // The newest npm refuses old Nodes: it gets the one that runs the tests.
    { version: "latest", env: newPath, flags: [] },
    { version: "latest", env: newPath, flags: ["--omit=dev"] },
  ])("installs, starts and does what it prints with npm $version $flags", async ({ version, env, flags }) => {
    const folder = await clone(`clone-${version}${flags.join("")}`);
    const command = await fetchNpm(version);
    const { took } = await npm(command, ["ci", ...flags], { folder, env });
    const startup = await expectToServe({ command: [...command, "start"], folder, env, stop: "process" });
    console.log(`npm ${version} ${flags.join(" ")}: npm ci ${seconds(took)}, npm start ${seconds(startup)}`);
    expect((await run("git", ["status", "--porcelain"], { cwd: folder })).stdout).toBe("");
    rmSync(folder, { recursive: true });
  });

  test("serves in less than 90 seconds, the installation included, when npm has seen the packages before", async () => {
    const folder = await clone("clone-timed");
    await npm(["npm"], ["ci"], { folder, env: newPath });
    rmSync(join(folder, "node_modules"), { recursive: true });
    const { took } = await npm(["npm"], ["ci"], { folder, env: newPath });
    const startup = await expectToServe({ command: ["npm", "start"], folder, env: newPath, stop: "process" });
    console.log(`again: npm ci ${seconds(took)}, npm start ${seconds(startup)}`);
    expect(took + startup).toBeLessThan(90_000);
    rmSync(folder, { recursive: true });
  });
});

describe("the packed package", () => {
  const empty = join(temp, "empty");

  beforeAll(async () => {
    const folder = await clone("packed");
    await npm(["npm"], ["ci"], { folder, env: newPath });
    await npm(["npm"], ["run", "build"], { folder, env: newPath });
    const { stdout } = await npm(["npm"], ["pack", "--silent", "--workspace", "server", "--pack-destination", temp], { folder, env: newPath });
    mkdirSync(empty);
    await npm(["npm"], ["install", join(temp, stdout.trim())], { folder: empty, env: newPath });
    rmSync(folder, { recursive: true });
  });

  test("starts the emulator in an empty folder and does what it prints", async () => {
    const startup = await expectToServe({ command: ["npx", "secgraph", "emulator"], folder: empty, env: newPath, stop: "group" });
    console.log(`npx secgraph emulator: ${seconds(startup)}`);
  });

  test("can be imported by its name", async () => {
    const { stdout } = await run(process.execPath, ["-e", "import('secgraph').then((names) => console.log(Object.keys(names).length))"], { cwd: empty });
    expect(Number(stdout)).toBeGreaterThan(0);
  });
});
