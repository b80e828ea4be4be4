import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baseUrl } from "./hub.ts";
import { openShapes, url, type Shapes } from "./shapes.ts";

describe.each(["odata", "graph"] as const)("$expand in the %s profile", (profile) => {
  let shapes: Shapes;
  beforeAll(async () => {
    shapes = await openShapes(profile);
  });
  afterAll(() => shapes.hub.close());

  const get = async (target: string): Promise<any> => {
    const { status, text, json } = await shapes.hub.get(url(target));
    expect(status, text).toBe(200);
    return json;
  };
  const refusal = async (target: string): Promise<string> => {
    const { status, json } = await shapes.hub.get(url(target));
    return `${status} ${json.error?.message}`;
  };
  const texts = (notes: readonly { text: string }[]): string => notes.map(({ text }) => text).join();
  const byItem = (json: any): Record<string, string> => Object.fromEntries(json.value.map((item: any) => [item.name, texts(item.notes)]));

  test("R71 two levels, each with options of its own", async () => {
    const json = await get(
      "hub?$expand=items($select=name;$orderby=name desc;$expand=notes($filter=text ne 'n2';$orderby=at desc;$top=1;$count=true;$select=text);$count=true),logs($select=text)",
    );
    expect(json["@odata.context"]).toBe(`${baseUrl}/v1.0/$metadata#hub(items(name,notes(text)),logs(text))`);
    expect([json["items@odata.count"], texts(json.logs)]).toEqual([3, "log"]);
    const seen = json.items.map((item: any) => [item.name, item["notes@odata.count"], texts(item.notes)]);
    expect(seen).toEqual([["c", 0, ""], ["b", 1, "m1"], ["a", 2, "n3"]]); // prettier-ignore
  });

  test("R71 the same over every hub", async () => {
    const [only] = (await get("hubs?$expand=items($expand=notes($select=text))")).value;
    expect(byItem({ value: only.items })).toEqual({ a: "n1,n2,n3", b: "m1", c: "" });
  });

  test("$skip, $top and a page's size are counted for each row", async () => {
    expect(byItem(await get("hub/items?$expand=notes($skip=1;$orderby=text)"))).toEqual({ a: "n2,n3", b: "", c: "" });
    expect(byItem(await get("hub/items?$expand=notes($top=2;$orderby=text desc)"))).toEqual({ a: "n3,n2", b: "m1", c: "" });
    const none = await get("hub/items?$expand=notes($top=0;$count=true)&$filter=name eq 'a'");
    expect([none.value[0].notes, none.value[0]["notes@odata.count"]]).toEqual([[], 3]);
  });

  test("/$count alone, beside the rows and with a filter", async () => {
    const { value } = await get("hub/items?$expand=notes/$count,notes($top=1;$orderby=text)&$orderby=name&$select=name");
    expect(value[0]).toMatchObject({ "notes@odata.count": 3, notes: [{ text: "n1" }] });
    const counted = await get("hub/items?$expand=notes/$count($filter=text gt 'n1')&$orderby=name&$select=name");
    expect(counted.value.map((item: any) => [item["notes@odata.count"], item.notes])).toEqual([[2, undefined], [0, undefined], [0, undefined]]); // prettier-ignore
  });

  test("/$ref gives references, and the context does not name them", async () => {
    const json = await get("hub/items?$expand=notes/$ref($filter=text eq 'n2';$count=true)&$select=name&$orderby=name");
    expect(json["@odata.context"]).toBe(`${baseUrl}/v1.0/$metadata#hub/items(name)`);
    const [first] = json.value;
    expect(first["notes@odata.count"]).toBe(1);
    expect(Object.keys(first.notes[0])).toEqual(["@odata.id"]);
    expect((await get(first.notes[0]["@odata.id"].replace(`${baseUrl}/v1.0/`, ""))).text).toBe("n2");
  });

  test("* expands all, explicit items have their own options, */$ref gives references", async () => {
    const all = await get("hub?$expand=*,logs($select=id)");
    expect([all.items.length, Object.keys(all.logs[0]).filter((name) => !name.startsWith("@"))]).toEqual([3, ["id"]]);
    const deep = await get("hub?$expand=*($levels=2)");
    expect(byItem({ value: deep.items })).toEqual({ a: "n1,n2,n3", b: "m1", c: "" });
    expect((await get("hub?$expand=*($levels=max)")).items[0].notes).toBeInstanceOf(Array);
    const references = await get("hub?$expand=*/$ref");
    expect([references.items, references.logs].flat().map((one: object) => Object.keys(one))).toEqual(Array.from({ length: 4 }, () => ["@odata.id"]));
  });

  test("casts before and behind the property", async () => {
    expect(byItem(await get("hub/items/test.store.special?$expand=test.store.special/notes"))).toEqual({ c: "" });
    const json = await get("hub?$expand=items/test.store.special($select=name,extra;$expand=notes)");
    expect(json.items.map((item: any) => [item.name, item.extra])).toEqual([["c", "e"]]);
    expect((await get("hub?$expand=items/test.store.special/$count"))["items@odata.count"]).toBe(1);
  });

  test("R57 an expanded collection goes on by its own nextLink, nested and as references too", async () => {
    const small = await openShapes(profile, { pageSize: 2 });
    const read = async (target: string): Promise<any> => {
      const { status, text, json } = await small.hub.get(target);
      expect(status, text).toBe(200);
      return json;
    };
    const { items } = await read(url("hub?$expand=items($filter=name eq 'a';$expand=notes($orderby=text;$select=text))"));
    expect(texts(items[0].notes)).toBe("n1,n2");
    const rest = await read(items[0]["notes@odata.nextLink"].replace(baseUrl, ""));
    expect([texts(rest.value), rest["@odata.nextLink"]]).toEqual(["n3", undefined]);
    await small.hub.close();
  });

  test.each([
    ["hub?$expand=items,items($top=1)", "400 $expand: 'items' is expanded twice; put all options into one pair of parentheses (position 6)."],
    ["hub?$expand=items/notes", "400 $expand: 'notes' behind 'items': write items($expand=notes) (position 0)."],
    [
      "hub/items?$expand=name",
      "400 $expand: property 'name' on type 'test.store.item' is not a navigation property: it is there without $expand (position 0).",
    ],
    ["hub/items?$expand=nothing", "400 Could not find a property named 'nothing' on type 'test.store.item'."],
    ["hub?$expand=test.store.special", "400 $expand: 'test.store.special' is not 'test.store.hub' or a type derived from it (position 0)."],
    ["hub/items?$expand=test.store.special", "400 $expand: expected a navigation property behind the type (position 0)."],
    ["hub/items?$expand=notes/test.store.item", "400 $expand: 'test.store.item' is not 'test.store.note' or a type derived from it (position 0)."],
    [
      "hub/items?$expand=notes($levels=3)",
      "400 $expand: $levels=3 needs a property that leads to its own type; 'notes' leads to 'test.store.note', which has none of that name (position 0).",
    ],
    ["hub/items?$expand=notes($expand=nothing)", "400 Could not find a property named 'nothing' on type 'test.store.note'."],
    ["hub/items?$expand=notes($skip=501)", "400 $skip is 501; at most 500 rows can be skipped. Follow @odata.nextLink instead."],
    ["hub/items?$expand=notes($filter=text gt 1)", "400 $filter: a value of type string cannot be compared with a value of type int by 'gt' (position 14)."],
    ["hub/items?$expand=*/$count", "400 $expand: expected /$ref, found '/' at position 1."],
    ["hub/items?$expand=$value", "501 $expand: '$value' is not implemented (position 0)."],
    ["hub/items/$count?$expand=notes", "400 The query option $expand cannot be applied to /$count."],
  ])("%s is %s", async (target, expected) => expect(await refusal(target)).toBe(expected));
});
