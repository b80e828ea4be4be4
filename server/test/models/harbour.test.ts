import { afterAll, beforeAll, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { csdlJson } from "../../src/edm/csdlJson.ts";
import { csdlXml } from "../../src/edm/csdlXml.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import type { EntityType } from "../../src/edm/types.ts";
import type { TestHub } from "../wire/hub.ts";
import { harbourCsdl, harbourDefinition, openHarbour } from "./harbour.ts";

const model = createModel(harbourDefinition());
let hub: TestHub;

beforeAll(async () => {
  hub = await openHarbour();
});
afterAll(() => hub.close());

test("the model says what the document says", () => {
  const tanker = model.findType("h.Tanker") as EntityType;
  expect([tanker.base?.name, tanker.base?.base?.name, tanker.key, tanker.open]).toEqual(["harbour.CargoShip", "harbour.Vessel", ["Id"], true]);
  expect(model.findType("PortCode")?.name).toBe("Edm.String");
  const vessel = model.findType("Vessel") as EntityType;
  expect(vessel.allNavigation.find(({ name }) => name === "Owner")).toMatchObject({
    partner: "Fleet",
    constraints: [{ property: "OwnerId", referenced: "Id" }],
  });
  expect(vessel.properties.find(({ name }) => name === "Weight")).toMatchObject({ precision: 12, scale: 3, definition: { name: "harbour.types.Tonnes" } });
  const vessels = model.place("Vessels");
  expect([...vessels.bindings].map(([path, place]) => [path, place.path])).toEqual([
    ["owner", "Companies"],
    ["crew", "People"],
    ["berth", "Berths"],
    ["harbour.cargoship/escort", "Vessels"],
    ["logs/author", "People"],
  ]);
  expect([...model.place("Vessels/Logs").bindings.keys()]).toEqual(["author"]);
  expect(model.findImport("countvessels")?.operations).toHaveLength(2);
  expect(model.findOverloads("Moor", model.findType("Tanker")!, false)[0]?.parameters.map(({ name }) => name)).toEqual(["tanks"]);
});

test("XML and JSON that it writes, read again, are the same model", () => {
  const anybody = { read: [], write: [] };
  const xml = csdlXml(model);
  expect(csdlXml(createModel(readCsdl(xml, anybody)))).toBe(xml);
  const json = csdlJson(model);
  const again = createModel(readCsdl(json, anybody));
  expect(JSON.parse(csdlJson(again))).toEqual(JSON.parse(json));
  expect(again.version).toBe(model.version);
});

test("a collection that contains its own kind is followed a few rounds", () => {
  const folders = model.places.map(({ path }) => path).filter((path) => path.startsWith("Folders"));
  expect(folders).toEqual(["Folders", "Folders/Folders", "Folders/Folders/Folders"]);
});

test("bindings that leave out the way to what is contained lead from there", () => {
  const path = "harbour.LogEntry/Author";
  const changed = harbourCsdl.replace('Path="Logs/Author"', `Path="${path}"`).replace('<EntitySet Name="Wrecks" EntityType="harbour.Vessel"/>', "");
  const other = createModel(readCsdl(changed));
  expect([...other.place("Vessels/Logs").bindings].map(([name, place]) => [name, place.path])).toEqual([["author", "People"]]);
});

test("an entity is made, read and found", async () => {
  const made = await hub.post("/v1.0/Ports", { Code: "CHBSL", Name: "Basel" });
  expect(made.status, made.text).toBe(201);
  expect((await hub.get("/v1.0/Ports('CHBSL')")).json.Name).toBe("Basel");
  expect((await hub.get("/v1.0/Ports?$filter=Name eq 'Basel'")).json.value).toHaveLength(1);
});
