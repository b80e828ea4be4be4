import type { Awaitable } from "../../base/awaitable.ts";
import { problem } from "../../base/errors.ts";
import type { SqliteDriver, SqliteFailure } from "./driver.ts";

type Read<A extends readonly unknown[], R> = (...args: A) => Awaitable<R>;
type Reads<T> = { readonly [Name in keyof T]: T[Name] extends Read<infer A, infer R> ? Read<A, R> : never };

const ofTheDisk: ReadonlySet<SqliteFailure | undefined> = new Set(["busy", "corrupt", "full", "io", "readonly", "sync"]);

/** The same reads, which throw `unavailable` when the file cannot be read; what is a fault of ours stays one. */
export function tellUnreadable<T extends Reads<T>>(reads: T, { failureOf }: SqliteDriver): T {
  const rethrow = (error: unknown): never => {
    if (!ofTheDisk.has(failureOf(error))) throw error;
    const made = problem("unavailable", { what: "The data cannot be read at present." }, { headers: { "Retry-After": "5" } });
    made.cause = error;
    throw made;
  };
  const telling = (read: Read<readonly unknown[], unknown>): Read<readonly unknown[], unknown> => {
    return (...args) => {
      try {
        const answer = read(...args);
        return answer instanceof Promise ? answer.catch(rethrow) : answer;
      } catch (error) {
        return rethrow(error);
      }
    };
  };
  return Object.fromEntries(Object.entries<Read<readonly unknown[], unknown>>(reads).map(([name, read]) => [name, telling(read)])) as T;
}
