import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hours, openNotifyStand, scores, toldOf, type NotifyStand } from "./notifyStand.ts";
import type { Receiver } from "./receiver.ts";

const minutes = 60_000;
/** Milliseconds by which time has gone on, and by which the clock was set. */
const moved = { time: 0, clock: 0 };

let stand: NotifyStand;
let receiver: Receiver;

beforeAll(async () => {
  stand = await openNotifyStand({ clock: () => Date.now() + moved.time + moved.clock, steady: () => Date.now() + moved.time });
});
afterAll(() => stand.close());
beforeEach(async () => {
  receiver = await stand.receiver();
});
afterEach(async () => {
  moved.clock = 0;
  stand.requireNoFaults();
  await stand.clear();
});

const wanted = (): object => ({
  expirationDateTime: new Date(Date.now() + moved.time + 20 * 24 * hours).toISOString(),
  lifecycleNotificationUrl: `${receiver.url}/life`,
});
const missed = (): string[] => receiver.notified.flatMap(({ lifecycleEvent }) => lifecycleEvent ?? []);
const isDown = (down: boolean): void =>
  void (receiver.answer = ({ url }) => (down && url.pathname === "/hook" && url.search === "" ? { status: 503 } : undefined));
const calls = (): number => receiver.calls.filter(({ url }) => url.pathname === "/hook" && url.search === "").length;

/** Time goes on, something is written, and it is tried to be told. */
async function writeAfter(time: number): Promise<string> {
  moved.time += time;
  const before = calls();
  const made = await stand.score(1);
  await expect.poll(calls).toBeGreaterThan(before);
  return made;
}

describe("R154, R158 an outage", () => {
  test("of less than four hours loses nothing; of what is older then it is told once that it was missed, and the rest is told", async () => {
    const id = await stand.subscribe(receiver, wanted());
    isDown(true);
    await writeAfter(0);
    const second = await writeAfter(4 * hours - 5 * minutes);
    expect(await stand.deliveries(id)).toMatchObject([{ outcome: "failing" }]);
    const third = await writeAfter(10 * minutes);
    await expect.poll(missed).toEqual(["missed"]);
    isDown(false);
    const fourth = await writeAfter(6 * minutes);
    await receiver.until(4);
    expect(toldOf(receiver)).toEqual([second, third, fourth]);
    const log = (): Promise<any[]> => stand.deliveries(id);
    const outcomes = async (): Promise<ReadonlySet<string>> => new Set((await log()).map(({ outcome }) => outcome));
    await expect.poll(outcomes).toEqual(new Set(["delivered", "dropped", "failing", "lifecycle"]));
    const dropped = (await log()).find(({ outcome }) => outcome === "dropped");
    expect(dropped).toMatchObject({ notificationCount: 1 });
    expect(missed()).toEqual(["missed"]);
  });

  test("of 24 hours loses nothing where they are kept for so long, over a restart too", async () => {
    await stand.stopNotifying();
    stand.startNotifying(24 * hours);
    await stand.subscribe(receiver, wanted());
    isDown(true);
    const first = await writeAfter(0);
    const second = await writeAfter(23 * hours + 50 * minutes);
    await stand.stopNotifying();
    isDown(false);
    stand.startNotifying(24 * hours);
    await receiver.until(2);
    expect([toldOf(receiver), missed()]).toEqual([[first, second], []]);
    await stand.stopNotifying();
    stand.startNotifying();
  });

  test.each([
    ["ahead", 24 * hours],
    ["back", -24 * hours],
  ])("and a clock that was set a day %s: nothing is dropped by it", async (_, set) => {
    await stand.subscribe(receiver, wanted());
    isDown(true);
    const first = await writeAfter(0);
    moved.clock = set;
    const second = await writeAfter(6 * minutes);
    isDown(false);
    const third = await writeAfter(6 * minutes);
    await receiver.until(3);
    expect([toldOf(receiver), missed()]).toEqual([[first, second, third], []]);
  });

  test("drops nothing where what is old is not what was asked for: then nothing was missed", async () => {
    const there = await stand.score(1);
    const id = await stand.subscribe(receiver, { ...wanted(), changeType: "created" });
    isDown(true);
    await stand.hub.patch(`${scores}/${there}`, { currentScore: 2 });
    const made = await writeAfter(5 * hours);
    await expect.poll(async () => (await stand.deliveries(id)).map(({ outcome }) => outcome)).toEqual(["failing"]);
    isDown(false);
    const next = await writeAfter(6 * minutes);
    await receiver.until(2);
    expect([toldOf(receiver), missed()]).toEqual([[made, next], []]);
  });

  test("of the lifecycle endpoint too: what was missed is told when it is there again, once, over a restart", async () => {
    const id = await stand.subscribe(receiver, wanted());
    receiver.answer = ({ url }) => (url.search === "" ? { status: 503 } : undefined);
    await writeAfter(0);
    await writeAfter(5 * hours);
    await expect.poll(async () => (await stand.deliveries(id)).filter(({ outcome }) => outcome === "dropped").length).toBe(1);
    await stand.stopNotifying();
    receiver.answer = () => undefined;
    stand.startNotifying();
    await expect.poll(missed).toEqual(["missed"]);
    await stand.stopNotifying();
    stand.startNotifying();
    await writeAfter(0);
    expect(missed()).toEqual(["missed"]);
  });
});
