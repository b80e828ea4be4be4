import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyMembers, keyPredicate, keyTextOf } from "../../src/edm/keyText.ts";
import { createModel } from "../../src/edm/createModel.ts";
import type { EntityType } from "../../src/edm/types.ts";
import { defineModel } from "../../src/edm/defineModel.ts";
import { openHub, type TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

let hub: TestHub;
const company = "0F3A1B2C-0000-4000-8000-00000000ABCD";

beforeAll(async () => {
  hub = await openHarbour();
  const rows: readonly (readonly [string, object])[] = [
    ["Berths", { Pier: "A/1 'north', = ü", Number: -4, Depth: 7.25 }],
    ["Berths", { Pier: "B", Number: 10 }],
    ["Berths", { Pier: "B", Number: 9 }],
    ["People", { Number: -5, Name: "Ada" }],
    ["People", { Number: 12, Name: "Bo" }],
    ["Companies", { Id: company, Name: "Lines" }],
    ["Tides", { Day: "2026-01-31", High: "12:30" }],
    ["Ports", { Code: "A/'B", Name: "Odd" }],
  ];
  for (const [set, row] of rows) {
    const made = await hub.post(`/v1.0/${set}`, row);
    if (made.status !== 201) throw new Error(made.text);
  }
  await hub.send("POST", "/v1.0/People", { body: '{"Number":9007199254740993,"Name":"Cy"}' });
});
afterAll(() => hub.close());

async function nameOf(target: string, property = "Name"): Promise<unknown> {
  const { status, json, text } = await hub.get(`/v1.0/${target}`);
  return status === 200 ? json[property] : `${status} ${text}`;
}

describe("a row is reached by its key", () => {
  test.each([
    ["People(-5)", "Ada"],
    ["People/-5", "Ada"],
    ["People(Number=-5)", "Ada"],
    ["People(number=+12)", "Bo"],
    ["People(0012)", "Bo"],
    ["People(@n)?@n=-5", "Ada"],
    ["People/9007199254740993", "Cy"],
    [`Companies(${company})`, "Lines"],
    [`Companies/${company.toLowerCase()}`, "Lines"],
    ["Ports('A%2F''B')", "Odd"],
    ["Ports/A%2F'B", "Odd"],
  ])("%s", async (target, name) => {
    expect(await nameOf(target)).toBe(name);
  });

  test("of several parts, in any order and as segments", async () => {
    for (const target of ["Berths(Pier='B',Number=10)", "Berths(Number=10,Pier='B')", "Berths/B/10"]) expect(await nameOf(target, "Number")).toBe(10);
    expect(await nameOf("Berths(Pier='A%2F1%20''north'',%20%3D%20%C3%BC',Number=-4)", "Depth")).toBe(7.25);
    expect(await nameOf("Tides(2026-01-31)", "High")).toBe("12:30");
    expect(await nameOf("Tides/2026-01-31", "High")).toBe("12:30");
  });

  test("what is sent back as Location leads to it", async () => {
    const made = await hub.post("/v1.0/Berths", { Pier: "x'y/z,=1", Number: 2 });
    const location = made.headers["Location"]!.replace("https://hub.example", "");
    expect((await hub.get(location)).json.Pier).toBe("x'y/z,=1");
    expect(made.json["@odata.context"]).toMatch(/#Berths\/\$entity$/);
    expect((await hub.remove(location)).status).toBe(204);
  });
});

describe("a key that does not fit is refused, by place", () => {
  test.each([
    ["People('5')", 400, "no value of type Edm.Int64"],
    ["People(1.5)", 400, "no value of type Edm.Int64"],
    ["People(99999999999999999999)", 400, "no value of type Edm.Int64"],
    ["People/abc", 400, "abc"],
    ["People(Nummer=5)", 400, "whose key is (Number)"],
    ["Berths('B')", 400, "whose key is (Pier,Number)"],
    ["Berths(Pier='B')", 400, "whose key is (Pier,Number)"],
    ["Berths(Pier='B',Pier='C')", 400, "whose key is (Pier,Number)"],
    ["Berths(Pier='B',Number=1,Depth=2)", 400, "whose key is (Pier,Number)"],
    ["Berths/B", 400, "whose key is (Pier,Number)"],
    ["Berths(Pier='B',Number=11)", 404, "Pier='B',Number=11"],
    ["Companies('x')", 400, "no value of type Edm.Guid"],
    ["Tides(2026-02-30)", 400, ""],
  ])("%s", async (target, status, named) => {
    const answer = await hub.get(`/v1.0/${target}`);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.json.error.message).toContain(named);
  });

  test.each([
    [{ Pier: "C" }, "Property 'Number' is required"],
    [{ Pier: "C", Number: "1" }, "Property 'Number'"],
    [{ Pier: "C", Number: 2.5 }, "Property 'Number'"],
    [{ Pier: "x".repeat(41), Number: 1 }, "at most 40 characters"],
    [{ Pier: null, Number: 1 }, "Property 'Pier' is required"],
  ])("in a body: %j", async (body, named) => {
    const answer = await hub.post("/v1.0/Berths", body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.json.error.message).toContain(named);
  });

  test("one that is taken, however it is written, is 409", async () => {
    const again = await hub.post("/v1.0/Companies", { Id: company.toLowerCase(), Name: "Again" });
    expect(again.status, again.text).toBe(409);
  });

  test("another one in the body of a PATCH", async () => {
    expect((await hub.patch("/v1.0/Berths(Pier='B',Number=9)", { Pier: "C", Number: 9 })).status).toBe(400);
    expect((await hub.patch("/v1.0/Berths(Pier='B',Number=9)", { Number: 9, Pier: "B", Depth: 3 })).status).toBe(204);
  });
});

test("keys order as values, not as text, and page", async () => {
  const first = await hub.get("/v1.0/People?$select=Number", { headers: { prefer: "odata.maxpagesize=2" } });
  expect(first.json.value.map(({ Number: number }: { Number: number }) => number)).toEqual([-5, 12]);
  const next = await hub.get(first.json["@odata.nextLink"].replace("https://hub.example", ""));
  expect(next.text).toContain('"Number":9007199254740993');
  const berths = await hub.get("/v1.0/Berths?$select=Number&$filter=Pier eq 'B'");
  expect(berths.json.value.map(({ Number: number }: { Number: number }) => number)).toEqual([9, 10]);
});

test("what the client leaves out, the server makes", async () => {
  const made = await hub.post("/v1.0/Companies", { Name: "New" });
  expect(made.json.Id).toMatch(/^[0-9a-f-]{36}$/);
  const document = await hub.post("/v1.0/Documents", { Id: company, Title: "t" });
  expect(document.status).toBe(201);
  expect(document.json.Id).not.toBe(company.toLowerCase());
});

test("whole numbers that the server makes are counted on, also for many at once", async () => {
  const shop = defineModel(readFileSync(new URL("../../../docs/how-to/bookshop/bookshop.csdl.xml", import.meta.url), "utf8"), {
    read: ["Security.ReadWrite.All"],
    write: ["Security.ReadWrite.All"],
  });
  const other = await openHub({ model: shop, profile: "odata" });
  await other.post("/v1.0/Authors", { Id: 7, Name: "own" });
  const made = await Promise.all(Array.from({ length: 10 }, (_, index) => other.post("/v1.0/Authors", { Name: `n${index}` })));
  expect(made.map(({ json }) => json.Id).toSorted((one, next) => one - next)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  expect((await other.post("/v1.0/Authors", { Id: 7, Name: "taken" })).status).toBe(409);
  await other.close();
});

test("contained rows below keys of every kind", async () => {
  expect((await hub.post("/v1.0/Ports", { Code: "DEHAM", Name: "Hamburg" })).status).toBe(201);
  expect((await hub.post("/v1.0/Ports('DEHAM')/Warehouses", { Name: "W/1", Capacity: 3 })).status).toBe(201);
  const shelf = await hub.post("/v1.0/Ports('DEHAM')/Warehouses('W%2F1')/Shelves", { Aisle: "a", Level: -1, Load: 2.5 });
  expect(shelf.headers["Location"]).toBe("https://hub.example/v1.0/Ports('DEHAM')/Warehouses('W%2F1')/Shelves(Aisle='a',Level=-1)");
  expect(await nameOf("Ports/DEHAM/Warehouses/W%2F1/Shelves/a/-1", "Load")).toBe(2.5);
});

test("texts of keys: the same value has the same text, and comes back as what it was", () => {
  const kinds = ["Edm.Boolean", "Edm.Decimal", "Edm.DateTimeOffset", "Edm.TimeOfDay", "Edm.Duration", "Edm.Binary", "Edm.SByte", "Edm.String"];
  const properties = Object.fromEntries(kinds.map((type) => [type.slice(4), { type, nullable: false }]));
  const model = createModel({
    namespace: "k",
    container: "c",
    resources: [{ name: "k", types: [{ kind: "entity", name: "all", key: kinds.map((type) => type.slice(4)), properties }] }],
  });
  const type = model.findType("all") as EntityType;
  const one = {
    Boolean: true,
    Decimal: JSON.rawJSON("1.500"),
    DateTimeOffset: "2026-01-01T02:00:00.500+02:00",
    TimeOfDay: "08:30",
    Duration: "PT1H",
    Binary: "_-8=",
  };
  const id = keyTextOf(type, { ...one, SByte: -1, String: "a,b='c'" })!;
  expect(id).toBe(
    "Boolean=true,Decimal=1.5,DateTimeOffset=2026-01-01T00:00:00.5Z,TimeOfDay=08:30:00,Duration=duration'PT1H',Binary=binary'_-8',SByte=-1,String='a,b=''c'''",
  );
  expect(keyTextOf(type, keyMembers(type, id))).toBe(id);
  expect(decodeURIComponent(keyPredicate(type, id))).toBe(`(${id})`);
});

test("a Decimal as key is one row however it is written", async () => {
  const part = { $Kind: "EntityType", $Key: ["Size"], Size: { $Type: "Edm.Decimal", $Scale: "variable" }, Name: { $Type: "Edm.String" } };
  const schema = { Part: part, C: { $Kind: "EntityContainer", Parts: { $Collection: true, $Type: "m.Part" } } };
  const csdl = JSON.stringify({ $Version: "4.01", $EntityContainer: "m.C", m: schema });
  const other = await openHub({ model: defineModel(csdl, { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] }), profile: "odata" });
  const made = async (size: string): Promise<number> => (await other.send("POST", "/v1.0/Parts", { body: `{"Size":${size},"Name":"n"}` })).status;
  expect(await made("1e-7")).toBe(201);
  expect(await made("0.00000010")).toBe(409);
  expect(await made("1E21")).toBe(201);
  expect((await other.get("/v1.0/Parts(0.0000001)")).json.Name).toBe("n");
  expect((await other.get("/v1.0/Parts(1000000000000000000000)")).json.Name).toBe("n");
  await other.close();
});
