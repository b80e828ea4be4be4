import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutPrefix } from "../../src/respond/withoutPrefix.ts";
import { baseUrl } from "./hub.ts";
import { openShapes, url, type Shapes } from "./shapes.ts";

const root = `${baseUrl}/v1.0`;

describe.each(["odata", "graph"] as const)("metadata in the %s profile", (profile) => {
  let shapes: Shapes;
  beforeAll(async () => {
    shapes = await openShapes(profile);
  });
  afterAll(() => shapes.hub.close());

  const get = async (target: string, headers: Readonly<Record<string, string>>): Promise<{ json: any; text: string; type: string | undefined }> => {
    const { status, text, json, headers: answered } = await shapes.hub.get(url(target), { headers });
    expect(status, text).toBe(200);
    return { json, text, type: answered["Content-Type"] };
  };
  const full = { accept: "application/json;odata.metadata=full" };
  const none = { accept: "application/json;metadata=none" };

  test("MIN41-02 who asks for 4.01 gets control information without prefix, and values as they are", async () => {
    const asked = { "odata-maxversion": "4.01", ...full };
    const { json, text, type } = await get("hub?$expand=items($top=1;$count=true;$orderby=name),logs/$ref", asked);
    expect(text).not.toMatch(/"[^"]*@odata\.[^"]*":/);
    expect([json["@context"], json["items@count"], json.items[0]["tags@type"]]).toEqual([`${root}/$metadata#hub(items())`, 3, "#Collection(String)"]);
    expect([json.logs[0]["@id"].startsWith(root), type]).toEqual([true, "application/json;metadata=full;streaming=true;IEEE754Compatible=false;charset=utf-8"]);
    expect((await get("", asked)).json["@context"]).toBe(`${root}/$metadata`);
    expect((await get("hub?$expand=items($top=1)", { "odata-maxversion": "4.0" })).json["@odata.context"]).toContain("$metadata");
  });

  test("full says where an entity and what it leads to are, none says nothing but counts and links on", async () => {
    const { json } = await get("hub/items?$filter=name eq 'c'&$expand=notes", full);
    const [item] = json.value;
    const id = `${root}/hub/items('${shapes.ids["c"]}')`;
    expect(item).toMatchObject({
      "@odata.id": id,
      "@odata.editLink": `${id}/test.store.special`,
      "@odata.type": "#test.store.special",
      "rank@odata.type": "#Int32",
      "created@odata.type": "#DateTimeOffset",
      "notes@odata.navigationLink": `${id}/test.store.special/notes`,
      "notes@odata.associationLink": `${id}/test.store.special/notes/$ref`,
    });
    const plain = (await get(`hub/items/${shapes.ids["a"]}`, full)).json;
    expect([plain["@odata.editLink"], plain["notes@odata.navigationLink"]]).toEqual([plain["@odata.id"], `${plain["@odata.id"]}/notes`]);
    expect((await get(plain["notes@odata.associationLink"].slice(root.length + 1), {})).json.value).toHaveLength(3);
    expect((await get(`hub/items/${shapes.ids["a"]}?$select=name`, full)).json["notes@odata.navigationLink"]).toBeUndefined();
    const bare = await get("hub/items?$count=true&$expand=notes($count=true),notes/$count", none);
    expect(bare.text.match(/"[^"]*@[^"]*":/g)!.every((name) => /^"(?:notes)?@odata\.count":$/.test(name))).toBe(true);
  });

  test("a property alone has the format that is asked for, too", async () => {
    const maker = `hub/items/${shapes.ids["a"]}/maker`;
    expect((await get(maker, none)).json).toEqual({ vendor: "Contoso", provider: "p1", size: 3 });
    expect((await get(maker, full)).json).toMatchObject({ "size@odata.type": "#Int32" });
    expect((await get(`hub/items/${shapes.ids["a"]}/big`, { accept: "application/json;IEEE754Compatible=true" })).json.value).toBe("9007199254740993");
    expect((await get(`hub/items/${shapes.ids["a"]}/parts`, none)).json.value[1]).toEqual({
      name: "q",
      score: 1,
      labels: [],
      made: "2026-01-01T00:00:00Z",
      maker: { vendor: "V", provider: "q", size: 7 },
    });
  });
});

test.each([
  ['{"@odata.context":"x","a@odata.type":"#Int64","a":1}', '{"@context":"x","a@type":"#Int64","a":1}'],
  ['{"a":"@odata.context","b":["\\"@odata.id\\":",":"]}', '{"a":"@odata.context","b":["\\"@odata.id\\":",":"]}'],
  ['{"a\\"@odata.b":1}', '{"a\\"@b":1}'],
  ['{"a":1}', '{"a":1}'],
])("%s without prefixes", (text, expected) => expect(withoutPrefix(text)).toBe(expected));
