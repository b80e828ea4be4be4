import { createHmac, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { recentlyUsed } from "../base/recentlyUsed.ts";
import { isClientSecret } from "./clientSecret.ts";
import type { AppRegistration, SecretHash } from "./issuerStore.ts";

/** Whether a client showed one of its secrets; `busy`: too many guesses are waiting. */
export type SecretVerdict = "right" | "wrong" | "expired" | "busy";

interface Guesses {
  failures: number;
  waiting: number;
}

const freeFailures = 5;
const longestPause = 5_000;
const mostWaiting = 10;

/**
 * Makes the function that checks client secrets. A secret that was right is remembered (by a keyed hash, until its
 * registration changes) and costs nothing the next time; wrong ones slow down the further guesses for that client alone.
 */
export function createSecretChecker(
  clock: () => number = Date.now,
  pause: (ms: number) => Promise<unknown> = sleep,
): (app: AppRegistration, secret: string) => Promise<SecretVerdict> {
  const key = randomBytes(32);
  const right = recentlyUsed<true>(1_000);
  const guesses = recentlyUsed<Guesses>(10_000, { ttl: 10 * 60_000, updateAgeOnGet: true });
  const markOf = (kept: SecretHash, secret: string): string => createHmac("sha256", key).update(`${kept.hash}\0${secret}`).digest("base64");

  async function guess(app: AppRegistration, secret: string): Promise<SecretHash | undefined> {
    for (const kept of app.secretHashes) {
      if (!(await isClientSecret(secret, kept))) continue;
      right.set(markOf(kept, secret), true);
      return kept;
    }
    return undefined;
  }

  async function guessSlowly(app: AppRegistration, secret: string): Promise<SecretHash | "busy" | undefined> {
    const state = guesses.get(app.clientId) ?? { failures: 0, waiting: 0 };
    guesses.set(app.clientId, state);
    if (state.waiting >= mostWaiting) return "busy";
    state.waiting += 1;
    try {
      if (state.failures >= freeFailures) await pause(Math.min(100 * 2 ** (state.failures - freeFailures), longestPause));
      const found = await guess(app, secret);
      state.failures = found === undefined ? state.failures + 1 : 0;
      return found;
    } finally {
      state.waiting -= 1;
    }
  }

  return async (app, secret) => {
    const known = app.secretHashes.find((kept) => right.has(markOf(kept, secret)));
    const found = known ?? (await guessSlowly(app, secret));
    if (found === undefined) return "wrong";
    if (found === "busy") return "busy";
    return found.expires !== undefined && Date.parse(found.expires) <= clock() ? "expired" : "right";
  };
}
