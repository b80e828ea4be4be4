import { expect, test } from "vitest";
import type { Tended } from "../../src/store/store.ts";
import { createChangeLogKeeping } from "../../src/outbox/keepChangeLog.ts";
import type { Lease } from "../../src/store/leases.ts";

const lease: Lease = { hub: "", kind: "", key: "", owner: "", token: 1, attempts: 1, payload: "" };

/** Runs the job over a log that answers so, time after time: what it was asked, and when it is due again. */
async function run(answers: readonly Tended[], { stopAfter = Infinity, all = false } = {}) {
  const asked: unknown[] = [];
  const stop = new AbortController();
  const keepChangeLog = async (kept: object): Promise<Tended> => {
    asked.push(kept);
    if (asked.length >= stopAfter) stop.abort();
    return answers[asked.length - 1] ?? "kept";
  };
  return { result: await createChangeLogKeeping({ keepChangeLog }, all ? undefined : 30)(lease, stop.signal), asked };
}

test("what is too old goes in portions until nothing is left; then in an hour again", async () => {
  const portion = { days: 30, most: 1000 };
  expect(await run(["more", "more", "kept"])).toEqual({ result: { later: 3_600_000 }, asked: [portion, portion, portion] });
  expect((await run(["kept"], { all: true })).asked).toEqual([{ days: undefined, most: 1000 }]);
});

test("where others are at it the next look is in a minute; a server that stops leaves the rest to the next at once", async () => {
  expect((await run(["more", "busy"])).result).toEqual({ later: 60_000 });
  const { result, asked } = await run(["more", "more", "more"], { stopAfter: 2 });
  expect([result, asked.length]).toEqual([{ later: 0 }, 2]);
});
