import { describe, expect, onTestFinished, test } from "vitest";
import { createRemoval, type Removal } from "../../src/outbox/removeOld.ts";
import { handle } from "../../src/handle.ts";
import { storedRows } from "../engine.ts";
import { baseUrl, callerOf, openHub, otherTenant, vendor, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const day = 86_400_000;
const begin = Date.UTC(2030, 0, 1);

interface Ground {
  readonly hub: TestHub;
  readonly time: { now: number };
  readonly make: (more?: object, caller?: ReturnType<typeof callerOf>) => Promise<string>;
  /** Keeps so many days of the change log, to the end; a few entries at a time. */
  readonly keep: (days: number | undefined) => Promise<void>;
  readonly entries: () => Promise<number>;
}

async function open(): Promise<Ground> {
  const time = { now: begin };
  const hub = await openHub({ clock: () => time.now });
  onTestFinished(() => hub.close());
  const file = `${hub.folder}/hub.sqlite`;
  await hub.store.system.keepChangeLog({ days: 10, most: 2 });
  return {
    hub,
    time,
    make: async (more = {}, caller = callerOf()) => (await hub.post(scores, { maxScore: 5, vendorInformation: vendor, ...more }, { caller })).json.id as string,
    async keep(days) {
      for (let rounds = 0; (await hub.store.system.keepChangeLog({ days, most: 2 })) === "more"; rounds += 1) expect(rounds).toBeLessThan(100);
    },
    entries: async () => Number((await storedRows(file, `SELECT count(*) FROM "changes"`))[0]![0]),
  };
}

const linkOf = (url: string): string => url.replace(baseUrl, "");
const latest = async ({ hub }: Ground): Promise<string> => linkOf((await hub.get(`${scores}/delta?$deltatoken=latest`)).json["@odata.deltaLink"]);

describe("the change log", () => {
  test("R139 a link behind which something is gone is 410 with a fresh start; links of what is kept go on", async () => {
    const ground = await open();
    const { hub, time, make, keep } = ground;
    const first = await latest(ground);
    await make();
    const old = [await make(), await make()];
    time.now += 6 * day;
    const middle = await latest(ground);
    const young = await make();
    time.now += 9 * day;
    await keep(10);
    const refused = await hub.get(first);
    expect([refused.status, refused.json.error.code, refused.headers["Location"]]).toEqual([410, "resyncRequired", `${baseUrl}${scores}/delta?$deltatoken=`]);
    expect((await hub.get(middle)).json.value.map(({ id }: { id: string }) => id)).toEqual([young]);
    const afresh = await hub.get(linkOf(refused.headers["Location"]!));
    expect(afresh.json.value.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining([...old, young]));
    const next = linkOf(afresh.json["@odata.deltaLink"]);
    await hub.remove(`${scores}/${young}`);
    expect((await hub.get(next)).json.value).toEqual([{ "@removed": { reason: "deleted" }, id: young }]);
  });

  test("keeps what is young, whatever portions it is gone through in, hub by hub; off keeps all", async () => {
    const { hub, time, make, keep, entries } = await open();
    const other = callerOf({ tenant: otherTenant });
    for (let n = 0; n < 5; n += 1) await make();
    for (let n = 0; n < 3; n += 1) await make({}, other);
    time.now += 20 * day;
    await make({}, other);
    const before = await entries();
    await keep(undefined);
    expect(await entries()).toBe(before);
    await keep(30);
    expect(await entries()).toBe(before);
    await keep(10);
    expect(await entries()).toBe(1);
    const link = linkOf((await hub.get(`${scores}/delta?$deltatoken=latest`)).json["@odata.deltaLink"]);
    // Nothing happened since, and nothing is needed of what is gone.
    expect((await hub.get(link)).status).toBe(200);
    const id = await make();
    expect((await hub.get(link)).json.value.map((row: { id: string }) => row.id)).toEqual([id]);
  });

  test("a hole in the log is never passed over in silence, wherever it is", async () => {
    const ground = await open();
    const { hub, make, time, keep } = ground;
    const link = await latest(ground);
    await make();
    time.now += 20 * day;
    const caller = callerOf();
    await make({}, caller);
    // What the first link would have to show is of another place than its own: the hub itself and the score.
    await keep(10);
    const profiles = linkOf((await hub.get("/v1.0/security/userSecurityProfiles/delta?$deltatoken=latest")).json["@odata.deltaLink"]);
    expect([(await hub.get(link)).status, (await hub.get(profiles)).status]).toEqual([410, 200]);
  });
});

describe("scores with an end", () => {
  const removal = (hub: TestHub, time: { now: number }): Removal => ({
    path: "secureScores",
    by: "createdDateTime",
    days: 90,
    permissions: ["SecurityEvents.ReadWrite.All"],
    send: (request, caller) => handle(hub.service.app, request, caller),
    clock: () => time.now,
  });
  const lease = { hub: "", kind: "", key: "", owner: "", token: 1, attempts: 1, payload: "" };

  test("are deleted in every hub when they are too old, and who follows changes sees it", async () => {
    const ground = await open();
    const { hub, time, make } = ground;
    const other = callerOf({ tenant: otherTenant });
    const old = [];
    for (let n = 0; n < 12; n += 1) old.push(await make());
    await make({}, other);
    time.now += 80 * day;
    const young = await make();
    const link = await latest(ground);
    time.now += 11 * day;
    const job = createRemoval(hub.store.system, removal(hub, time));
    expect(await job(lease, new AbortController().signal)).toEqual({ later: 3_600_000 });
    expect((await hub.get(scores)).json.value.map(({ id }: { id: string }) => id)).toEqual([young]);
    expect((await hub.get(scores, { caller: other })).json.value).toEqual([]);
    const seen = (await hub.get(link)).json.value.map((item: { id: string; "@removed": { reason: string } }) => `${item.id} ${item["@removed"].reason}`);
    expect(seen.toSorted()).toEqual(old.map((id) => `${id} deleted`).toSorted());
    const trail = await storedRows(`${hub.folder}/hub.sqlite`, `SELECT DISTINCT "app" FROM "audit" WHERE "verb" = 'delete'`);
    expect(trail).toEqual([["00000000-0000-0000-0000-000000000000"]]);
    expect(await job(lease, new AbortController().signal)).toEqual({ later: 3_600_000 });
  });

  test("stay where the server stops, and a refusal is told", async () => {
    const { hub, time, make } = await open();
    await make();
    time.now += 91 * day;
    const stopped = createRemoval(hub.store.system, removal(hub, time));
    expect(await stopped(lease, AbortSignal.abort())).toEqual({ later: 0 });
    expect((await hub.get(scores)).json.value).toHaveLength(1);
    const refused = createRemoval(hub.store.system, { ...removal(hub, time), permissions: [] });
    await expect(refused(lease, new AbortController().signal)).rejects.toThrow("could not be listed: 403");
  });
});

test("a link asked for after days leads through all that happened meanwhile, page by page", async () => {
  const ground = await open();
  const { hub, time, make, keep } = ground;
  let link = await latest(ground);
  const made = [];
  for (let n = 0; n < 5; n += 1) {
    made.push(await make());
    time.now += 2 * day;
    await keep(undefined);
  }
  const seen: string[] = [];
  for (let pages = 0; pages < 10; pages += 1) {
    const { json: page } = await hub.get(link, { headers: { Prefer: "odata.maxpagesize=2" } });
    seen.push(...page.value.map(({ id }: { id: string }) => id));
    link = linkOf(page["@odata.nextLink"] ?? page["@odata.deltaLink"]);
    if (page["@odata.deltaLink"] !== undefined) break;
  }
  expect(seen).toEqual(made);
  const last = await make();
  expect((await hub.get(link)).json.value.map(({ id }: { id: string }) => id)).toEqual([last]);
});
