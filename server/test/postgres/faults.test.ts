import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFaultGround, type FaultGround } from "./faults/faultGround.ts";
import { cutConnections, restartImmediately } from "./faults/strikes.ts";

let ground: FaultGround;
beforeAll(async () => void (ground = await openFaultGround({ seed: 6 })), 60_000);
afterAll(() => ground.stop());

/** Milliseconds after which a server that was not restarted takes writes again, once its database is there: on a machine that has time it is ten seconds (server/test-long). */
const healthy = 60_000;

test(
  "while the database is away every door says so: nobody is called unknown, nothing is a fault of ours, and /healthz lives",
  { retry: 2 },
  async ({ onTestFailed }) => {
    const { postgres, ask } = ground;
    onTestFailed(() => postgres.resume());
    const get = (path: string, headers = {}) => ask({ method: "GET", path, headers });
    const told = async (answer: ReturnType<typeof ask>): Promise<unknown> => {
      const got = await answer;
      return [got?.status, got?.headers["retry-after"], (/"(?:code|error)":"(\w+)"/.exec(got?.text ?? "") ?? [])[1]];
    };
    const fresh = `Bearer ${await ground.freshToken()}`;
    const scores = "/v1.0/security/secureScores";
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const body = "grant_type=client_credentials&client_id=11111111-1111-4111-8111-111111111111&client_secret=x&scope=http%3A%2F%2Fhub.example%2F.default";
    await postgres.halt("SIGQUIT");
    // What was under way when it went has its own answers.
    while ((await get(scores, { Authorization: fresh }))?.status !== 503) await sleep(20);
    const post = { method: "POST", path: scores, headers: { Authorization: fresh, "Content-Type": "application/json" }, body: "{}" };
    const answers = {
      get: await told(get(scores, { Authorization: fresh })),
      post: await told(ask(post)),
      forged: await told(get(scores, { Authorization: "Bearer forged" })),
      token: await told(ask({ method: "POST", path: "/demo.localtest/oauth2/v2.0/token", headers: form, body })),
    };
    expect(answers).toEqual({
      get: [503, "1", "serviceNotAvailable"],
      post: [503, "1", "serviceNotAvailable"],
      forged: [401, undefined, "InvalidAuthenticationToken"],
      token: [503, "5", "temporarily_unavailable"],
    });
    expect([(await get("/healthz"))?.status, (await get("/readyz"))?.status, (await get("/v1.0/$metadata"))?.status]).toEqual([200, 503, 200]);
    expect((await get("/metrics"))?.text).toMatch(/^secgraph_store_ready 0$/m);
    await postgres.resume();
    while ((await get("/readyz"))?.status !== 200) await sleep(50);
    expect((await get(scores, { Authorization: fresh }))?.status).toBe(200);
  },
);

describe("12 writers go through it: nothing acknowledged is lost, nothing torn or doubled; meanwhile 503 with Retry-After", () => {
  test.each([
    ["the database is stopped as by a crash and started again", restartImmediately],
    ["connections break at random bytes", cutConnections],
  ])("%s", async (what, strike) => {
    const report = await ground.rounds(1, strike);
    console.log(`${what}: ${report.line}`);
    expect(report.faults.slice(0, 10)).toEqual([]);
    expect(report.acknowledged).toBeGreaterThanOrEqual(90);
    expect(Math.max(...report.recoveries)).toBeLessThan(healthy);
  });
});
