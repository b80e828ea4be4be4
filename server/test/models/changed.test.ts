import { afterEach, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import type { Model } from "../../src/edm/model.ts";
import { openHub, type TestHub } from "../wire/hub.ts";

/** A data folder that was made for one model, opened with another. */

const anybody = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
const note = '<EntityType Name="Note" BaseType="m.Thing"><Property Name="Text" Type="Edm.String"/></EntityType>';

function modelOf(properties: string, { types = note, key = "Edm.Int32", sets = ["Things"] } = {}): Model {
  const thing = `<EntityType Name="Thing"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="${key}" Nullable="false"/>${properties}</EntityType>`;
  const container = sets.map((name) => `<EntitySet Name="${name}" EntityType="m.Thing"/>`).join("");
  const schema = `<Schema Namespace="m" xmlns="http://docs.oasis-open.org/odata/ns/edm">${thing}${types}<EntityContainer Name="C">${container}</EntityContainer></Schema>`;
  return createModel(
    readCsdl(
      `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>${schema}</edmx:DataServices></edmx:Edmx>`,
      anybody,
    ),
  );
}

let hub: TestHub;
afterEach(() => hub.close());

async function openFilled(): Promise<void> {
  hub = await openHub({ model: modelOf('<Property Name="Size" Type="Edm.String"/>'), profile: "odata" });
  await hub.post("/v1.0/Things", { Id: 1, Size: "7" });
  await hub.post("/v1.0/Things", { "@odata.type": "#m.Note", Id: 2, Size: "x", Text: "t" });
}

test("gets new properties, sets and types; old ones stay where they are", async () => {
  await openFilled();
  hub = await hub.reopen(modelOf('<Property Name="Grade" Type="Edm.Int32" DefaultValue="3"/>', { sets: ["Things", "Others"] }));
  const things = await hub.get("/v1.0/Things?$filter=Grade eq 3&$select=Id");
  expect(things.json.value).toHaveLength(2);
  expect((await hub.get("/v1.0/Things(2)/m.Note/Text")).json.value).toBe("t");
  expect((await hub.get("/v1.0/Others/$count")).text).toBe("0");
});

test("a property that changes its type: values that fit are found, others are as they were", async () => {
  await openFilled();
  hub = await hub.reopen(modelOf('<Property Name="Size" Type="Edm.Int32"/>'));
  expect((await hub.get("/v1.0/Things?$orderby=Size")).status).toBe(200);
});

test("a complex value whose type gets a navigation property can be related", async () => {
  const model = (navigation: string): Model =>
    modelOf('<Property Name="Size" Type="Edm.String"/><Property Name="Part" Type="m.Part"/>', {
      types: `<ComplexType Name="Part"><Property Name="Text" Type="Edm.String"/>${navigation}</ComplexType>`,
    });
  hub = await openHub({ model: model(""), profile: "odata" });
  await hub.post("/v1.0/Things", { Id: 1, Part: { Text: "t" } });
  await hub.post("/v1.0/Things", { Id: 2 });
  hub = await hub.reopen(model('<NavigationProperty Name="Like" Type="m.Thing"/>'));
  expect((await hub.get("/v1.0/Things(1)?$expand=Part/Like")).json.Part).toMatchObject({ Text: "t", Like: null });
  expect((await hub.patch("/v1.0/Things(1)", { Part: { "Like@odata.bind": "Things(2)" } })).status).toBe(204);
  expect((await hub.get("/v1.0/Things?$filter=Part/Like/Id eq 2")).json.value).toHaveLength(1);
});

test.each<[string, () => Model, string]>([
  ["of another model", () => modelOf("", { sets: ["Elsewhere"] }), "another model"],
  ["with another key", () => modelOf("", { key: "Edm.String" }), "A key cannot be changed"],
  ["without a type that rows have", () => modelOf('<Property Name="P" Type="Edm.Guid"/>', { types: "" }), "rows of type 'm.Note'"],
])("%s is refused, and nothing was touched", async (_, model, message) => {
  await openFilled();
  await expect(hub.reopen(model())).rejects.toThrow(message);
  hub = await hub.reopen(modelOf('<Property Name="Size" Type="Edm.String"/>')).catch(async () => {
    throw new Error("the data do not open again");
  });
  expect((await hub.get("/v1.0/Things/$count")).text).toBe("2");
});
