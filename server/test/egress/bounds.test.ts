import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { faultOf, listenOn, openEgress, plainHere, post, serveHttp } from "./grounds.ts";

/** Answers after a while and knows how many it had at once. */
async function slowReceiver(milliseconds: number) {
  const seen = { now: 0, most: 0, all: 0 };
  const url = await serveHttp((request, response) => {
    seen.now += 1;
    seen.all += 1;
    seen.most = Math.max(seen.most, seen.now);
    request.resume();
    setTimeout(() => {
      seen.now -= 1;
      response.writeHead(202).end();
    }, milliseconds);
  });
  return { url, seen };
}

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

describe("calls under way", () => {
  test("so many to one destination, so many in all, and everybody's turn comes", async () => {
    const receivers = await Promise.all(many(4, () => slowReceiver(20)));
    const egress = openEgress({ allow: plainHere, limits: { running: 6, runningEach: 3 } });
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, egress.figures().running)), 1);
    const answers = await Promise.all(many(40, (n) => egress.send(post(receivers[n % 4]!.url))));
    clearInterval(timer);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    for (const { seen } of receivers) expect(seen).toMatchObject({ all: 10, now: 0 });
    expect(Math.max(...receivers.map(({ seen }) => seen.most))).toBeLessThanOrEqual(3);
    expect(most).toBeLessThanOrEqual(6);
    expect(egress.figures()).toMatchObject({ running: 0, waiting: 0 });
  });

  test("a destination with a long row does not hold up one that comes later", async () => {
    const [slow, quick] = [await slowReceiver(50), await slowReceiver(0)];
    const egress = openEgress({ allow: plainHere, limits: { running: 4, runningEach: 2 } });
    const row = many(60, () => egress.send(post(slow.url)));
    const later = await Promise.all(many(10, () => egress.send(post(quick.url))));
    expect(later).toHaveLength(10);
    expect(slow.seen.all).toBeLessThan(60);
    await Promise.all(row);
  });

  test("who waits too long, or is one too many, is told that nothing was sent", async () => {
    const { url, seen } = await slowReceiver(300);
    const egress = openEgress({ allow: plainHere, limits: { runningEach: 1, waiting: 2, patience: 50 } });
    const first = egress.send(post(url));
    const waiting = many(2, () => faultOf(egress.send(post(url))));
    const oneTooMany = await faultOf(egress.send(post(url)));
    expect(oneTooMany).toMatchObject({ reason: "busy", sent: "never" });
    for (const fault of await Promise.all(waiting)) expect(fault).toMatchObject({ reason: "busy", sent: "never" });
    expect((await first).status).toBe(202);
    expect(seen.all).toBe(1);
    expect(egress.figures()).toMatchObject({ running: 0, waiting: 0 });
    expect((await egress.send(post(url))).status).toBe(202);
  });

  test("one destination does not take all places to wait", async () => {
    const [slow, other] = [await slowReceiver(200), await slowReceiver(200)];
    const egress = openEgress({ allow: plainHere, limits: { runningEach: 1, waiting: 100, waitingEach: 2 } });
    const row = many(3, () => egress.send(post(slow.url)));
    expect(await faultOf(egress.send(post(slow.url)))).toMatchObject({ reason: "busy", sent: "never" });
    const others = many(3, () => egress.send(post(other.url)));
    expect((await Promise.all([...row, ...others])).map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
  });

  test("stopping refuses who waits", async () => {
    const { url, seen } = await slowReceiver(10_000);
    const egress = openEgress({ allow: plainHere, limits: { runningEach: 1 } });
    const all = many(5, () => faultOf(egress.send(post(url))));
    await expect.poll(() => seen.all).toBe(1);
    await egress.close();
    expect((await Promise.all(all)).map(({ reason, sent }) => `${reason} ${sent}`).toSorted()).toEqual([
      "stopped never",
      "stopped never",
      "stopped never",
      "stopped never",
      "stopped perhaps",
    ]);
    expect(seen.all).toBe(1);
  });

  test("a call that was given up makes room", async () => {
    const url = await serveHttp(() => undefined);
    const egress = openEgress({ allow: plainHere, limits: { runningEach: 1 } });
    const limits = { headers: 30, total: 30 };
    for (const fault of await Promise.all(many(5, () => faultOf(egress.send(post(url, { limits })))))) expect(fault).toMatchObject({ reason: "timeout" });
    expect(egress.figures()).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe("connections", () => {
  test("pools are bounded: the one that rested longest goes", async () => {
    const urls = await Promise.all(many(8, async () => (await slowReceiver(0)).url));
    const egress = openEgress({ allow: plainHere, limits: { most: 3 } });
    for (let round = 0; round < 3; round += 1) {
      for (const url of urls) {
        expect((await egress.send(post(url))).status).toBe(202);
        expect(egress.figures().pools).toBeLessThanOrEqual(3);
      }
    }
  });

  test("what nobody uses is closed, and nothing runs then", async () => {
    const { url } = await slowReceiver(0);
    const egress = openEgress({ allow: plainHere, limits: { idle: 30 } });
    await egress.send(post(url));
    expect(egress.figures().pools).toBe(1);
    while (egress.figures().pools > 0) await sleep(10);
    expect((await egress.send(post(url))).status).toBe(202);
  });

  test("a pool whose time is over finishes what is under way", async () => {
    const { url, seen } = await slowReceiver(150);
    const egress = openEgress({ allow: plainHere, limits: { life: 20 } });
    const first = egress.send(post(url));
    await sleep(60);
    const second = egress.send(post(url));
    expect((await first).status).toBe(202);
    expect((await second).status).toBe(202);
    expect(seen.all).toBe(2);
  });

  test("a receiver that comes back is reached again", async () => {
    const server = createServer((request, response) => request.resume().on("end", () => response.writeHead(202).end()));
    const port = await listenOn(server);
    const egress = openEgress({ allow: plainHere });
    const url = `http://127.0.0.1:${port}/`;
    expect((await egress.send(post(url))).status).toBe(202);
    server.close();
    server.closeAllConnections();
    await sleep(20);
    expect(["connect", "closed"]).toContain((await faultOf(egress.send(post(url)))).reason);
    await listenOn(
      createServer((request, response) => request.resume().on("end", () => response.writeHead(204).end())),
      "127.0.0.1",
      port,
    );
    expect((await egress.send(post(url))).status).toBe(204);
  });

  test("ten thousand addresses that lead nowhere leave nothing behind", async () => {
    const egress = openEgress();
    for (let n = 0; n < 10_000; n += 100) await Promise.all(many(100, (k) => faultOf(egress.send(post(`https://h${n + k}.example/`)))));
    expect(egress.figures()).toMatchObject({ running: 0, waiting: 0, pools: 0 });
  });
});
