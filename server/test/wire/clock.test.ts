import { describe, expect, onTestFinished, test } from "vitest";
import { openHub, vendor, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const hour = 3600_000;
/** The jumps of one test, one after the other, so that the clock goes both ways. */
const jumps = [hour, 0, -hour, 0, 24 * hour, 0, -24 * hour, 24 * hour, -24 * hour, 0];

interface Jumping {
  readonly hub: TestHub;
  /** Sets the wall clock off by so many milliseconds; the steady clock goes on. */
  readonly jump: (by: number) => void;
}

async function openJumping(): Promise<Jumping> {
  let off = 0;
  const hub = await openHub({ clock: () => Date.now() + off, steady: () => Date.now() });
  onTestFinished(hub.close);
  return { hub, jump: (by) => void (off = by) };
}

const make = async (hub: TestHub, more: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<any> => {
  const made = await hub.post(scores, { currentScore: 1, maxScore: 2, vendorInformation: vendor, ...more }, { headers });
  expect(made.status).toBe(201);
  return made.json;
};

/** Longer, on a running server: server/test-long/clock.test.ts. */
describe("the wall clock jumps by an hour and by a day, there and back", () => {
  test.each(["", "&$orderby=createdDateTime", "&$orderby=id", "&$orderby=currentScore desc"])(
    "paging meets every row once that was there at its start, with others written meanwhile: %s",
    async (order) => {
      const { hub, jump } = await openJumping();
      const before: string[] = [];
      for (const [index] of Array.from({ length: 44 }).entries()) {
        jump(jumps[index % jumps.length]!);
        before.push((await make(hub, { currentScore: index })).id);
      }
      const seen: string[] = [];
      let next: string | undefined = `${scores}?$top=4${order}`;
      for (let page = 0; next !== undefined; page += 1) {
        jump(jumps[page % jumps.length]!);
        const answer = await hub.get(next);
        expect(answer.status).toBe(200);
        seen.push(...answer.json.value.map((one: { id: string }) => one.id));
        if (page < 10) await make(hub);
        const link: string | undefined = answer.json["@odata.nextLink"];
        next = link?.slice("https://hub.example".length);
      }
      expect(before.map((id) => seen.filter((one) => one === id).length)).toEqual(before.map(() => 1));
      expect(new Set(seen).size).toBe(seen.length);
    },
  );

  test("ids grow with every write", async () => {
    const { hub, jump } = await openJumping();
    const ids: string[] = [];
    for (const by of jumps) {
      jump(by);
      for (let count = 0; count < 5; count += 1) ids.push((await make(hub)).id);
    }
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a tag is good until the next change and no longer, whatever the time says", async () => {
    const { hub, jump } = await openJumping();
    const { "@odata.etag": first, id } = await make(hub);
    let etag = first;
    const tags = new Set([etag]);
    for (const by of jumps) {
      jump(by);
      const change = { headers: { "If-Match": etag, Prefer: "return=representation" } };
      const changed = await hub.patch(`${scores}/${id}`, { currentScore: 3 }, change);
      expect(changed.status).toBe(200);
      expect((await hub.patch(`${scores}/${id}`, { currentScore: 4 }, change)).status).toBe(412);
      etag = changed.headers["ETag"];
      tags.add(etag);
      expect((await hub.get(`${scores}/${id}`, { headers: { "If-None-Match": etag } })).status).toBe(304);
    }
    expect(tags.size).toBe(jumps.length + 1);
  });

  test("a key of idempotency keeps its answer, and no longer than before", async () => {
    const { hub, jump } = await openJumping();
    const { id } = await make(hub, {}, { "Idempotency-Key": "once" });
    for (const by of jumps) {
      jump(by);
      expect((await make(hub, {}, { "Idempotency-Key": "once" })).id).toBe(id);
      // A later write forgets the keys that are too old.
      await make(hub, {}, { "Idempotency-Key": `other ${by} ${Math.random()}` });
    }
    expect((await hub.get(`${scores}/$count`)).text).toBe(String(jumps.length + 1));
  });
});
