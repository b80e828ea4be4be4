import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { matchOperations } from "../../src/operations/matchOperations.ts";
import { callerOf, type Answer, type TestHub } from "../wire/hub.ts";
import { harbourDefinition, openHarbour } from "./harbour.ts";
import { harbourOperations } from "./harbourOperations.ts";

let hub: TestHub;
const owner = "11111111-1111-4111-8111-111111111111";

beforeAll(async () => {
  hub = await openHarbour({ operations: harbourOperations });
  const rows: readonly object[] = [
    { Id: 1, Name: "a", Weight: 10.5, OwnerId: owner },
    { "@odata.type": "#harbour.CargoShip", Id: 2, Name: "b", Weight: 20, OwnerId: owner, Cargo: "Oil" },
    { "@odata.type": "#harbour.Tanker", Id: 3, Name: "c", Weight: 30 },
    { Id: 4, Name: "d", Condition: "Damaged" },
  ];
  await hub.post("/v1.0/Companies", { Id: owner, Name: "Lines" });
  for (const row of rows) {
    const made = await hub.post("/v1.0/Vessels", row);
    if (made.status !== 201) throw new Error(made.text);
  }
});
afterAll(() => hub.close());

const get = (target: string): Promise<Answer> => hub.get(`/v1.0/${target}`);
const said = ({ status, json }: Answer): string => `${status} ${json.error?.message}`;

