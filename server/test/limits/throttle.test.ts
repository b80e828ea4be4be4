import { describe, expect, test } from "vitest";
import { Problem } from "../../src/base/errors.ts";
import { createThrottle, type Rates } from "../../src/limits/throttle.ts";
import { callerOf, otherTenant } from "../wire/hub.ts";

/** A throttle with a clock that stands until it is told. */
function still(rates: Partial<Rates> = {}) {
  const time = { now: 1_000_000 };
  const throttle = createThrottle({ reads: 6, writes: 3, ...rates }, () => time.now);
  const ask = (kind: keyof Rates = "reads", caller = callerOf()): number | "passed" => {
    try {
      throttle(caller, kind);
      return "passed";
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      return Number((error as Problem).extras.headers!["Retry-After"]);
    }
  };
  const many = (count: number): (number | "passed")[] => Array.from({ length: count }, () => ask());
  return { time, throttle, ask, many };
}

describe("a minute's requests pass, then one for each share of a minute", () => {
  test("the wait is the one that is told, and not shorter (R164, R165)", () => {
    const { time, ask, many } = still();
    expect(many(7)).toEqual(["passed", "passed", "passed", "passed", "passed", "passed", 10]);
    time.now += 9_900;
    expect(ask()).not.toBe("passed");
    time.now += 100;
    expect([ask(), ask()]).toEqual(["passed", 20]);
  });

  test("a burst that was refused and waits as told gets in whole (R165)", () => {
    const { time, many } = still({ reads: 60 });
    many(60);
    const waits = many(5).map(Number);
    expect(waits).toEqual([1, 2, 3, 4, 5]);
    const begin = time.now;
    for (const wait of waits) {
      time.now = begin + wait * 1000;
      expect(many(1)).toEqual(["passed"]);
    }
  });

  test("whoever does not wait is told no more than a minute, and loses nothing by asking", () => {
    const { time, many } = still({ reads: 60 });
    const told = many(500).slice(60).map(Number);
    expect(Math.max(...told)).toBe(60);
    time.now += 60_000;
    expect(many(60)).toEqual(Array.from({ length: 60 }, () => "passed"));
  });

  test("in the long run exactly the rate passes", () => {
    const { time, ask } = still({ reads: 7 });
    let passed = 0;
    for (let second = 0; second < 600; second += 1, time.now += 1000) if (ask() === "passed") passed += 1;
    expect(passed).toBe(7 + Math.floor((599 * 7) / 60));
  });
});

describe("who shares a bucket (R167)", () => {
  test("reads and writes do not, nor apps, nor tenants", () => {
    const { ask, many } = still();
    many(6);
    expect(ask()).toBe(10);
    expect(ask("writes")).toBe("passed");
    expect(ask("reads", callerOf({ appId: "another" }))).toBe("passed");
    expect(ask("reads", callerOf({ tenant: otherTenant }))).toBe("passed");
  });

  test("all tokens of one app in one tenant do, people's too", () => {
    const { ask, many } = still();
    many(6);
    expect(ask("reads", callerOf({ user: "a@contoso.com", kind: "delegated", permissions: [] }))).toBe(10);
  });
});

describe("what answers tell (R166)", () => {
  test("nothing far from the limit, then limit, rest and seconds until all is free again", () => {
    const { throttle } = still({ reads: 10 });
    const told = Array.from({ length: 10 }, () => throttle(callerOf(), "reads"));
    expect(told.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => undefined));
    expect(told.slice(8)).toEqual([
      { "RateLimit-Limit": "10", "RateLimit-Remaining": "1", "RateLimit-Reset": "54" },
      { "RateLimit-Limit": "10", "RateLimit-Remaining": "0", "RateLimit-Reset": "60" },
    ]);
  });

  test("`off` counts nothing", () => {
    const { many } = still({ reads: "off" });
    expect(new Set(many(10_000))).toEqual(new Set(["passed"]));
  });
});
