import { describe, expect, test } from "vitest";
import { createWaits } from "../../src/outbox/pull/waits.ts";

describe("who waits", () => {
  test("is woken by what comes for its hub, also by what came before it waited", async () => {
    const waits = createWaits();
    const [one, other] = [waits.open("a"), waits.open("b")];
    waits.wake("a");
    await one.until(60_000);
    let woken = false;
    void other.until(60_000).then(() => (woken = true));
    await Promise.resolve();
    expect(woken).toBe(false);
    waits.wake();
    await other.until(60_000);
    for (const wait of [one, other]) wait.close();
  });

  test("goes on after its time, and when nobody shall wait any more", async () => {
    const waits = createWaits();
    const wait = waits.open("a");
    await wait.until(5);
    const long = waits.open("a").until(60_000);
    waits.stop();
    await long;
    await waits.open("a").until(60_000);
    expect(waits.isStopped()).toBe(true);
  });
});
