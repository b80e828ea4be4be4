import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineModel } from "../../src/edm/defineModel.ts";
import type { Implementations } from "../../src/operations/implementation.ts";
import { openHub, type Answer, type TestHub } from "../wire/hub.ts";

/** Two sets of one type, bound by the alias of the schema; functions of each kind of result. */
const document = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="tram.city" Alias="T" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Days" IsFlags="true" UnderlyingType="Edm.Int64"><Member Name="Monday" Value="1"/><Member Name="Friday" Value="4"/><Member Name="Holiday" Value="4294967296"/></EnumType>
<EntityType Name="Line"><Key><PropertyRef Name="Id"/></Key>
  <Property Name="Id" Type="Edm.String" Nullable="false"/><Property Name="Length" Type="Edm.Int64"/><Property Name="Days" Type="T.Days"/><Property Name="Sign" Type="Edm.String" MaxLength="2"/>
  <NavigationProperty Name="Rides" Type="Collection(T.Ride)" ContainsTarget="true"/></EntityType>
<EntityType Name="Ride"><Key><PropertyRef Name="Number"/></Key><Property Name="Number" Type="Edm.Int64" Nullable="false"/></EntityType>
<EntityType Name="NightRide" BaseType="T.Ride"><NavigationProperty Name="Depot" Type="T.Line"/></EntityType>
<Function Name="Near"><Parameter Name="x" Type="Edm.Double"/><Parameter Name="y" Type="Edm.Single"/><ReturnType Type="Edm.String"/></Function>
<Function Name="Longer" IsBound="true" IsComposable="true"><Parameter Name="lines" Type="Collection(T.Line)"/><Parameter Name="than" Type="Edm.Int64"/><ReturnType Type="Collection(T.Line)"/></Function>
<Function Name="AllRides" IsBound="true"><Parameter Name="line" Type="T.Line"/><ReturnType Type="Collection(T.Ride)"/></Function>
<Function Name="Home" IsBound="true" IsComposable="true" EntitySetPath="line/Rides/T.NightRide/Depot"><Parameter Name="line" Type="T.Line"/><ReturnType Type="T.Line"/></Function>
<EntityContainer Name="C">
  <EntitySet Name="Lines" EntityType="T.Line"><NavigationPropertyBinding Path="Rides/T.NightRide/Depot" Target="Lines"/></EntitySet>
  <EntitySet Name="OldLines" EntityType="T.Line"/>
  <FunctionImport Name="Near" Function="T.Near"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;

const operations: Implementations = {
  Near: ({ parameters }) => JSON.stringify(parameters),
  async Longer({ entities, parameters }) {
    return entities(`$filter=Length gt ${parameters["than"] as string}&$select=Id`);
  },
  AllRides: ({ list, path }) => list(`${path}/Rides`),
  Home: ({ get }) => get("Lines('b')"),
};

let hub: TestHub;

beforeAll(async () => {
  const anybody = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
  hub = await openHub({ model: defineModel(document, anybody), profile: "odata", operations });
  const lines = [
    { Id: "a", Length: 10, Days: "Monday,Friday" },
    { Id: "b", Length: 20, Days: "5", Sign: "😀😀" },
    { Id: "c", Length: 30, Days: "Holiday,Monday" },
  ];
  for (const line of lines) await made("Lines", line);
  await made("Lines('a')/Rides", { Number: "9007199254740993" });
});
afterAll(() => hub.close());

async function made(path: string, body: object): Promise<void> {
  const answer = await hub.post(`/v1.0/${path}`, body);
  if (answer.status !== 201) throw new Error(answer.text);
}

const get = (target: string, accept = "application/json"): Promise<Answer> => hub.get(`/v1.0/${target}`, { headers: { accept } });
const ids = ({ json, text }: Answer): unknown => json?.value?.map(({ Id }: { Id: string }) => Id).join("") ?? text;

describe("parameters of functions", () => {
  test.each([
    ["x=1,y=2", '{"x":1,"y":2}'],
    ["x=-1.5,y=2.25", '{"x":-1.5,"y":2.25}'],
    ["x=1e3,y=null", '{"x":1000,"y":null}'],
  ])("Near(%s) takes numbers of floating point", async (given, expected) => {
    expect((await get(`Near(${given})`)).json.value).toBe(expected);
  });

  test("that are none are refused by name", async () => {
    expect((await get("Near(x=1e999,y=1)")).json.error).toMatchObject({ code: "BadRequest", target: "x" });
  });
});

describe("behind a function of a collection", () => {
  test.each([
    ["Lines/Longer(than=5)/$filter(Length lt 30)", "ab"],
    ["Lines/Longer(than=5)/$filter(@f)/$count?@f=Length lt 30", "2"],
    ["Lines/Longer(than=15)/$filter(Length lt 30)/$filter(Id eq 'a')", ""],
  ])("%s: $filter(...) holds", async (target, expected) => {
    expect(ids(await get(target))).toBe(expected);
  });

  test.each([
    ["Lines/Longer(than=15)/b/Length", 200],
    ["Lines/Longer(than=15)('b')/Length", 200],
    ["Lines/Longer(than=15)/a", 404],
    ["Lines/Longer(than=15)('a')/Length", 404],
  ])("%s: a key names one that was returned: %i", async (target, status) => {
    const answer = await get(target);
    expect(answer.status, answer.text).toBe(status);
    if (status === 200) expect(answer.json.value).toBe(20);
  });

  test("EntitySetPath leads over types, named by alias, to one of two sets", async () => {
    expect((await get("Lines('a')/Home()/Sign/$value")).text).toBe("😀😀");
  });
});

describe("entities of no set", () => {
  test("have the types and the format of an answer", async () => {
    expect((await get("Lines('a')/AllRides()")).text).toContain('"Number":9007199254740993');
    expect((await get("Lines('a')/AllRides()", "application/json;odata.metadata=none")).text).toBe('{"value":[{"Number":9007199254740993}]}');
    expect((await get("Lines('a')/AllRides()", "application/json;IEEE754Compatible=true")).json.value[0].Number).toBe("9007199254740993");
  });

  test("take no options, by name", async () => {
    const answer = await get("Lines('a')/AllRides()?$top=1");
    expect([answer.status, answer.json.error.target]).toEqual([501, "$top"]);
  });
});

test("flags are one number too, beyond 32 bits as well", async () => {
  expect(ids(await get("Lines?$filter=Days eq '5'"))).toBe("ab");
  expect(ids(await get("Lines?$filter=Days eq T.Days'5'"))).toBe("ab");
  expect(ids(await get("Lines?$filter=Days has 4294967297"))).toBe("c");
  expect(ids(await get("Lines?$filter=Days eq 'Holiday,Monday'"))).toBe("c");
  expect((await get("Lines?$filter=Days eq '8'")).json.error).toMatchObject({ code: "BadRequest", target: "$filter" });
});

test("MaxLength counts characters, not halves of them", async () => {
  expect((await hub.post("/v1.0/Lines", { Id: "long", Sign: "😀😀😀" })).json.error.target).toBe("Sign");
});
