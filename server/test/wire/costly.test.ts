import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHub, type Answer, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
let hub: TestHub;

beforeAll(async () => {
  hub = await openHub({ queryBudget: 1000 });
  const controlScores = Array.from({ length: 9000 }, (_, n) => ({ controlName: `c${n}`, score: n }));
  await hub.post(scores, { vendorInformation: { vendor: "V", provider: "P" }, controlScores });
});
afterAll(() => hub.close());

const asked = (option: string): string => `${scores}?${option.replace(/=.*$/s, "")}=${encodeURIComponent(option.replace(/^[^=]*=/, ""))}`;

/** 504 says that the machine is busy with other things, and to try again. */
async function answered(option: string): Promise<Answer> {
  for (;;) {
    const answer = await hub.get(asked(option));
    if (answer.status !== 504) return answer;
    expect([answer.json.error.code, answer.headers["Retry-After"]]).toEqual(["timeout", "5"]);
  }
}

describe("a query that computes for longer than one may is the client's to change: 400, with what to ask instead", () => {
  test.each([
    ["collections joined with themselves", "$apply=join(controlScores as a)/join(controlScores as b)/filter(a/score add b/score lt -1)/aggregate($count as n)"],
    ["elements compared with each other", "$filter=controlScores/any(a:controlScores/any(b:a/score gt b/score and b/score gt a/score))"],
  ])("%s", async (_, option) => {
    const { status, json, headers } = await answered(option);
    expect([status, json.error.code]).toEqual([400, "QueryTooCostly"]);
    expect(json.error.message).toMatch(
      /^The query takes more than the 1 seconds of computing that one may take here and was stopped\. Ask for less: .*filter\(\.\.\.\)/,
    );
    expect(headers["Retry-After"]).toBeUndefined();
  });

  test("and what asks for less is answered", async () => {
    const { status, json } = await hub.get(asked("$apply=join(controlScores as a)/filter(a/score lt 3)/aggregate($count as n)"));
    expect([status, json.value?.[0]?.n]).toEqual([200, 3]);
  });
});

describe("a group that others wait for is not held up by what reads", () => {
  let pure: TestHub;
  beforeAll(async () => {
    pure = await openHub({ profile: "odata", queryBudget: 1000 });
    const controlScores = Array.from({ length: 9000 }, (_, n) => ({ controlName: `c${n}`, score: n }));
    await pure.post(scores, { vendorInformation: { vendor: "V", provider: "P" }, controlScores });
  });
  afterAll(() => pure.close());
  const pairs = "controlScores/any(a:controlScores/any(b:a/score gt b/score and b/score gt a/score))";

  test("a query in a body only reads: it has no place in an atomicity group", async () => {
    const request = {
      id: "1",
      atomicityGroup: "g",
      method: "POST",
      url: "/security/secureScores/$query",
      headers: { "content-type": "text/plain" },
      body: `$filter=${pairs}`,
    };
    const { json } = await pure.post("/v1.0/$batch", { requests: [request] });
    expect(json.responses.map(({ status, body }: any) => [status, body.error.message])).toEqual([
      [400, "Request '1' only reads: it cannot be in an atomicity group."],
    ]);
  });

  test("members that are dear to find are not changed by $each; others are", async () => {
    const each = (filter: string) => pure.patch(`${scores}/$filter(${encodeURIComponent(filter)})/$each`, { maxScore: 7 });
    const refused = await each(pairs);
    expect([refused.status, refused.json.error.code]).toEqual([400, "QueryTooCostly"]);
    expect((await each("controlScores/any(a:a/score eq 8999)")).status).toBe(204);
    expect((await pure.get(`${scores}?$select=maxScore`)).json.value).toEqual([expect.objectContaining({ maxScore: 7 })]);
  });
});
