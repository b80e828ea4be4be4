import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { disguiseOf, readProviderFaults } from "../../src/emulator/providerFaults.ts";
import { handle } from "../../src/handle.ts";
import { createKeptPlans } from "../../src/plan/keptPlans.ts";
import { answer as answerOf, openHub, type Answer, type Asked, type TestHub } from "../wire/hub.ts";

const scores = "/v1.0/security/secureScores";
const alerts = "/v1.0/security/alerts";

let hub: TestHub;
const ids = new Map<string, string>();
beforeAll(async () => {
  hub = await openHub();
  for (const [name, vendorInformation] of Object.entries({
    ours: { vendor: "Contoso", provider: "Posture" },
    theirs: { vendor: "Fabrikam", provider: "Posture" },
    nobodys: null,
  })) {
    ids.set(name, (await hub.post(scores, { maxScore: ids.size, vendorInformation })).json.id);
    await hub.post(alerts, { title: name, vendorInformation });
  }
});
afterAll(() => hub.close());

/** The answer while these providers fail. */
async function ask(target: string, faults: string, method = "GET", asked: Asked = {}): Promise<Answer> {
  const disguise = disguiseOf(readProviderFaults(faults));
  const app = { ...hub.service.app, keptPlans: createKeptPlans(), ...(disguise === undefined ? {} : { disguise }) };
  return answerOf({ ...hub.service, handle: (http) => handle(app, http) }, method, target, asked);
}
const numbers = (answer: Answer): number[] => answer.json.value.map((one: { maxScore: number }) => one.maxScore).toSorted();

describe("R168 reads while a provider fails", () => {
  test("a list is 206 with a Warning, and without what the provider would have answered", async () => {
    const answer = await ask(scores, "Contoso/Posture/503/120");
    expect([answer.status, answer.headers["Warning"], numbers(answer)]).toEqual([206, '199 - "Contoso/Posture/503/120"', [1, 2]]);
    expect((await ask(scores, "")).status).toBe(200);
  });

  test("one Warning item for each of them", async () => {
    const answer = await ask(`${alerts}?$count=true`, "Contoso/Posture/500, Fabrikam/Posture/403/7");
    expect([answer.status, answer.headers["Warning"]]).toEqual([206, '199 - "Contoso/Posture/500/100", 199 - "Fabrikam/Posture/403/7"']);
    expect([answer.json["@odata.count"], answer.json.value.map((one: any) => one.title)]).toEqual([1, ["nobodys"]]);
  });

  test.each(["Contoso/Posture/200", "Contoso/Posture/404/30", "Contoso/Posture/204, Fabrikam/Posture/404"])(
    "%s: who answers 2xx or 404 is not told of",
    async (faults) => {
      const answer = await ask(scores, faults);
      expect([answer.status, answer.headers["Warning"], numbers(answer)]).toEqual([200, undefined, [0, 1, 2]]);
    },
  );

  test("the client's own filter holds beside it, and so do the next links", async () => {
    const faults = "Contoso/Posture/500";
    for (const query of ["$filter=maxScore lt 2 or maxScore eq 9", "%24Filter=maxScore%20lt%202", "$top=5&filter=maxScore+lt+2&$count=true"])
      expect(numbers(await ask(`${scores}?${query}`, faults))).toEqual([1]);
    const first = await ask(`${scores}?$top=1&$orderby=maxScore`, faults);
    const next = await ask(first.json["@odata.nextLink"].slice("https://hub.example".length), faults);
    expect([numbers(first), numbers(next), next.status, next.headers["Warning"]]).toEqual([[1], [2], 206, '199 - "Contoso/Posture/500/100"']);
  });

  test.each([`${scores}/{id}`, `${scores}('{id}')`, `${scores}/{id}?$select=maxScore`, "/beta/Security/SecureScores/{id}/"])(
    "a single one is 206 too: %s",
    async (target) => {
      const answer = await ask(target.replace("{id}", ids.get("theirs")!), "Contoso/Posture/500");
      expect([answer.status, answer.json.id, answer.headers["Warning"]]).toEqual([206, ids.get("theirs"), '199 - "Contoso/Posture/500/100"']);
    },
  );

  test("with its options in the body and within a batch it is the same", async () => {
    const faults = "Contoso/Posture/500";
    const query = await ask(`${scores}/$query`, faults, "POST", { headers: { "Content-Type": "text/plain" }, body: "$filter=maxScore lt 2" });
    expect([query.status, query.headers["Warning"], numbers(query)]).toEqual([206, '199 - "Contoso/Posture/500/100"', [1]]);
    const requests = ["/security/secureScores?$filter=maxScore lt 2", "/security/userSecurityProfiles"].map((url, index) => ({
      id: String(index),
      method: "GET",
      url,
    }));
    const batch = await ask("/v1.0/$batch", faults, "POST", { body: { requests } });
    expect(batch.json.responses.map((one: any) => [one.status, one.headers["Warning"], one.body.value.length])).toEqual([
      [206, '199 - "Contoso/Posture/500/100"', 1],
      [200, undefined, 0],
    ]);
  });

  test("through a named hub as well; other places, refusals and writes are as ever", async () => {
    const { id } = (await hub.get("/v1.0/security")).json;
    const faults = "Contoso/Posture/500";
    expect((await ask(`/v1.0/securities/${id}/secureScores`, faults)).status).toBe(206);
    for (const target of [
      "/v1.0/security",
      "/v1.0/security/userSecurityProfiles",
      "/v1.0/deviceAppManagement/deviceAppManagementTasks",
      `${scores}/$count`,
      `${scores}/${ids.get("ours")}/maxScore`,
    ]) {
      const answer = await ask(target, faults);
      expect([answer.status, answer.headers["Warning"]], target).toEqual([200, undefined]);
    }
    expect((await ask(`${scores}/nobody`, faults)).status).toBe(404);
    expect((await ask(`${scores}?$filter=(`, faults)).status).toBe(400);
    expect((await ask(scores, faults, "DELETE")).status).toBe(405);
  });
});

test("R169 a provider that times out counts as 504 after ten seconds", async () => {
  const answer = await ask(scores, "Contoso/Posture/timeout");
  expect([answer.status, answer.headers["Warning"]]).toEqual([206, '199 - "Contoso/Posture/504/10000"']);
});

describe("the setting", () => {
  test.each(["Contoso", "Contoso/Posture", "Contoso/Posture/9", "Contoso/Posture/503/x", "Con'toso/Posture/503", 'a"/b/500', "/Posture/500"])(
    "%s is refused",
    (text) => expect(() => readProviderFaults(text)).toThrow("vendor/provider/status"),
  );

  test("names may have spaces; in production there is no such thing", () => {
    const env = { SECGRAPH_PROVIDER_FAULTS: "Microsoft/Azure Sentinel/timeout" };
    expect(readConfiguration("development", { flags: {}, env }).providerFaults).toEqual([
      { vendor: "Microsoft", provider: "Azure Sentinel", status: 504, milliseconds: 10_000 },
    ]);
    const production = { ...env, SECGRAPH_TENANTS: "*", SECGRAPH_BUILTIN_ISSUER: "on" };
    expect(() => readConfiguration("production", { flags: {}, env: production })).toThrow("SECGRAPH_PROVIDER_FAULTS is for development mode only");
  });
});
