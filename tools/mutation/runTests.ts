import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Which tests to run in a private copy, and how. */
export interface Order {
  /** Test files from the copy's root, in the order they are to start. */
  readonly files: readonly string[];
  /** Of these files only the tests of these names. */
  readonly named?: Readonly<Record<string, readonly string[]>>;
  /** Stop at the first failure. */
  readonly bail: boolean;
  readonly workers: number;
  /** What takes longer is ended. */
  readonly seconds: number;
}

/** What something cost, in seconds, and which regions it reached, where the sources have probes. */
export interface Facts {
  readonly seconds: number;
  readonly reached: readonly string[];
}

/** A file as a whole; `reached` is what ran outside of its tests. */
export interface FileFacts extends Facts {
  readonly tests: Readonly<Record<string, Facts>>;
}

/** What a run found. */
export interface Verdict {
  readonly outcome: "passed" | "failed" | "late";
  /** `file > name` of each test that failed, or of the file alone when it broke outside any test. */
  readonly failed: readonly string[];
  /** Tests that ran and passed. */
  readonly passed: readonly string[];
  /** What each file and its tests cost and reached. */
  readonly files: Readonly<Record<string, FileFacts>>;
  /** What the run printed. */
  readonly output: string;
}

/** What vitest.config.ts and noteReached.ts in the copy read from and write to. */
const orderFile = ".mutation-order.json";
const verdictFile = ".mutation-verdict.json";

const running = new Set<number>();

/** Ends whatever run is going on. */
export function endRuns(): void {
  for (const group of running) end(group);
}

function end(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** Runs tests in a private copy, in processes of their own. */
export async function runTests(root: string, order: Order): Promise<Verdict> {
  rmSync(join(root, verdictFile), { force: true });
  writeFileSync(join(root, orderFile), JSON.stringify(order));
  const args = ["--disable-warning=ExperimentalWarning", "node_modules/vitest/vitest.mjs", "run", "--config", "tools/mutation/vitest.config.ts"];
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, CI: "true" } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  const { pid } = child;
  if (pid === undefined) throw new Error("vitest could not be started.");
  running.add(pid);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end(pid);
  }, order.seconds * 1000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  // Whatever a test started and left behind.
  end(pid);
  running.delete(pid);
  return { ...noted(root), output, outcome: isLate ? "late" : code === 0 ? "passed" : "failed" };
}

function noted(root: string): Omit<Verdict, "output" | "outcome"> {
  try {
    return JSON.parse(readFileSync(join(root, verdictFile), "utf8")) as Omit<Verdict, "output" | "outcome">;
  } catch {
    return { failed: [], passed: [], files: {} };
  }
}
