import { describe, expect, onTestFinished, test } from "vitest";
import { createThrottle, type Rates } from "../../src/limits/throttle.ts";
import { openHub, vendor, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const score = { maxScore: 5, vendorInformation: vendor };

async function limited(rates: Partial<Rates>): Promise<{ readonly hub: TestHub; readonly time: { now: number } }> {
  const time = { now: 0 };
  const hub = await openHub({ throttle: createThrottle({ reads: "off", writes: "off", ...rates }, () => time.now) });
  onTestFinished(() => hub.close());
  return { hub, time };
}

describe("a caller over the limit", () => {
  test("gets 429 in Graph's shape with a whole Retry-After, and is let in after it (R164, R165, R166, Q22)", async () => {
    const { hub, time } = await limited({ reads: 2 });
    expect((await hub.get(scores)).headers).not.toHaveProperty("Retry-After");
    expect((await hub.get(scores)).headers).toMatchObject({ "RateLimit-Limit": "2", "RateLimit-Remaining": "0", "RateLimit-Reset": "60" });
    const refused = await hub.get(scores, { headers: { "client-request-id": "mine" } });
    expect([refused.status, refused.headers["Retry-After"], refused.headers["RateLimit-Remaining"]]).toEqual([429, "30", "0"]);
    expect(refused.json.error).toEqual({
      code: "TooManyRequests",
      message: "Too many requests. Retry after 30 seconds.",
      innerError: {
        code: "429",
        status: "429",
        date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
        "request-id": refused.headers["request-id"],
        "client-request-id": "mine",
      },
    });
    time.now += 30_000;
    expect((await hub.get(scores)).status).toBe(200);
  });

  test("may still write, and a refused write writes nothing (R167)", async () => {
    const { hub, time } = await limited({ reads: 1, writes: 1 });
    await hub.get(scores);
    expect((await hub.get(scores)).status).toBe(429);
    expect((await hub.post(scores, score)).status).toBe(201);
    expect([(await hub.post(scores, score)).status, (await hub.patch(`${scores}/x`, {})).status, (await hub.remove(`${scores}/x`)).status]).toEqual([429, 429, 429]); // prettier-ignore
    time.now += 120_000;
    expect((await hub.get(`${scores}/$count`)).text).toBe("1");
  });

  test("a query in a body is a read (R167)", async () => {
    const { hub } = await limited({ writes: 1 });
    const query = { headers: { "content-type": "text/plain" } };
    for (let round = 0; round < 3; round += 1) expect((await hub.post(`${scores}/$query`, "$top=1", query)).status).not.toBe(429);
  });

  test("without a token 401 comes first; documents are free", async () => {
    const { hub } = await limited({ reads: 1 });
    for (let round = 0; round < 3; round += 1) {
      expect((await hub.get(scores, { caller: null })).status).toBe(401);
      expect((await hub.get("/v1.0/$metadata")).status).toBe(200);
    }
    expect((await hub.get(scores)).status).toBe(200);
  });

  test("errors near the limit carry the rate too (R166)", async () => {
    const { hub } = await limited({ reads: 1 });
    const missing = await hub.get(`${scores}/nobody`);
    expect([missing.status, missing.headers["RateLimit-Remaining"]]).toEqual([404, "0"]);
  });
});

test("a throttled request of a batch gets its own 429, the batch 200 (R127)", async () => {
  const { hub } = await limited({ reads: 2, writes: 1 });
  const requests = [
    ...["1", "2", "3"].map((id) => ({ id, method: "GET", url: "/security/secureScores" })),
    { id: "4", method: "POST", url: "/security/secureScores", headers: { "Content-Type": "application/json" }, body: score },
    { id: "5", method: "GET", url: "/security", dependsOn: ["3"] },
  ];
  const answer = await hub.post("/v1.0/$batch", { requests });
  expect(answer.status).toBe(200);
  expect(answer.json.responses.map(({ status }: { status: number }) => status)).toEqual([200, 200, 429, 201, 424]);
  expect(answer.json.responses[2]).toMatchObject({ headers: { "Retry-After": "30" }, body: { error: { code: "TooManyRequests" } } });
  expect((await hub.post("/v1.0/$batch", { requests: requests.slice(0, 1) })).json.responses[0].status).toBe(429);
});

test("a batch that cannot be read counts as a write", async () => {
  const { hub } = await limited({ writes: 2 });
  const broken = () => hub.post("/v1.0/$batch", { requests: "none" });
  expect([(await broken()).status, (await broken()).status]).toEqual([400, 400]);
  const refused = await broken();
  expect([refused.status, refused.headers["Retry-After"]]).toEqual([429, "30"]);
  expect((await hub.post(scores, score)).status).toBe(429);
});
