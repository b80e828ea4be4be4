import type { Awaitable } from "../../base/awaitable.ts";
import { problem } from "../../base/errors.ts";
import { Unanswered } from "./connections.ts";
import { failureOf, refusalOf } from "./failure.ts";

type Call<A extends readonly unknown[], R> = (...args: A) => Awaitable<R>;
type Calls<T> = { readonly [Name in keyof T]: T[Name] extends Call<infer A, infer R> ? Call<A, R> : never };

/** The same calls, which throw what a client may be told; what is a fault of ours stays one. */
export function tellFailures<T extends Calls<T>>(calls: T): T {
  const rethrow = (error: unknown): never => {
    throw told(error);
  };
  const telling = (call: Call<readonly unknown[], unknown>): Call<readonly unknown[], unknown> => {
    return (...args) => {
      const answer = call(...args);
      return answer instanceof Promise ? answer.catch(rethrow) : answer;
    };
  };
  return Object.fromEntries(Object.entries<Call<readonly unknown[], unknown>>(calls).map(([name, call]) => [name, telling(call)])) as T;
}

function told(error: unknown): unknown {
  const failure = failureOf(error);
  const made = error instanceof Unanswered ? unanswered() : failure === undefined ? undefined : refusalOf(failure);
  if (made === undefined) return error;
  made.cause = error;
  return made;
}

/** Neither yes nor no is true; a client that sends an Idempotency-Key can ask again safely. */
function unanswered(): Error {
  const what =
    "The connection to the database broke while the change was being committed: it may have been stored, or not. Look before you send it again, or send it with the same Idempotency-Key.";
  return problem("unavailable", { what }, { headers: { "Retry-After": "1" } });
}
