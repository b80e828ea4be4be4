import { describe, expect, test } from "vitest";
import { createLine, type Asked, type Line, type Member } from "../../src/outbox/pull/line.ts";
import { createWaitingRoom } from "../../src/outbox/pull/waitingRoom.ts";

const asked = (wait: number, gone?: AbortSignal): Asked => ({ count: 1, wait, gone }) as Asked;

/** A line whose looks give what is laid out for them. */
function stand() {
  const [due, seen]: [string[], number[]] = [[], []];
  let [admitted, empty] = [0, 0];
  let pause: Promise<void> | undefined;
  const line: Line = createLine({
    async look(members: readonly Member[]) {
      seen.push(members.length);
      await pause;
      for (const { leases } of members) if (due.length > 0) leases.push({ id: due.shift()! });
      return Infinity;
    },
    admit() {
      admitted += 1;
      if (admitted > 3) throw new Error("full");
      return () => void (admitted -= 1);
    },
    onEmpty: () => void (empty += 1),
  });
  return { due, seen, line, hold: (until: Promise<void>) => void (pause = until), counts: () => ({ admitted, empty }) };
}

async function looked(seen: readonly number[], times: number): Promise<void> {
  await expect.poll(() => seen.length).toBe(times);
}

describe("a line", () => {
  test("gives what comes to whoever came first, and looks once for all of them", async () => {
    const { due, seen, line } = stand();
    const standing = [line.stand(asked(60)), line.stand(asked(60)), line.stand(asked(60))];
    await looked(seen, 1);
    due.push("a", "b");
    line.wake();
    line.wake();
    expect([await standing[0], await standing[1]]).toEqual([[{ id: "a" }], [{ id: "b" }]]);
    expect(seen).toEqual([3, 3]);
    line.dismiss();
    expect(await standing[2]).toEqual([]);
  });

  test("answers at once who does not wait, and looks for each who comes", async () => {
    const { due, seen, line, counts } = stand();
    expect(await line.stand(asked(0))).toEqual([]);
    due.push("a");
    expect(await line.stand(asked(0))).toEqual([{ id: "a" }]);
    expect([seen, counts()]).toEqual([[1, 1], { admitted: 0, empty: 2 }]);
  });

  test("lets nobody go with what a look has for it", async () => {
    const { due, seen, line, hold } = stand();
    const [slow, gone] = [Promise.withResolvers<void>(), new AbortController()];
    due.push("a");
    hold(slow.promise);
    const standing = line.stand(asked(60, gone.signal));
    await looked(seen, 1);
    gone.abort();
    line.dismiss();
    slow.resolve();
    expect(await standing).toEqual([{ id: "a" }]);
  });

  test("has nobody in it who is gone", async () => {
    const { line, counts } = stand();
    const gone = new AbortController();
    const standing = line.stand(asked(60, gone.signal));
    await expect.poll(() => counts().admitted).toBe(1);
    gone.abort();
    expect(await standing).toEqual([]);
    expect(await line.stand(asked(60, gone.signal))).toEqual([]);
    expect(counts()).toEqual({ admitted: 0, empty: 2 });
  });

  test("turns away who may not stay, and nobody else", async () => {
    const { line, counts } = stand();
    const standing = Array.from({ length: 4 }, () => line.stand(asked(60)));
    await expect(standing[3]).rejects.toThrow("full");
    line.dismiss();
    expect(await Promise.all(standing.slice(0, 3))).toEqual([[], [], []]);
    expect(counts().empty).toBe(1);
  });
});

describe("a waiting room", () => {
  const guest = (hub: string, appId: string, until: number) => ({ hub, tenant: "t", appId, until });

  test("has places by hub and by application in it", () => {
    const room = createWaitingRoom({ inHub: 3, ofApp: 2 }, () => 0);
    const out = room.enter(guest("a", "x", 9_500));
    room.enter(guest("a", "x", 20_000));
    expect(() => room.enter(guest("a", "x", 1))).toThrow("Too many requests.");
    room.enter(guest("b", "x", 1));
    room.enter(guest("a", "y", 1));
    expect(() => room.enter(guest("a", "z", 1))).toThrow("Too many requests.");
    out();
    expect(room.size()).toBe(3);
    room.enter(guest("a", "x", 1));
  });

  test("tells who is turned away when the next one leaves, or a little later", () => {
    const room = createWaitingRoom({ inHub: 1, ofApp: 1 }, () => 1_000);
    room.enter(guest("a", "x", 10_500));
    const told = Array.from({ length: 50 }, () => {
      try {
        room.enter(guest("a", "x", 1));
        return 0;
      } catch (error) {
        return Number((error as { readonly extras: { readonly headers: Record<string, string> } }).extras.headers["Retry-After"]);
      }
    });
    expect(Math.min(...told)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...told)).toBeLessThanOrEqual(14);
  });
});
