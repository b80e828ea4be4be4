import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A program to be run: never by a shell. */
export interface Running {
  readonly path: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly signal: AbortSignal;
}

/** How a program ended, and what it said. */
export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Why it was ended by us. */
  readonly cut?: "time" | "output";
  readonly output: string;
  readonly errors: string;
}

const [outputBytes, errorBytes] = [65_536, 16_384];
/** Milliseconds in which what holds the outputs open has to let go once the program has ended. */
const grace = 500;

/**
 * Runs a program with a text on its input, in an empty folder of its own, with no environment but a plain PATH. It and everything it started (its process
 * group) is ended when it ends, when the signal comes or when it says too much. Rejects when it cannot be started.
 */
export async function runProgram({ path, args, input, signal }: Running): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), "secgraph-exec-"));
  try {
    signal.throwIfAborted();
    return await runIn(folder, { path, args, input, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, { path, args, input, signal }: Running): Promise<Ran> {
  // A script of Node runs by the Node that runs this: a plain PATH may lead to none.
  const [file, all] = /\.[cm]?js$/.test(path) ? [process.execPath, [path, ...args]] : [path, [...args]];
  const child = spawn(file, all, { cwd: folder, env: plainEnvironment(folder), stdio: "pipe", detached: process.platform !== "win32", windowsHide: true });
  const exited = once(child, "exit") as Promise<[number | null]>;
  let cut: Ran["cut"];
  const end = (why: "time" | "output"): void => {
    cut ??= why;
    endGroup(child);
  };
  const output = gather(child.stdout, outputBytes, () => end("output"));
  const errors = gather(child.stderr, errorBytes);
  const stop = (): void => end("time");
  signal.addEventListener("abort", stop);
  // It need not read what it is told.
  child.stdin.on("error", () => undefined).end(input);
  try {
    const closed = once(child, "close").catch(() => undefined);
    const [code] = await exited;
    endGroup(child);
    await Promise.race([closed, sleep(grace)]);
    return { code, output: output(), errors: errors(), ...(cut !== undefined && { cut }) };
  } finally {
    signal.removeEventListener("abort", stop);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  }
}

function gather(stream: NodeJS.ReadableStream, most: number, onMore?: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream
    .on("error", () => undefined)
    .on("data", (chunk: Buffer) => {
      if (size < most) chunks.push(chunk.subarray(0, most - size));
      size += chunk.length;
      if (size > most) onMore?.();
    });
  return () => Buffer.concat(chunks).toString("utf8");
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === "win32") return void spawn("taskkill", ["/T", "/F", "/PID", String(pid)], { stdio: "ignore" }).on("error", () => undefined);
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left of it.
  }
}

function plainEnvironment(folder: string): NodeJS.ProcessEnv {
  if (process.platform === "win32") {
    const { SystemRoot = "C:\\Windows" } = process.env;
    return { SystemRoot, PATH: [`${SystemRoot}\\System32`, SystemRoot].join(delimiter), TEMP: folder, TMP: folder };
  }
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", TZ: "UTC", HOME: folder, TMPDIR: folder };
}
