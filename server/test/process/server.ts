import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The repository's root. */
export const root = join(import.meta.dirname, "../../..");

/** The launcher and the program, to be followed by a command of the CLI. */
export const program: readonly string[] = [process.execPath, join(root, "run.mjs"), join(root, "server/src/cli/main.ts")];

/** How a process is started. */
export interface ProcessSettings {
  readonly command: readonly string[];
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server to start. Ports are free ones unless `env` says otherwise. */
export interface ServerSettings extends ProcessSettings {
  readonly data: string;
  /** Milliseconds to wait for the ports. */
  readonly patience?: number;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process with all that it starts, in a group of its own. */
export interface ProcessGroup {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when every process that holds the output is gone. */
  readonly ended: Promise<Ended>;
  /** To the started process alone, as from a supervisor, or to all of the group, as from a terminal. */
  readonly signal: (signal: NodeJS.Signals, whom?: "process" | "group") => void;
  /** SIGKILL to all of the group; resolves when it is gone. */
  readonly kill: () => Promise<Ended>;
}

/** A server that answers. */
export interface ServerProcess extends ProcessGroup {
  readonly data: string;
  readonly port: number;
  readonly tlsPort?: number;
  /** Milliseconds from the start of the process to its first answer. */
  readonly startup: number;
}

/** The folder of the Node that runs the tests. */
export const runningNode = dirname(process.execPath);

/** The PATH without what npm and run.mjs put in front. */
export const machinePath: readonly string[] = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !/[\\/]node_modules([\\/]|$)/.test(folder));

const groups = new Set<number>();
process.once("exit", () => groups.forEach((pid) => send(-pid, "SIGKILL")));

/** A machine's proxy leads to its registry, never to this machine. */
const here = "localhost,127.0.0.1,::1";
const noProxy = Object.fromEntries(["NO_PROXY", "no_proxy"].map((name) => [name, [process.env[name], here].filter(Boolean).join(",")]));

/** The environment of a person's shell: nothing of the npm that started the tests but where it finds packages, and no settings of the server. */
export function shellEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|INIT_CWD$|NODE_OPTIONS$|NODE_ENV$|NODE_EXTRA_CA_CERTS$|VITEST|TEST$|FORCE_COLOR$|SECGRAPH_|DATABASE_URL$|PORT$)/.test(name) ||
      /^npm_config_(registry|cache|userconfig|globalconfig|cafile|.*proxy)$/i.test(name),
  );
  return { ...Object.fromEntries(kept), ...noProxy, PATH: [runningNode, ...machinePath].join(delimiter), ...more };
}

/** Starts a process in a group of its own, which ends with the tests at the latest. */
export function startGroup({ command, folder = root, env = {} }: ProcessSettings): ProcessGroup {
  const [file = "", ...args] = command;
  // By the name of a running npm script run.mjs knows that it must not outlive its parent, however that ends.
  const all = { ...shellEnvironment({ npm_lifecycle_event: "test" }), ...env };
  const child = spawn(file, args, { cwd: folder, env: all, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: collect(child.stdout), stderr: collect(child.stderr) };
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started.`);
  groups.add(pid);
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      groups.delete(pid);
      resolve({ code, signal, stdout: output.stdout(), stderr: output.stderr() });
    });
  });
  return {
    pid,
    ...output,
    ended,
    signal: (signal, whom = "process") => groups.has(pid) && send(whom === "group" ? -pid : pid, signal),
    async kill() {
      if (groups.has(pid)) send(-pid, "SIGKILL");
      return ended;
    },
  };
}

/** Runs a process to its end, or for so many milliseconds; what outlives them is killed and told as code null. */
export async function runToEnd(settings: ProcessSettings, patience = 110_000): Promise<Ended> {
  const group = startGroup(settings);
  const timer = setTimeout(() => void group.kill(), patience);
  try {
    return await group.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a server on a data folder and waits until it answers. Throws with what it printed when it ends or takes too long. */
export async function startServer({ data, patience = 110_000, env, ...settings }: ServerSettings): Promise<ServerProcess> {
  const before = lockText(data);
  const begun = performance.now();
  const group = startGroup({
    ...settings,
    env: { PORT: "0", SECGRAPH_TLS_PORT: "0", SECGRAPH_DATA: data, SECGRAPH_SEED: "off", SECGRAPH_DRAIN_SECONDS: "0", ...env },
  });
  try {
    const ports = await waitFor(() => portsIn(data, before), { group, patience });
    await waitFor(() => answers(`http://127.0.0.1:${ports.port}/readyz`), { group, patience });
    return { ...group, ...ports, data, startup: performance.now() - begun };
  } catch (error) {
    await group.kill();
    throw error;
  }
}

interface Patience {
  readonly group: ProcessGroup;
  readonly patience: number;
}

/** Asks until there is a value. Throws when the process has ended or the time is over. */
export async function waitFor<T>(ask: () => T | undefined | Promise<T | undefined>, { group, patience }: Patience): Promise<T> {
  const until = Date.now() + patience;
  let over = false;
  void group.ended.then(() => (over = true));
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (over || Date.now() > until) throw new Error(`The process ${over ? "ended" : "did not get there in time"}:\n${group.stdout()}${group.stderr()}`);
    await sleep(10);
  }
}

async function answers(url: string): Promise<true | undefined> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200 ? true : undefined;
}

function lockText(data: string): string | undefined {
  const file = join(data, "lock");
  try {
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

/** The ports that the server of a data folder tells in its lock, once that is another lock than before. */
function portsIn(data: string, before: string | undefined): { readonly port: number; readonly tlsPort?: number } | undefined {
  const text = lockText(data);
  if (text === undefined || text === before || text === "") return undefined;
  const { notes } = JSON.parse(text) as { readonly notes: Readonly<Record<string, string>> };
  const { port, tlsPort } = notes;
  if (port === undefined) return undefined;
  return { port: Number(port), ...(tlsPort === undefined ? {} : { tlsPort: Number(tlsPort) }) };
}

function collect(stream: ChildProcess["stdout"]): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

function send(processOrGroup: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processOrGroup, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