describe("functions", () => {
  test.each<[string, unknown]>([
    ["Vessels(1)/harbour.Distance()", 12.5],
    ["Vessels(1)/harbour.Distance", 12.5],
    ["Vessels(1)/h.Distance(from='DEHAM')", 0],
    ["Vessels(1)/Distance(from=@f)?@f='DEHAM'", 0],
    ["Assets/harbour.Tanker/$count", undefined],
    ["Vessels(3)/harbour.Describe()", "asset 3"],
    ["Vessels(3)/harbour.Tanker/harbour.Describe()", "tanker 3"],
    ["CountVessels()", 4],
    ["CountVessels", 4],
    ["CountVessels(condition=harbour.Condition'Damaged')", 1],
    ["CountVessels(condition='Damaged')", 1],
    ["CountVessels?condition='Damaged'", 1],
    ["CountVessels?@condition=harbour.Condition'Damaged'&other=1", 1],
    ["CountVessels()?condition='Damaged'", 4],
    ["Vessels(1)/h.Distance?from=%27DEHAM%27", 0],
  ])("%s gives %j", async (target, value) => {
    const answer = await get(target);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json.value).toEqual(value);
  });

  test("a value has the context of its type, and null is 204", async () => {
    expect((await get("CountVessels()")).json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#Edm.Int32");
    expect((await get("Vessels(1)/h.Distance(from='X')")).status).toBe(204);
    const exact = await hub.get("/v1.0/Vessels(1)/h.Distance()", { headers: { accept: "application/json;IEEE754Compatible=true" } });
    expect(exact.json.value).toBe("12.5");
  });

  test("complex values and collections as parameters, by alias", async () => {
    expect((await get("LongestLeg?codes=['A','B','C']")).json).toMatchObject({ From: "A", To: "C" });
    const leg = await get("LongestLeg(codes=@c)?@c=['A','B','C']");
    expect(leg.json).toMatchObject({ "@odata.context": "https://hub.example/v1.0/$metadata#harbour.Leg", From: "A", To: "C", Miles: 1234.56, Stops: ["B"] });
    expect((await get("LongestLeg(codes=@c)?@c=['A']")).status).toBe(204);
  });

  test("entities are those of their set, with all options, and paths go on", async () => {
    const heavier = await get("Vessels/harbour.Heavier(than=10.6)?$orderby=Id desc&$select=Name");
    expect(heavier.json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#Vessels(Name)");
    expect(heavier.json.value.map(({ Name }: { Name: string }) => Name)).toEqual(["c", "b"]);
    expect((await get("Vessels/harbour.Heavier(than=10.6)/$count")).text).toBe("2");
    expect((await get("Vessels/harbour.Heavier(than=10.6)/harbour.Tanker")).json.value).toHaveLength(1);
    expect((await get(`VesselsOf(owner=${owner})?$filter=Id eq 2`)).json.value).toHaveLength(1);
    expect((await get(`VesselsOf?owner=${owner}&$filter=Id eq 2`)).json.value).toHaveLength(1);
    expect((await get(`VesselsOf(owner=00000000-0000-0000-0000-000000000000)`)).json.value).toEqual([]);
  });

  test.each([
    ["CountVessels(condition='Lost')", "400 Parameter 'condition': expected one of"],
    ["CountVessels(kind=1)", "400 'CountVessels(kind=1)' fits none of the overloads of this function: CountVessels(), CountVessels(condition)"],
    ["LongestLeg", "400 'LongestLeg' fits none"],
    ["LongestLeg?codes=[", "400 codes: "],
    ["CountVessels?condition='Lost'", "400 Parameter 'condition': expected one of"],
    ["CountVessels?condition=1 eq", "400 condition: "],
    ["LongestLeg(codes=@c)", "400 The parameter alias"],
    ["LongestLeg(codes=@c)?@c=['TOOLONG']", "400 Property 'codes[0]': expected a string of at most 5 characters"],
    ["CountVessels()/x", "400 'CountVessels' is not composable"],
    ["Vessels(9)/harbour.Distance()", "404"],
    ["Vessels/harbour.Heavier(than='x')", "400 Parameter 'than'"],
    ["harbour.CountVessels()", "400"],
  ])("%s is %s", async (target, expected) => {
    expect(said(await get(target))).toContain(expected);
  });

  test("are read by GET alone", async () => {
    const answer = await hub.post("/v1.0/CountVessels()", {});
    expect([answer.status, answer.headers["Allow"]]).toEqual([405, "GET, HEAD"]);
  });
});

describe("actions", () => {
  test("bound to an entity: the overload of the type in the path", async () => {
    const moored = await hub.post("/v1.0/Vessels(1)/harbour.Moor", { condition: "Sound", note: "n" });
    expect(moored.json).toMatchObject({ "@odata.context": "https://hub.example/v1.0/$metadata#Vessels/$entity", Id: 1, Condition: "Sound", Tags: ["n"] });
    const tanks = await hub.post("/v1.0/Vessels(3)/harbour.Tanker/harbour.Moor", { tanks: [5] });
    expect(tanks.status, tanks.text).toBe(204);
    expect((await get("Vessels(3)/harbour.Tanker/Tanks")).json.value).toEqual([5]);
  });

  test("what is refused at the end has changed nothing", async () => {
    const answer = await hub.post("/v1.0/Vessels(2)/harbour.Moor", { condition: "Sunk" });
    expect(said(answer)).toBe("409 A wreck is not moored.");
    expect((await get("Vessels(2)/Condition")).json.value).toBe("Unknown");
  });

  test("hold to If-Match", async () => {
    const answer = await hub.post("/v1.0/Vessels(2)/harbour.Moor", { condition: "Sound" }, { headers: { "if-match": 'W/"999999"' } });
    expect(answer.status).toBe(412);
  });

  test("bound to a collection, and unbound", async () => {
    const scrapped = await hub.post("/v1.0/Vessels/harbour.Scrap", { condition: "Damaged" });
    expect(scrapped.json.value).toEqual([4]);
    expect((await get("Vessels(4)")).status).toBe(404);
    const opened = await hub.post("/v1.0/Open", { port: { Code: "NLRTM", Name: "Rotterdam" } });
    expect(opened.json).toMatchObject({ "@odata.context": "https://hub.example/v1.0/$metadata#Ports/$entity", Code: "NLRTM" });
    expect((await hub.send("POST", "/v1.0/Reset")).status).toBe(204);
    expect((await get("Ports")).json.value).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["Vessels(1)/harbour.Moor", {}, "400 Parameter 'condition' is required"],
    ["Vessels(1)/harbour.Moor", { condition: "Sound", more: 1 }, "400 The action 'Moor' has no parameter 'more'"],
    ["Vessels(1)/harbour.Moor", { condition: 7 }, "400 Property 'condition': expected one of"],
    ["Open", { port: { Name: "x" } }, "400 Property 'Code' is required"],
    ["Open", { port: 5 }, "400 Parameter 'port': expected an entity"],
  ])("%s %j is %s", async (target, body, expected) => {
    expect(said(await hub.post(`/v1.0/${target}`, body))).toContain(expected);
  });

  test("need a permission to write", async () => {
    const answer = await hub.post("/v1.0/Reset", {}, { caller: callerOf({ permissions: [] }) });
    expect(answer.status).toBe(403);
  });

  test("within a batch", async () => {
    const requests = [{ id: "1", method: "GET", url: "/CountVessels()" }];
    expect((await hub.post("/v1.0/$batch", { requests })).json.responses[0].body.value).toBe(3);
  });
});

test("an operation without an implementation is 501, by name", async () => {
  const bare = await openHarbour();
  expect(said(await bare.get("/v1.0/CountVessels()"))).toBe("501 The function 'harbour.CountVessels' is not implemented here.");
  await bare.close();
});

test("an implementation of what is no operation is refused at the start", () => {
  const model = createModel(harbourDefinition());
  expect(() => matchOperations(model, { Sail: () => null })).toThrow("'Sail' is no operation of the model: it has Moor");
  expect(() => matchOperations(model, { Reset: 5 as never })).toThrow("'Reset' is no function");
});
