import { describe, expect, test } from "vitest";
import { mockConnection } from "../../../src/outbox/connectors/mock/mockConnection.ts";
import type { Report } from "../../../src/outbox/dispatch/connection.ts";
import { orderOf, withAction } from "./orders.ts";

const never = new AbortController().signal;

describe("a mock plays its script", () => {
  test("attempt after attempt, the last outcome stays; each action has its own", async () => {
    const outcomes = [
      { action: "BlockIp", outcome: "retry", code: 7, message: "not yet" },
      { action: "UnblockIp", outcome: "failed" },
      { action: null, outcome: "completed" },
    ];
    const { deliver } = mockConnection(Date.now);
    const order = orderOf("mock", { outcomes });
    const play = (attempt: number, name = "BlockIp"): Promise<Report> => deliver({ ...withAction(order, { name }), attempt }, never);
    expect(await play(1)).toMatchObject({ kind: "failed", retry: true, error: { code: "7", message: "not yet" } });
    expect([(await play(2)).kind, (await play(3)).kind]).toEqual(["completed", "completed"]);
    expect(await play(1, "UnblockIp")).toMatchObject({ kind: "failed", retry: false, error: { code: "1" } });
    expect((await deliver(orderOf("mock", {}), never)).kind).toBe("completed");
  });

  test.each([
    ["accepted", { kind: "completed" }],
    ["acceptedThenFailed", { kind: "failed", retry: false, error: { message: "late" } }],
  ])("%s goes on for its time, wherever it is asked", async (outcome, end) => {
    let now = 1000;
    const order = orderOf("mock", { outcomes: [{ outcome, milliseconds: 400, message: "late" }] });
    const accepted = (await mockConnection(() => now).deliver(order, never)) as Extract<Report, { kind: "accepted" }>;
    expect(accepted).toMatchObject({ kind: "accepted", pollAfter: 400 });
    const { poll } = mockConnection(() => now);
    now = 1100;
    expect(await poll!(order, accepted.handle!, never)).toMatchObject({ kind: "accepted", pollAfter: 300 });
    now = 1400;
    expect(await poll!(order, accepted.handle!, never)).toMatchObject(end);
  });

  test("and what connectors do to a queue: silence until its time is over, and rubbish", async () => {
    const { deliver } = mockConnection(Date.now);
    await expect(deliver(orderOf("mock", { outcomes: [{ outcome: "timeout" }] }), AbortSignal.timeout(20))).rejects.toThrow(/abort/i);
    await expect(deliver(orderOf("mock", { outcomes: [{ outcome: "rubbish" }] }), never)).rejects.toThrow("html");
  });
});
