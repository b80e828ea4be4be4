import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callerOf, otherTenant } from "./hub.ts";
import { openNotifyStand, subscriptions, toldOf, type NotifyStand } from "./notifyStand.ts";
import type { Receiver } from "./receiver.ts";

const theirs = { caller: callerOf({ tenant: otherTenant }) };

let stand: NotifyStand;
let receiver: Receiver;

beforeAll(async () => {
  stand = await openNotifyStand();
});
afterAll(() => stand.close());
beforeEach(async () => {
  receiver = await stand.receiver();
});
afterEach(async () => {
  stand.requireNoFaults();
  await stand.clear(theirs);
});

describe("receivers that hang", () => {
  test("R154 keep no other tenant waiting, nor the other subscriptions of their own: they are told while all of those calls are still open", async () => {
    const { subscribe, score } = stand;
    const hanging = await Promise.all(Array.from({ length: 8 }, () => stand.receiver()));
    let over = 0;
    for (const one of hanging) one.wild = (response) => void response.on("close", () => (over += 1));
    await Promise.all(hanging.flatMap((one) => Array.from({ length: 16 }, () => subscribe(one))));
    await subscribe(receiver, {}, theirs);
    await score(1);
    const opened = (): number => hanging.reduce((sum, { calls }) => sum + calls.filter(({ url }) => url.search === "").length, 0);
    await expect.poll(opened).toBe(32);
    const mine = await score(2, theirs);
    await receiver.until(1);
    expect([toldOf(receiver), over]).toEqual([[mine], 0]);
  });
});

const dripping: Receiver["wild"] & {} = (response) => {
  response.writeHead(202).flushHeaders();
  const timer = setInterval(() => response.write("x"), 20).unref();
  response.on("close", () => clearInterval(timer));
};

describe("receivers that answer", () => {
  const taken: Readonly<Record<string, readonly [Receiver["wild"] & {}, object]>> = {
    "10 MB": [(response) => response.writeHead(202).end(Buffer.alloc(10_000_000, 120)), { outcome: "delivered", statusCode: 202 }],
    "slowly, byte by byte, once the status is known": [dripping, { outcome: "delivered", statusCode: 202 }],
    "in a coding that nobody asked for": [
      (response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end("no gzip"),
      { outcome: "delivered", statusCode: 200 },
    ],
  };

  const failing: Readonly<Record<string, readonly [Receiver["wild"] & {}, object]>> = {
    "301 to somewhere else": [(response) => response.writeHead(301, { Location: "http://127.0.0.1:1/elsewhere" }).end(), { statusCode: 301 }],
    "307 to themselves": [(response) => response.writeHead(307, { Location: "/hook" }).end(), { statusCode: 307 }],
    "304": [(response) => response.writeHead(304).end(), { statusCode: 304 }],
    "410 Gone": [(response) => response.writeHead(410).end(), { statusCode: 410 }],
    "nothing at all": [() => undefined, { detail: expect.stringMatching(/^timeout: /) }],
    "nothing, and close": [(response) => response.destroy(), { detail: expect.stringMatching(/^closed: /) }],
    "what is no HTTP": [(response) => response.socket!.end("SMTP ready\r\n\r\n"), { detail: expect.stringMatching(/^protocol: /) }],
    "an endless head": [
      (response) => response.writeHead(200, { "X-Long": "x".repeat(100_000) }).end(),
      { detail: expect.stringMatching(/^headersTooLarge: /) },
    ],
  };

  test("R154 any 2xx in time is success, whatever else comes; all else is failing and comes again, and no redirect is followed", async () => {
    const { subscribe, score, deliveries, hub } = stand;
    const all: Readonly<Record<string, readonly [Receiver["wild"] & {}, object]>> = { ...taken, ...failing };
    const opened = await Promise.all(
      Object.entries(all).map(async ([name, [wild, shown]]) => {
        const one = await stand.receiver();
        const id = await subscribe(one);
        one.wild = wild;
        return { name, shown, one, id };
      }),
    );
    const made = await score(1);
    for (const { name, shown, id } of opened) await expect.poll(() => deliveries(id), { message: name }).toMatchObject([shown]);
    const seen = (await hub.get(`${subscriptions}?$expand=deliveries($top=1;$select=outcome)`)).json.value;
    expect(seen.map((one: any) => one.deliveries[0].outcome).filter((outcome: string) => outcome === "failing")).toHaveLength(Object.keys(failing).length);
    expect(stand.notifier().figures()!.subscriptions).toMatchObject({ failing: Object.keys(failing).length });
    for (const { one } of opened) one.wild = undefined;
    const again = opened.filter(({ name }) => name in failing);
    for (const { one } of again) await one.until(1);
    expect(again.map(({ one }) => toldOf(one))).toEqual(again.map(() => [made]));
    const troubles = (): string[] => stand.trouble.filter((one) => opened.some(({ id }) => one.endsWith(id))).toSorted();
    await expect.poll(troubles).toEqual(again.flatMap(({ id }) => [`failing ${id}`, `recovered ${id}`]).toSorted());
    expect(opened.every(({ one }) => one.calls.every(({ url }) => url.pathname === "/hook"))).toBe(true);
  });
});
