import { setTimeout as sleep } from "node:timers/promises";
import { isObject, textOf, type Json, type JsonObject } from "../../../base/json.ts";
import type { Connection, Order, Report } from "../../dispatch/connection.ts";
import { sameAction } from "../sameAction.ts";
import { wholeOrder } from "../orderValues.ts";

/**
 * Plays what its settings script (`securityMockSettings`): of the outcomes that are for an action, attempt after attempt takes the next, and the last stays.
 * Nothing is kept in memory: it plays the same after a restart and on every server.
 */
export function mockConnection(clock: () => number): Connection {
  return {
    async deliver(order, signal) {
      const outcome = outcomeFor(order);
      const milliseconds = Number(outcome["milliseconds"] ?? 0);
      const kind = textOf(outcome["outcome"]) || "completed";
      const accepts = kind.startsWith("accepted");
      if (!accepts) await pauseFor(kind === "timeout" ? Infinity : milliseconds, signal);
      if (kind === "rubbish") throw new Error("\u0000<html>%s{{7*7}}' OR 1=1");
      const request = JSON.stringify(wholeOrder(order));
      if (accepts) return { kind: "accepted", request, handle: `${kind}:${clock() + milliseconds}`, pollAfter: Math.max(milliseconds, 1) };
      return { ...reportOf(kind, outcome), request };
    },
    async poll(order, handle) {
      const [kind = "", until = "0"] = handle.split(":");
      const left = Number(until) - clock();
      if (left > 0) return { kind: "accepted", handle, pollAfter: left };
      return kind === "acceptedThenFailed" ? reportOf("failed", outcomeFor(order)) : { kind: "completed" };
    },
    cancel: async () => ({ kind: "completed" }),
    test: async () => ({ kind: "completed" }),
  };
}

function outcomeFor({ connector, action: { name }, attempt }: Order): JsonObject {
  const { mock } = connector;
  const outcomes = isObject(mock) && Array.isArray(mock["outcomes"]) ? (mock["outcomes"] as readonly Json[]).filter(isObject) : [];
  const own = outcomes.filter(({ action = null }) => action === null || sameAction(action, name));
  return own[Math.min(attempt, own.length) - 1] ?? {};
}

async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds === 0) return;
  // The longest time that a timer holds; whoever waits for more is ended by the signal.
  await sleep(Math.min(milliseconds, 2 ** 31 - 1), undefined, { signal });
}

function reportOf(kind: string, outcome: JsonObject): Report {
  const error = { code: String(Number(outcome["code"] ?? 1)), message: textOf(outcome["message"]) || "The script of this connector says so." };
  if (kind === "failed" || kind === "retry") return { kind: "failed", retry: kind === "retry", error };
  return { kind: "completed" };
}
