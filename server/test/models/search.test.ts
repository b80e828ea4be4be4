import { expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { csdlXml } from "../../src/edm/csdlXml.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import { harbourCsdl, harbourDefinition, openHarbour } from "./harbour.ts";

const permissions = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
const promise = `<Annotation Term="Org.OData.Capabilities.V1.SearchRestrictions"><Record><PropertyValue Property="Searchable" Bool="true"/></Record></Annotation>`;
const searched = harbourCsdl.replace('<EntitySet Name="People" EntityType="harbour.Person">', (set) => `${set}${promise}`);

test("a document's set that promises to be searched is, in all its texts", async () => {
  const model = createModel(readCsdl(searched, permissions));
  const hub = await openHarbour({ model });
  try {
    await hub.post("/v1.0/People", { Number: 1, Name: "Ada Lovelace", Email: "ada@example.org" });
    await hub.post("/v1.0/People", { Number: 2, Name: "Grace Hopper" });
    const found = async (text: string): Promise<string[]> =>
      (await hub.get(`/v1.0/People?$search=${encodeURIComponent(text)}&$orderby=Number`)).json.value.map((one: { Name: string }) => one.Name);
    expect([await found("ADA"), await found('"example org"'), await found("NOT ada"), await found("grace lovelace")]).toEqual([
      ["Ada Lovelace"],
      ["Ada Lovelace"],
      ["Grace Hopper"],
      [],
    ]);
    const refused = await hub.get("/v1.0/Companies?$search=x");
    expect([refused.status, refused.json.error.message]).toEqual([
      501,
      "The query option $search is not implemented for 'Companies', which has no searchable text.",
    ]);
  } finally {
    await hub.close();
  }
});

test("the metadata says which sets are searched, and says the same when it is read again", () => {
  const restrictions = (xml: string): readonly string[] =>
    xml.match(/SearchRestrictions">\s*<Record>\s*<PropertyValue Property="Searchable" Bool="true"/g) ?? [];
  const written = csdlXml(createModel(readCsdl(searched, permissions)));
  expect([restrictions(csdlXml(createModel(harbourDefinition()))).length, restrictions(written).length]).toEqual([0, 1]);
  expect(csdlXml(createModel(readCsdl(written, permissions)))).toBe(written);
});
