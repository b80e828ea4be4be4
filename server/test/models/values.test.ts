import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

let hub: TestHub;
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
let count = 0;

beforeAll(async () => {
  hub = await openHarbour();
});
afterAll(() => hub.close());

/** Sends one property as JSON text and tells how the answer prints it. */
async function roundTrip(name: string, text: string, headers = {}): Promise<string> {
  count += 1;
  const made = await hub.send("POST", "/v1.0/Samples", { body: `{"Id":"${id(count)}","${name}":${text}}`, headers });
  if (made.status !== 201) return `${made.status} ${made.json.error?.message}`;
  const { text: read } = await hub.get(`/v1.0/Samples(${id(count)})?$select=${name}`, { headers });
  return new RegExp(`"${name}":(.*)\\}$`).exec(read)?.[1] ?? read;
}

describe("every primitive type comes back as it was sent", () => {
  test.each([
    ["Text", '"a\\"ü\\\\"'],
    ["Yes", "false"],
    ["Small", "255"],
    ["Signed", "-128"],
    ["Short", "-32768"],
    ["Whole", "2147483647"],
    ["Long", "9223372036854775807"],
    ["Long", "-9223372036854775808"],
    ["Half", "0.1"],
    ["Half", '"INF"'],
    ["Double", "1.7976931348623157e+308"],
    ["Double", '"-INF"'],
    ["Double", '"NaN"'],
    ["Money", "12345678901234567890123456.7891"],
    ["Money", "-0.5"],
    ["Any", "0.1234567890123456789012345678901234567890"],
    ["Other", '"0F3A1B2C-0000-4000-8000-00000000ABCD"'],
    ["Day", '"0001-01-01"'],
    ["Time", '"23:59:59.1234567"'],
    ["Moment", '"2026-01-01T02:00:00.1234567+02:00"'],
    ["Span", '"-P1DT2H3M4.5S"'],
    ["Bytes", '"_-8"'],
    ["Condition", '"Sunk"'],
    ["Cargo", '"Grain,Cars"'],
    ["Code", '"CHBSL"'],
    ["Point", '{"type":"Point","coordinates":[8.5,47.4]}'],
    ["Shape", '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}'],
    ["Texts", '["a","a",""]'],
    ["Moneys", "[1.50,2]".replace("1.50", "1.5")],
    ["Longs", "[9007199254740993,-1]"],
    ["Days", '["2026-01-31"]'],
    ["Cargos", '["Oil","Grain,Cars"]'],
  ])("%s %s", async (name, text) => {
    expect(await roundTrip(name, text)).toBe(text);
  });

  test.each([
    ["Bytes", '"/+8="', '"_-8"'],
    ["Cargo", "9", '"Grain,Cars"'],
    ["Cargo", '"6"', '"Liquid"'],
    ["Cargo", '"oil, GAS"', '"Liquid"'],
    ["Cargo", "0", '"None"'],
    ["Condition", "2", '"Damaged"'],
    ["Condition", '"sound"', '"Sound"'],
    ["Any", "1e-7", "0.0000001"],
    ["Any", "-1.50E3", "-1500"],
    ["Any", "12345678901234567890e-21", "0.012345678901234567890"],
    ["Any", "5e-324", `0.${"0".repeat(323)}5`],
    ["Any", `${"9".repeat(308)}.5`, `${"9".repeat(308)}.5`],
    ["Money", "1e25", `1${"0".repeat(25)}`],
    ["Moneys", "[1e21]", `[1${"0".repeat(21)}]`],
  ])("%s %s is %s", async (name, text, printed) => {
    expect(await roundTrip(name, text)).toBe(printed);
  });

  test("IEEE754Compatible: Int64 and Decimal as strings, both ways", async () => {
    const accept = { accept: "application/json;IEEE754Compatible=true" };
    expect(await roundTrip("Long", '"9007199254740993"', accept)).toBe('"9007199254740993"');
    expect(await roundTrip("Money", '"12345678901234567890.5"', accept)).toBe('"12345678901234567890.5"');
    expect(await roundTrip("Longs", '["1"]', accept)).toBe('["1"]');
    expect(await roundTrip("Any", "1e-7", accept)).toBe('"0.0000001"');
  });
});

test("Decimals that are calculated have no exponent either", async () => {
  for (const name of ["Any", "Any"]) await roundTrip(name, "3e-9");
  const query = "$apply=filter(Any eq 0.000000003)/aggregate(Any with sum as sum,Any with max as most)/compute(most div 1000 as part)";
  const { text } = await hub.get(`/v1.0/Samples?${query}`, { headers: { accept: "application/json;odata.metadata=none" } });
  expect(text).toContain('"sum":0.000000006,"most":0.000000003,"part":0.000000000003}');
  for (const name of ["Any", "Any"]) await roundTrip(name, "1.7e308");
  const accept = "application/json;odata.metadata=none;IEEE754Compatible=true";
  const steps = "filter(Any gt 1.6e308)/aggregate(Any with sum as sum,Any with max as most)/compute(most mul 1000 as beyond)";
  const { text: most } = await hub.get(`/v1.0/Samples?$apply=${steps}`, { headers: { accept } });
  expect(most).toContain(`"sum":"34${"0".repeat(307)}","most":"17${"0".repeat(307)}","beyond":"INF"}`);
});

