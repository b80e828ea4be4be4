import { spawn, type ChildProcess } from "node:child_process";
import { resolve as pathOf } from "node:path";

/** What a process under test says when it is ready. */
export interface Greeting {
  readonly port: number;
  readonly token: string;
}

interface Question {
  readonly n: number;
  readonly task: string;
  readonly values: readonly number[];
}

/** What a process under test says about itself. */
export interface Usage {
  /** Microseconds of CPU of the whole process, system's part included. */
  readonly cpu: number;
  /** Resident bytes. */
  readonly rss: number;
}

/** In the process under test: greets the parent, then carries out its tasks, each answered with the usage behind it. */
export function answerParent(greeting: Greeting, tasks: Readonly<Record<string, (values: readonly number[]) => unknown>>, close?: () => unknown): void {
  const carryOut = async ({ n, task, values }: Question): Promise<void> => {
    await tasks[task]?.(values);
    const { user, system } = process.cpuUsage();
    process.send!({ n, cpu: user + system, rss: process.memoryUsage.rss() });
  };
  process.on("message", (question: Question) => void carryOut(question));
  process.on("disconnect", () => void Promise.resolve(close?.()).finally(() => process.exit(0)));
  process.send!(greeting);
}

/** A process under test, seen from the parent. */
export interface Child extends Greeting {
  readonly ask: (task: string, ...values: number[]) => Promise<Usage>;
  /** Lets it close what it has open, and waits for its end. */
  readonly stop: () => Promise<void>;
}

/** Starts a script, of this folder where it has none of its own, and waits until it is ready. `flags` are for Node. */
export async function startChild(script: string, args: readonly string[] = [], flags: readonly string[] = []): Promise<Child> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...flags, pathOf(import.meta.dirname, script), ...args], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const greeting = await new Promise<Greeting>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Greeting));
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code} before it was ready.`)));
  });
  return { ...greeting, ask: asker(child), stop: () => stop(child) };
}

function asker(child: ChildProcess): Child["ask"] {
  let asked = 0;
  return (task, ...values) =>
    new Promise((resolve, reject) => {
      const n = (asked += 1);
      const listen = (answer: Usage & { readonly n: number }): void => {
        if (answer.n !== n) return;
        child.off("message", listen).off("exit", ended);
        resolve(answer);
      };
      const ended = (code: number | null): void => reject(new Error(`${child.spawnargs.slice(-3).join(" ")} ended with ${code} at '${task}'.`));
      child.on("message", listen);
      child.once("exit", ended);
      child.send({ n, task, values } satisfies Question, (error) => (error === null ? undefined : reject(error)));
    });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.disconnect();
  });
}
