import { afterAll, beforeAll, expect, it } from "vitest";
import { callerOf, openHub, type TestHub } from "./hub.ts";

let hub: TestHub;

interface Score {
  readonly day: string;
  readonly provider: string | null;
  readonly score: number | null;
  readonly controls: readonly (readonly [name: string, score: number | null])[];
}

const scores: readonly Score[] = [
  { day: "2026-01-01", provider: "A", score: 0.1, controls: [["mfa", 1], ["dlp", 2]] },
  { day: "2026-01-01", provider: "A", score: 0.2, controls: [["mfa", 3]] },
  { day: "2026-01-01", provider: "B", score: 10, controls: [] },
  { day: "2026-01-02", provider: "A", score: null, controls: [["dlp", null]] },
  { day: "2026-01-02", provider: "B", score: 7.25, controls: [["mfa", 5], ["lock", 4]] },
  { day: "2026-01-02", provider: null, score: 1, controls: [] },
]; // prettier-ignore

const importer = callerOf({
  permissions: ["SecurityEvents.ReadWrite.All", "SecurityData.Import", "Security.ReadWrite.All", "DeviceManagementApps.ReadWrite.All"],
});

beforeAll(async () => {
  hub = await openHub();
  for (const [index, { day, provider, score, controls }] of scores.entries()) {
    const body = {
      createdDateTime: `${day}T0${index}:00:00Z`,
      currentScore: score,
      activeUserCount: index,
      vendorInformation: { vendor: "Contoso", provider },
      enabledServices: ["HasExchange", `Has${index % 2}`],
      controlScores: controls.map(([controlName, points]) => ({ controlName, score: points })),
    };
    const { status, text } = await hub.post("/v1.0/security/secureScores", body, { caller: importer });
    if (status !== 201) throw new Error(text);
  }
});
afterAll(() => hub.close());

const address = (apply: string, rest = ""): string => `/v1.0/security/secureScores?$apply=${encodeURIComponent(apply)}${rest}`;

/** The rows of a result without control information. */
async function rows(apply: string, rest = ""): Promise<unknown[]> {
  const answer = await hub.get(address(apply, rest), { headers: { accept: "application/json;odata.metadata=none" } });
  expect(answer.text).not.toContain("error");
  return answer.json.value;
}

const by = (provider: string | null, more: object) => ({ vendorInformation: { provider }, ...more });

it("aggregates with every method: sums are exact, values that are missing do not count", async () => {
  const all =
    "currentScore with sum as s,currentScore with min as low,currentScore with max as high,currentScore with average as mean,vendorInformation/provider with countdistinct as p,$count as n";
  expect(await rows(`aggregate(${all})`)).toEqual([{ s: 18.55, low: 0.1, high: 10, mean: 18.55 / 5, p: 2, n: 6 }]);
  expect(await rows(`filter(currentScore gt 1000)/aggregate(${all})`)).toEqual([{ s: null, low: null, high: null, mean: null, p: 0, n: 0 }]);
  expect(await rows("groupby((vendorInformation/provider),aggregate(currentScore with sum as s))")).toEqual([
    by(null, { s: 1 }),
    by("A", { s: 0.3 }),
    by("B", { s: 17.25 }),
  ]);
});

it("aggregates expressions, and extremes of text, whole numbers and instants", async () => {
  const all =
    "currentScore mul 2 add activeUserCount with sum as x,vendorInformation/provider with max as p,activeUserCount with sum as u,createdDateTime with min as t";
  expect(await rows(`aggregate(${all})`)).toEqual([{ x: 49.1, p: "B", u: 15, t: "2026-01-01T00:00:00Z" }]);
});

it("says the types of what it made, the shape in the context URL, and that rows are none that can be read", async () => {
  const text = "aggregate(currentScore with sum as s,$count as n,createdDateTime with max as t,activeUserCount with max as u)";
  const { json } = await hub.get(address(text));
  expect(json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#security/secureScores(s,n,t,u)");
  expect(json.value).toEqual([
    {
      "@odata.id": null,
      s: 18.55,
      "n@odata.type": "#Decimal",
      n: 6,
      "t@odata.type": "#DateTimeOffset",
      t: "2026-01-02T05:00:00Z",
      "u@odata.type": "#Int32",
      u: 5,
    },
  ]);
});