describe("what does not fit the type or its facets is refused, naming the property", () => {
  test.each([
    ["Small", "256"],
    ["Signed", "-129"],
    ["Short", "1.5"],
    ["Whole", '"1"'],
    ["Long", "9223372036854775808"],
    ["Half", "1e39"],
    ["Double", '"inf"'],
    ["Money", "1.23456"],
    ["Money", "1e-5"],
    ["Money", "1e26"],
    ["Any", '"1e3"'],
    ["Any", `"${"9".repeat(309)}"`],
    ["Money", "123456789012345678901234567"],
    ["Other", '"x"'],
    ["Day", '"2026-02-30"'],
    ["Time", '"24:00:00"'],
    ["Moment", '"2026-01-01T00:00:00"'],
    ["Span", '"P1Y"'],
    ["Span", '"P"'],
    ["Bytes", '"a"'],
    ["Bytes", `"${"A".repeat(88)}"`],
    ["Condition", '"Lost"'],
    ["Condition", '"Sound,Damaged"'],
    ["Cargo", "16"],
    ["Cargo", '"Grain,Wine"'],
    ["Cargo", '""'],
    ["Code", '"TOOLONG"'],
    ["Point", '{"type":"LineString","coordinates":[]}'],
    ["Point", '"POINT(1 2)"'],
    ["Texts", '"a"'],
    ["Texts", "[1]"],
    ["Days", '["x"]'],
  ])("%s %s", async (name, text) => {
    expect(await roundTrip(name, text)).toMatch(new RegExp(`^400 Property '${name}(\\[0\\])?': expected`));
  });

  test("the names of facets in a complex value and in its collection", async () => {
    const made = await hub.post("/v1.0/Companies", { Name: "x", Seat: { Street: "x".repeat(61), City: "c" }, Branches: [{ City: "c" }, { Street: "s" }] });
    expect(made.json.error.details.map(({ target }: { target: string }) => target)).toEqual(["Seat/Street", "Branches[1]/City"]);
  });
});

describe("types derived from others", () => {
  test("an entity of a type at the end of three, in the set of an abstract one", async () => {
    const tanker = {
      "@odata.type": "#harbour.Tanker",
      Id: 1,
      Name: "T",
      Cargo: "Oil",
      Tanks: [1, 2],
      Marks: { "@odata.type": "#harbour.HullMarks", Number: 7 },
      extra: true,
    };
    const made = await hub.post("/v1.0/Assets", tanker);
    expect(made.status, made.text).toBe(201);
    expect(made.json).toMatchObject({ "@odata.type": "#harbour.Tanker", Condition: "Unknown", DoubleHull: true, extra: true });
    expect(made.json.Marks.Number).toBe(7);
    const cast = await hub.get("/v1.0/Assets/harbour.CargoShip?$filter=harbour.CargoShip/Cargo has harbour.Cargo'Oil'");
    expect(cast.json.value).toHaveLength(1);
    expect((await hub.get("/v1.0/Assets(1)/harbour.Tanker/Tanks")).json.value).toEqual([1, 2]);
  });

  test("abstract ones are not made", async () => {
    const bare = await hub.post("/v1.0/Assets", { Id: 2, Name: "x" });
    expect(`${bare.status} ${bare.json.error.message}`).toContain("400 The body must name its type");
    const named = await hub.post("/v1.0/Assets", { "@odata.type": "#harbour.Asset", Id: 2, Name: "x" });
    expect(named.status).toBe(400);
    const complex = await hub.post("/v1.0/Assets", { "@odata.type": "#harbour.Crane", Id: 2, Name: "x", Marks: {} });
    expect(complex.json.error.message).toContain("harbour.Marks, which is abstract");
  });

  test("complex ones keep their members, changed one by one or whole", async () => {
    const company = await hub.post("/v1.0/Companies", {
      Name: "x",
      Seat: { "@odata.type": "#harbour.ForeignPostBox", City: "Basel", Box: 1, Country: "CH", more: 2 },
    });
    expect(company.json.Seat).toMatchObject({ City: "Basel", Box: 1, Country: "CH", more: 2, Street: null });
    const at = `/v1.0/Companies(${company.json.Id})`;
    expect((await hub.patch(at, { Seat: { "@odata.type": "#harbour.ForeignPostBox", Box: 2 } })).status).toBe(204);
    expect((await hub.get(at)).json.Seat).toMatchObject({ City: "Basel", Box: 2, more: 2 });
    expect((await hub.patch(at, { Seat: { "@odata.type": "#harbour.PostBox", City: "Bern", Box: 3 } })).status).toBe(204);
    const { Seat } = (await hub.get(at)).json;
    expect(Seat).toMatchObject({ City: "Bern", Box: 3 });
    expect(Seat).not.toHaveProperty("more");
  });
});

test("a value that is immutable, and one that the server sets", async () => {
  const company = await hub.post("/v1.0/Companies", { Name: "x", Founded: "1900-01-01" });
  const at = `/v1.0/Companies(${company.json.Id})`;
  expect((await hub.patch(at, { Founded: "1901-01-01" })).json.error.message).toContain("Founded");
  expect((await hub.patch(at, { Founded: "1900-01-01", Name: "y" })).status).toBe(204);
});

test("places on a map are not filtered by, and $metadata says so", async () => {
  for (const filter of ["Point eq null", "geo.distance(Point,geography'POINT(1 2)') lt 5"]) {
    const answer = await hub.get(`/v1.0/Samples?$filter=${encodeURIComponent(filter)}`);
    expect([400, 501], answer.text).toContain(answer.status);
  }
  const { text } = await hub.get("/v1.0/$metadata");
  expect(text).toMatch(/Term="Capabilities.FilterRestrictions">[\s\S]*<PropertyPath>Point<\/PropertyPath>/);
});
