import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** What the environment of a test must not bring along. */
export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:SECGRAPH_|FORCE_COLOR$|PORT$|DATABASE_URL$|INIT_CWD$|npm_)/.test(name));
  return { ...Object.fromEntries(own), NO_COLOR: "1", ...more };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

/** Runs a command of the program to its end. */
export function secgraph(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return ended(spawn(process.execPath, [main, ...args], { cwd: tmpdir(), env: environment(env) }));
}

/** Runs a line in a POSIX shell, in a folder that is not the program's. */
export function shell(line: string): Promise<Ended> {
  return ended(spawn("sh", ["-c", line], { cwd: temporaryFolder(), env: environment({}) }));
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    let [out, error] = ["", ""];
    child.stdout!.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr!.on("data", (chunk: Buffer) => void (error += chunk.toString()));
    child.once("close", (code) => resolve({ code, out, error }));
  });
}

export interface Started {
  readonly data: string;
  /** All that it printed. */
  readonly out: string;
  readonly http: string;
  readonly https: string;
  /** Sends SIGTERM and waits for the end. */
  readonly stop: () => Promise<number | null>;
}

/** Starts the server on free ports and waits until it has printed its settings. */
export async function startProgram(data: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const child = spawn(process.execPath, [main, "start", "--data", data, "--port", "0", "--tls-port", "0", "--seed", "off", ...args], {
    cwd: tmpdir(),
    env: environment(env),
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return exit;
  };
  onTestFinished(async () => void (await stop()));
  const out = await new Promise<string>((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      if (/Post a score:\n.+\n\n/.test(text)) resolve(text);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exit.then((code) => reject(new Error(`ended with ${code}:\n${text}`)));
  });
  const [https = "", http = ""] = ["https", "http"].map((scheme) => new RegExp(`${scheme}://localhost:\\d+`).exec(out)?.[0]);
  return { data, out, http, https, stop };
}
