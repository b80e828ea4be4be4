import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { baseUrl, callerOf } from "./hub.ts";
import { openShapes, url, type Shapes } from "./shapes.ts";

describe.each(["odata", "graph"] as const)("/$each in the %s profile", (profile) => {
  let shapes: Shapes;
  beforeEach(async () => {
    shapes = await openShapes(profile, { maxPageSize: 3 });
  });
  afterEach(() => shapes.hub.close());

  const patch = (target: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => shapes.hub.send("PATCH", url(target), { body, headers });
  const remove = (target: string, more = {}) => shapes.hub.send("DELETE", url(target), more);
  const colors = async (): Promise<string> =>
    (await shapes.hub.get(url("hub/items?$orderby=name&$select=name,color"))).json.value
      .map((one: { name: string; color: string }) => `${one.name}:${one.color}`)
      .join();

  test("PATCH changes every member of a filtered collection, or all", async () => {
    expect((await patch("hub/items/$filter(rank gt 1)/$each", { color: "blue" })).status).toBe(204);
    expect(await colors()).toBe("a:red,b:blue,c:blue");
    expect((await patch("hub/items/$filter(@f)/$each?@f=name eq 'a'", { color: "green" })).status).toBe(204);
    expect((await patch("hub/items/test.store.special/$each", { color: "red" })).status).toBe(204);
    expect(await colors()).toBe("a:green,b:blue,c:red");
    expect((await patch("hub/items/$each?$orderby=name&$top=2", { color: "red" })).status).toBe(204);
    expect(await colors()).toBe("a:red,b:red,c:red");
    expect((await patch("hub/items/$filter(rank gt 9)/$each", { color: "blue" })).status).toBe(204);
  });

  test("Prefer: return=representation answers the members", async () => {
    const { status, json, headers } = await patch("hub/items/$filter(rank le 2)/$each", { color: "blue" }, { Prefer: "return=representation" });
    expect([status, json["@odata.context"], headers["Preference-Applied"]]).toEqual([200, `${baseUrl}/v1.0/$metadata#hub/items`, "return=representation"]);
    expect(json.value.map((one: any) => [one.name, one.color, one["@odata.context"]])).toEqual([["a", "blue", undefined], ["b", "blue", undefined]]); // prettier-ignore
    const none = await patch("hub/items/$filter(rank gt 9)/$each", { color: "blue" }, { Prefer: "return=representation" });
    expect([none.status, none.json.value]).toEqual([200, []]);
  });

  test("DELETE removes every member, and what they contain", async () => {
    expect((await remove("hub/items/$filter(rank lt 3)/$each")).status).toBe(204);
    expect(await colors()).toBe("c:null");
    expect((await remove("hub/items/$each")).status).toBe(204);
    expect((await shapes.hub.get("/v1.0/hub/items/$count")).text).toBe("0");
  });

  test("one that is refused leaves all as they were", async () => {
    const before = await colors();
    const wrong = await patch("hub/items/$each", { color: "pink" });
    expect([wrong.status, wrong.json.error.target]).toEqual([400, "color"]);
    const conditional = await remove("hub/items/$each", { headers: { "If-Match": 'W/"1"' } });
    expect(conditional.status).toBe(412);
    const derived = await patch("hub/items/$each", { extra: "only specials have it", nothing: 1, color: "blue" });
    expect([200, 204, 400]).toContain(derived.status);
    expect(await colors()).toBe(derived.status === 400 ? before : "a:blue,b:blue,c:blue");
  });

  test("what it cannot do is refused", async () => {
    const message = async (method: string, target: string, more = {}): Promise<string> => {
      const { status, json } = await shapes.hub.send(method, url(target), { body: method === "DELETE" ? undefined : {}, ...more });
      return `${status} ${json.error?.message}`;
    };
    expect(await message("GET", "hub/items/$each")).toMatch(/^405 /);
    expect(await message("POST", "hub/items/$each")).toMatch(/^405 /);
    expect(await message("DELETE", "hub/items/$filter(nothing/x gt)/$each")).toMatch(/^400 path:/);
    expect(await message("DELETE", `hub/items/${shapes.ids["a"]}/$each`)).toBe("400 path: '$each' needs a collection in front of it.");
    expect(await message("DELETE", "hub/items/$each?$select=name")).toBe("400 The query option $select cannot be applied to $each.");
    expect(await message("DELETE", "hub/items/$each", { caller: callerOf({ permissions: [] }) })).toMatch(/^403 /);
    await shapes.hub.post("/v1.0/hub/items", { name: "d" });
    expect(await message("DELETE", "hub/items/$each")).toBe("400 $each: there are more than 3 members; narrow them by $filter(...) or $top, and repeat.");
  });

  test("within a batch it is a request like others", async () => {
    const requests = [{ id: "1", method: "DELETE", url: "/hub/items/$filter(rank%20eq%201)/$each" }, { id: "2", method: "GET", url: "/hub/items/$count" }]; // prettier-ignore
    const { json } = await shapes.hub.post("/v1.0/$batch", { requests });
    expect(json.responses.map(({ status }: { status: number }) => status)).toEqual([204, 200]);
    expect(await colors()).toBe("b:null,c:null");
  });

  test("an answer to a write picks members, too", async () => {
    const { json } = await shapes.hub.post(url("hub/items?$select=tags($filter=$this ne 'x';$count=true),twice&$compute=rank mul 2 as twice"), {
      name: "e",
      rank: 4,
      tags: ["x", "y"],
    });
    expect([json.tags, json["tags@odata.count"], json.twice]).toEqual([["y"], 1, 8]);
  });
});
