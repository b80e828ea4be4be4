import { afterAll, beforeAll, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import type { Model } from "../../src/edm/model.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import { openHub, type TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

let hub: TestHub;
const ada = "/v1.0/People(Email='ada@example.org')";

beforeAll(async () => {
  hub = await openHarbour();
  const rows: readonly (readonly [string, object])[] = [
    ["People", { Number: 1, Name: "Ada", Email: "ada@example.org" }],
    ["People", { Number: 2, Name: "Bo", Email: "o'bo@example.org" }],
    ["People", { Number: 3, Name: "Cy" }],
    ["People", { Number: 4, Name: "Di" }],
    ["Assets", { "@odata.type": "#harbour.Vessel", Id: 1, Name: "Hope" }],
  ];
  for (const [set, row] of rows) {
    const made = await hub.post(`/v1.0/${set}`, row);
    if (made.status !== 201) throw new Error(made.text);
  }
});
afterAll(() => hub.close());

test("R107 an alternate key finds the one row, and the answer names it by its own key", async () => {
  const found = await hub.get(ada, { headers: { accept: "application/json;odata.metadata=full" } });
  expect(found.status, found.text).toBe(200);
  expect(found.json).toMatchObject({
    Number: 1,
    "@odata.id": expect.stringMatching(/People\(1\)$/),
    "@odata.context": expect.stringMatching(/#People\/\$entity$/),
  });
  expect((await hub.get("/v1.0/people(email=%27o%27%27bo@example.org%27)")).json.Number).toBe(2);
  expect((await hub.get("/v1.0/People(Email=@e)?@e='ada@example.org'")).json.Number).toBe(1);
  expect((await hub.get("/v1.0/People(Number=1)")).json.Name).toBe("Ada");
  expect((await hub.get(`${ada}/Name/$value`)).text).toBe("Ada");
  expect((await hub.get(`${ada}/$ref`)).json["@odata.id"]).toMatch(/People\(1\)$/);
});

test.each([
  ["People(Email='nobody')", 404, "Email='nobody'"],
  ["People(Email='ADA@example.org')", 404, "ADA"],
  ["People(Email='%00')", 400, "U+0000"],
  ["People(Email=5)", 400, "single quotes"],
  ["People(Email=null)", 400, "not a literal"],
  ["People(Email='ada@example.org',Number=1)", 400, "whose key is (Number)"],
  ["People(Email='ada@example.org',Email='x')", 400, "whose key is (Number)"],
  ["People('ada@example.org')", 400, "Edm.Int64"],
  ["People(Name='Ada')", 400, "whose key is (Number)"],
  ["People?$filter=$root/People(Email='ada@example.org')/Name eq Name", 400, "$root"],
])("R107 %s is %i", async (target, status, named) => {
  const answer = await hub.get(`/v1.0/${target}`);
  expect(answer.status, answer.text).toBe(status);
  expect(answer.json.error.message).toContain(named);
});

test("R107 links and writes go through an alternate key", async () => {
  const linked = await hub.post(`${ada}/Team/$ref`, { "@odata.id": "https://hub.example/v1.0/People(3)" });
  expect(linked.status, linked.text).toBe(204);
  expect((await hub.get(`${ada}/Team`)).json.value.map((one: { Number: number }) => one.Number)).toEqual([3]);
  expect((await hub.get(`${ada}/Team(3)/Chief/Name`)).json.value).toBe("Ada");
  expect((await hub.get(`${ada}?$expand=Team($select=Number)`)).json.Team[0].Number).toBe(3);
  expect((await hub.patch(ada, { Name: "Ada L." })).status).toBe(204);
  expect((await hub.get("/v1.0/People(1)/Name")).json.value).toBe("Ada L.");
  expect((await hub.patch("/v1.0/People(Email='new')", { Name: "New" })).status).toBe(404);
  expect((await hub.remove(`${ada}/$ref`)).status).toBe(501);
});

test("R107 a key moves with its value, is free again after a DELETE, and rows without one do not meet", async () => {
  expect((await hub.patch("/v1.0/People(Email='o''bo@example.org')", { Email: "bo@example.org" })).status).toBe(204);
  expect((await hub.get("/v1.0/People(Email='o''bo@example.org')")).status).toBe(404);
  expect((await hub.remove("/v1.0/People(Email='bo@example.org')")).status).toBe(204);
  expect((await hub.get("/v1.0/People(2)")).status).toBe(404);
  expect((await hub.post("/v1.0/People", { Number: 5, Name: "Bo", Email: "bo@example.org" })).status).toBe(201);
});

test("R107 no two rows have one alternate key, also of many that come at once", async () => {
  const again = await hub.post("/v1.0/People", { Number: 6, Name: "Again", Email: "ada@example.org" });
  expect(again.status, again.text).toBe(409);
  expect(again.json.error).toMatchObject({ code: "nameAlreadyExists", message: expect.stringContaining("Email") });
  expect((await hub.patch("/v1.0/People(3)", { Email: "ada@example.org" })).status).toBe(409);
  const long = `${"ü".repeat(5000)}@example.org`;
  const made = await Promise.all([10, 11, 12, 13].map((Number) => hub.post("/v1.0/People", { Number, Name: "n", Email: long })));
  expect(made.map(({ status }) => status).toSorted((one, next) => one - next)).toEqual([201, 409, 409, 409]);
});

const ref = (name: string, alias?: string): object => ({ Name: name, ...(alias !== undefined && { Alias: alias }) });

/** Boxes with parts; the annotation stands on the set, and on the type of the parts. */
function boxes(keys: readonly (readonly object[])[]): Model {
  const alternate = (all: readonly (readonly object[])[]): object => ({ "@Org.OData.Core.V1.AlternateKeys": all.map((Key) => ({ Key })) });
  const id = { $Kind: "EntityType", $Key: ["Id"], Id: { $Type: "Edm.Int32" } };
  const schema = {
    Place: { $Kind: "ComplexType", City: { $Nullable: true } },
    Part: { ...id, Serial: { $Type: "Edm.Guid", $Nullable: true }, ...alternate([[ref("Serial")]]) },
    Box: {
      ...id,
      Size: { $Type: "Edm.Int64", $Nullable: true },
      Where: { $Type: "m.Place", $Nullable: true },
      Parts: { $Kind: "NavigationProperty", $Type: "m.Part", $Collection: true, $ContainsTarget: true },
    },
    C: { $Kind: "EntityContainer", Boxes: { $Collection: true, $Type: "m.Box", ...(keys.length > 0 && alternate(keys)) } },
  };
  const anybody = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
  return createModel(readCsdl(JSON.stringify({ $Version: "4.01", $EntityContainer: "m.C", m: schema }), anybody));
}

test("R107 keys of several properties by their aliases, also in complex values and below one another", async () => {
  const other = await openHub({ model: boxes([[ref("Size", "size"), ref("Where/City", "city")]]), profile: "odata" });
  const guid = "0f3a1b2c-0000-4000-8000-00000000abcd";
  await other.send("POST", "/v1.0/Boxes", { body: `{"Id":1,"Size":9007199254740993,"Where":{"City":"a,b='c'"}}` });
  await other.send("POST", "/v1.0/Boxes", { body: `{"Id":2,"Size":9007199254740992,"Where":{"City":"a,b='c'"}}` });
  const box = "/v1.0/Boxes(city='a,b=''c''',size=9007199254740993)";
  expect((await other.get(box)).json).toMatchObject({ Id: 1 });
  const part = await other.post(`${box}/Parts`, { Id: 7, Serial: guid });
  expect(part.headers["Location"]).toBe("https://hub.example/v1.0/Boxes(1)/Parts(7)");
  expect((await other.post("/v1.0/Boxes(2)/Parts", { Id: 8, Serial: guid })).status).toBe(201);
  expect((await other.get(`${box}/Parts(Serial=${guid.toUpperCase()})`)).json.Id).toBe(7);
  expect((await other.get(`/v1.0/Boxes(2)/Parts(Serial=${guid})/Id`)).json.value).toBe(8);
  expect((await other.get(`${box}/Parts/7/Id`)).json.value).toBe(7);
  expect((await other.get(`${box}/Parts?$select=Id`)).json.value).toHaveLength(1);
  expect((await other.post(`${box}/Parts`, { Id: 9, Serial: guid })).json.error.message).toContain("Serial");
  expect((await other.get("/v1.0/Boxes(size=1)")).status).toBe(400);
  expect((await other.get("/v1.0/Boxes(size='1',city='x')")).status).toBe(400);
  expect((await other.send("POST", "/v1.0/Boxes", { body: '{"Id":3,"Size":1e2,"Where":{"City":"e"}}' })).status).toBeLessThan(500);
  await other.close();
});

test("R107 a model that comes to declare one finds the rows that are there; of two with one key the first", async () => {
  let other = await openHub({ model: boxes([]), profile: "odata" });
  const sizes = [5, 5, 6];
  for (const [index, Size] of sizes.entries()) await other.post("/v1.0/Boxes", { Id: index + 1, Size, Where: { City: `c${index + 1}` } });
  other = await other.reopen(boxes([[ref("Size")]]));
  expect((await other.get("/v1.0/Boxes(Size=5)")).json.Id).toBe(1);
  expect((await other.get("/v1.0/Boxes(Size=6)")).json.Id).toBe(3);
  expect((await other.patch("/v1.0/Boxes(2)", { Size: 6 })).status).toBe(409);
  other = await other.reopen(boxes([[ref("Where/City", "c")]]));
  expect((await other.get("/v1.0/Boxes(c='c2')")).json.Id).toBe(2);
  expect((await other.get("/v1.0/Boxes(Size=5)")).status).toBe(400);
  await other.close();
});

test("R107 the requests of a batch, alone and as one unit", async () => {
  const url = "People(Email='ada@example.org')";
  const headers = { "content-type": "application/json" };
  const requests = [
    { id: "1", method: "PATCH", url, atomicityGroup: "g", body: { Name: "First" }, headers },
    { id: "2", method: "PATCH", url: "People(4)", atomicityGroup: "g", body: { Name: "Second" }, headers },
    { id: "3", method: "GET", url: `${url}/Name`, dependsOn: ["1"] },
  ];
  const { json, text } = await hub.post("/v1.0/$batch", { requests });
  expect(
    json.responses.map(({ status }: { status: number }) => status),
    text,
  ).toEqual([204, 204, 200]);
  expect(json.responses[2].body.value).toBe("First");
});
