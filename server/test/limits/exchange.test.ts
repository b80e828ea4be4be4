import { describe, expect, onTestFinished, test } from "vitest";
import { createExchange, type ShareRates } from "../../src/limits/exchange.ts";
import { createThrottle } from "../../src/limits/throttle.ts";
import { callerOf } from "../wire/hub.ts";

const window = 60_000;

/** The place where servers meet, in memory: what each bucket lacks, on the same clock. */
function meeting(time: { now: number }): { readonly share: ShareRates; readonly told: () => number; readonly fail: (fails: boolean) => void } {
  const full = new Map<string, number>();
  let [told, fails] = [0, false];
  const share: ShareRates = async (spent) => {
    if (fails) throw new Error("gone");
    told += 1;
    return spent.map(({ tenant, appId, kind, spent: ms }) => {
      const key = JSON.stringify([tenant, appId, kind]);
      full.set(key, Math.max(full.get(key) ?? 0, time.now) + ms);
      return full.get(key)! - time.now;
    });
  };
  return { share, told: () => told, fail: (now) => void (fails = now) };
}

/** Servers with a limit that share it, and what they let pass. */
function servers(count: number, reads: number) {
  const time = { now: 1_000_000 };
  const place = meeting(time);
  const all = Array.from({ length: count }, () => {
    const exchange = createExchange({ share: place.share, clock: () => time.now, every: 0 });
    onTestFinished(exchange.stop);
    return createThrottle({ reads, writes: 10 }, () => time.now, exchange);
  });
  const ask = (server: number, times: number): number => {
    let passed = 0;
    for (let one = 0; one < times; one += 1) {
      try {
        all[server]!(callerOf(), "reads");
        passed += 1;
      } catch {
        // Throttled.
      }
    }
    return passed;
  };
  /** What was noted has been told and answered. */
  const meet = async (): Promise<void> => void (await new Promise((resolve) => setImmediate(resolve)));
  return { time, place, ask, meet };
}

describe("servers that share a rate", () => {
  test("know what the others let pass after the next exchange", async () => {
    const { ask, meet, time } = servers(2, 100);
    expect(ask(0, 70)).toBe(70);
    await meet();
    // It learns when it tells itself.
    expect(ask(1, 1)).toBe(1);
    await meet();
    expect(ask(1, 100)).toBe(29);
    await meet();
    expect(ask(0, 1)).toBe(0 + 1);
    await meet();
    expect([ask(0, 5), ask(1, 5)]).toEqual([0, 0]);
    time.now += window / 10;
    expect(ask(0, 100)).toBe(9);
  });

  test("let no more pass in a minute than the bound says, and exactly the rate in the long run", async () => {
    const [count, limit, perTurn] = [4, 1000, 40];
    const { ask, meet, time } = servers(count, limit);
    const passed: number[] = [];
    for (let second = 0; second < 600; second += 1, time.now += 1000) {
      let now = 0;
      for (let server = 0; server < count; server += 1) now += ask(server, perTurn);
      passed.push(now);
      await meet();
    }
    const inMinute = (from: number): number => passed.slice(from, from + 60).reduce((sum, one) => sum + one, 0);
    const bound = 2 * limit + (count - 1) * (perTurn + limit / 100);
    expect(Math.max(...Array.from({ length: 540 }, (_, from) => inMinute(from)))).toBeLessThanOrEqual(bound);
    const all = passed.reduce((sum, one) => sum + one, 0);
    expect(Math.abs(all - 11 * limit)).toBeLessThanOrEqual((count - 1) * (perTurn + limit / 100));
  });

  test("count by themselves while they cannot meet, and make up for it after", async () => {
    const { ask, meet, place } = servers(2, 100);
    place.fail(true);
    expect(ask(0, 60)).toBe(60);
    await meet();
    expect(ask(1, 60)).toBe(60);
    await meet();
    place.fail(false);
    expect([ask(0, 1), ask(1, 1)]).toEqual([1, 1]);
    await meet();
    // The first had told before the second did.
    expect([ask(0, 1), ask(1, 1)]).toEqual([1, 0]);
    await meet();
    expect([ask(0, 1), ask(1, 1)]).toEqual([0, 0]);
  });

  test("tell nothing of what is little", async () => {
    const { ask, meet, place } = servers(2, 10_000);
    expect(ask(0, 99)).toBe(99);
    await meet();
    expect(place.told()).toBe(0);
    ask(0, 2);
    await meet();
    expect(place.told()).toBe(1);
  });
});
