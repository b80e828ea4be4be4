import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

/** `$apply` over a model that has what the security graph has not: every type, keys of several properties, contained rows at depth. */
let hub: TestHub;

const id = (n: number): string => `0000000${n}-0000-4000-8000-000000000000`;
const samples = [
  { Id: id(1), Text: "b", Yes: true, Small: 200, Signed: -5, Whole: 2147483647, Long: "9223372036854775807", Half: 0.5, Double: 0.1, Money: 10.25, Other: id(7), Day: "2026-01-31", Time: "12:30:00", Moment: "2026-01-01T02:00:00+02:00", Span: "PT1H30M", Bytes: "AQID", Condition: "Sound", Longs: ["1", "2"], Cargos: [] },
  { Id: id(2), Text: "a", Yes: false, Small: 100, Signed: 5, Whole: 2147483647, Long: "9223372036854775807", Half: 0.25, Double: 0.2, Money: 0.75, Other: id(7), Day: "2026-02-01", Time: "00:00:00.5", Moment: "2026-01-01T00:00:00.1234567Z", Span: "-PT1S", Bytes: "AQI=", Longs: ["2"], Cargos: [] },
  { Id: id(3) },
]; // prettier-ignore

beforeAll(async () => {
  hub = await openHarbour();
  const made = [
    ...samples.map((body) => ["Samples", body] as const),
    ["Ports", { Code: "DEHAM", Name: "Hamburg" }],
    ["Ports", { Code: "NLRTM", Name: "Rotterdam" }],
    ["Ports('DEHAM')/Warehouses", { Name: "North", Capacity: 3 }],
    ["Ports('DEHAM')/Warehouses", { Name: "South", Capacity: 4 }],
    ["Ports('DEHAM')/Warehouses('North')/Shelves", { Aisle: "a", Level: -1, Load: 2.5 }],
    ["Ports('DEHAM')/Warehouses('North')/Shelves", { Aisle: "b", Level: 2, Load: 0.1 }],
    ["Berths", { Pier: "A", Number: 2, Depth: 12.5, Ranks: [1, 2, 2] }],
    ["Berths", { Pier: "A", Number: 10, Depth: 7.25, Ranks: [] }],
    ["Berths", { Pier: "B", Number: 1, Ranks: [5] }],
  ] as const;
  for (const [set, body] of made) {
    const { status, text } = await hub.post(`/v1.0/${set}`, body, { headers: { "content-type": "application/json;IEEE754Compatible=true" } });
    if (status !== 201) throw new Error(`${set}: ${text}`);
  }
});
afterAll(() => hub.close());

async function rows(set: string, apply: string, accept = "application/json;odata.metadata=none;IEEE754Compatible=true"): Promise<unknown[]> {
  const { json, text } = await hub.get(`/v1.0/${set}?$apply=${encodeURIComponent(apply)}`, { headers: { accept } });
  expect(text).not.toContain('"error"');
  return json.value;
}

describe("every type", () => {
  it.each([
    ["Text", "a", "b"],
    ["Yes", false, true],
    ["Small", 100, 200],
    ["Signed", -5, 5],
    ["Long", "9223372036854775807", "9223372036854775807"],
    ["Half", 0.25, 0.5],
    ["Money", "0.75", "10.25"],
    ["Other", id(7), id(7)],
    ["Day", "2026-01-31", "2026-02-01"],
    ["Time", "00:00:00.5", "12:30:00"],
    ["Moment", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1234567Z"],
    ["Span", "-PT1S", "PT1H30M"],
    ["Bytes", "AQI", "AQID"],
  ])("%s: least, greatest, distinct ones, groups", async (name, least, greatest) => {
    const [found] = await rows("Samples", `aggregate(${name} with min as a,${name} with max as b,${name} with countdistinct as n)`);
    expect(found).toEqual({ a: least, b: greatest, n: String(new Set([least, greatest]).size) });
    const groups = (await rows("Samples", `filter(${name} ne null)/groupby((${name}))/orderby(${name})`)) as Record<string, unknown>[];
    expect(groups.map((row) => row[name])).toEqual([...new Set([least, greatest])]);
  });

  it("sums and averages of each kind of number", async () => {
    const names = ["Small", "Whole", "Long", "Half", "Double", "Money"];
    const items = names.flatMap((name) => [`${name} with sum as s${name}`, `${name} with average as a${name}`]);
    expect(await rows("Samples", `aggregate(${items.join(",")})`)).toEqual([
      {
        sSmall: "300",
        aSmall: 150,
        sWhole: "4294967294",
        aWhole: 2147483647,
        sHalf: 0.75,
        aHalf: 0.375,
        sDouble: 0.3,
        aDouble: 0.15,
        sMoney: "11",
        aMoney: "5.5",
        // Beyond 64 bits a decimal is the double next to it.
        sLong: "18446744073709552000",
        aLong: 2 ** 63,
      },
    ]);
  });

  it("members of enumerations by name, with their type where that is not declared", async () => {
    const [found] = await rows("Samples", "aggregate(Condition with max as c)", "application/json");
    expect(found).toEqual({ "@odata.id": null, "c@odata.type": "#harbour.Condition", c: "Sound" });
    expect(await rows("Samples", "aggregate(Longs with sum as s,Longs with countdistinct as n,Longs/$count as c)")).toEqual([{ s: "5", n: "2", c: "3" }]);
    const { json } = await hub.get("/v1.0/Samples?$apply=aggregate(Condition%20with%20sum%20as%20s)");
    expect(json.error.message).toBe("$apply: 'sum' expects numbers, got values of type enum (position 10).");
  });
});

it("contained rows, at any depth and below keys of every kind", async () => {
  expect(await rows("Ports", "aggregate(Warehouses/Capacity with sum as s,Warehouses/$count as n)")).toEqual([{ s: "7", n: "2" }]);
  expect(await rows("Ports", "outerjoin(Warehouses as w)/groupby((Code),aggregate(w/Capacity with max as m))")).toEqual([
    { Code: "DEHAM", m: 4 },
    { Code: "NLRTM", m: null },
  ]);
  expect(await rows("Ports('DEHAM')/Warehouses", "aggregate(Shelves/Load with sum as s)")).toEqual([{ s: 2.6 }]);
  expect(await rows("Ports('DEHAM')/Warehouses('North')/Shelves", "groupby((Aisle),aggregate(Level with max as l))")).toEqual([
    { Aisle: "a", l: -1 },
    { Aisle: "b", l: 2 },
  ]);
  expect(await rows("Ports('DEHAM')/Warehouses('South')/Shelves", "aggregate($count as n)")).toEqual([{ n: "0" }]);
});

it("keys of several properties order as values", async () => {
  expect(await rows("Berths", "groupby((Pier,Number),aggregate(Ranks with max as r,Depth with sum as d))")).toEqual([
    { Pier: "A", Number: 2, r: 2, d: "12.5" },
    { Pier: "A", Number: 10, r: null, d: "7.25" },
    { Pier: "B", Number: 1, r: 5, d: null },
  ]);
  expect(((await rows("Berths", "topcount(2,Depth)")) as { Number: number }[]).map(({ Number: number }) => number)).toEqual([2, 10]);
});
