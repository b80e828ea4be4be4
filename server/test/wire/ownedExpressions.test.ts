import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, type TestHub } from "./hub.ts";

/** Expressions that look at rows of which a caller may read only those its application made. */

const permissions = ["ThreatIndicators.ReadWrite.OwnedBy", "Security.ReadWrite.All", "SecurityEvents.ReadWrite.All"];
const a = callerOf({ appId: "app-a", permissions });
const b = callerOf({ appId: "app-b", permissions });
const without = callerOf({ permissions: ["Security.ReadWrite.All", "SecurityEvents.ReadWrite.All"] });
const all = callerOf();

describe.each(["graph", "odata"] as const)("in the %s profile", (profile) => {
  let hub: TestHub;
  let id: string;
  beforeAll(async () => {
    hub = await openHub({ profile });
    await hub.post("/v1.0/security/alerts", { title: "t", severity: "high", vendorInformation: { vendor: "v", provider: "p" } });
    const indicator = {
      action: "alert",
      description: "d",
      expirationDateTime: "2030-01-01T00:00:00Z",
      targetProduct: "Azure Sentinel",
      threatType: "WatchList",
      tlpLevel: "white",
    };
    id = (await hub.post("/v1.0/security/tiIndicators", { ...indicator, domainName: "x.example" }, { caller: a })).json.id;
  });
  afterAll(() => hub.close());

  const ask = async (target: string, caller = all): Promise<string> => {
    const { status, json } = await hub.get(`/v1.0/${target}`.replaceAll(" ", "%20"), { caller });
    return status === 200 ? String(json.value.length) : String(status);
  };

  test.each([
    ["tiIndicators/any()", "1", "0"],
    ["tiIndicators/any(t:t/description eq 'd')", "1", "0"],
    ["not tiIndicators/any()", "0", "1"],
    ["tiIndicators/all(t:t/description eq 'other')", "0", "1"],
    ["tiIndicators/$count eq 1", "1", "0"],
    ["case(tiIndicators/any():true,true:false)", "1", "0"],
    ["$root/security/tiIndicators/$count gt 0", "1", "0"],
    ["$root/security/tiIndicators('ID') ne null", "1", "0"],
    ["$root/security/tiIndicators('ID')/description eq 'd'", "1", "0"],
  ])("%s", async (written, mine, others) => {
    const target = `securities?$filter=${written.replace("ID", id)}`;
    expect([await ask(target, all), await ask(target, a), await ask(target, b), await ask(target, without)]).toEqual([mine, mine, others, "403"]);
  });

  test("what is computed for an answer is for callers that may read all", async () => {
    for (const target of [
      "securities?$compute=tiIndicators/$count as n&$select=n",
      "securities?$apply=compute(tiIndicators/$count as n)/aggregate(n with sum as s)",
    ]) {
      expect([await ask(target, all), await ask(target, b), await ask(target, without)]).toEqual(["1", "403", "403"]);
    }
    expect(await ask("security/alerts?$orderby=$root/security/tiIndicators/$count", without)).toBe("403");
  });
});
