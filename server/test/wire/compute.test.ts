import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baseUrl } from "./hub.ts";
import { openShapes, url, type Shapes } from "./shapes.ts";

/** Without the types of complex values, which this product always says. */
function withoutTypes(value: unknown): any {
  return JSON.parse(JSON.stringify(value), (name, inner: unknown) => (name === "@odata.type" ? undefined : inner));
}

describe.each(["odata", "graph"] as const)("$select and $compute in the %s profile", (profile) => {
  let shapes: Shapes;
  beforeAll(async () => {
    shapes = await openShapes(profile);
  });
  afterAll(() => shapes.hub.close());

  const get = async (target: string, accept = "application/json"): Promise<any> => {
    const { status, text, json } = await shapes.hub.get(url(target), { headers: { accept } });
    expect(status, text).toBe(200);
    return json;
  };
  const refusal = async (target: string): Promise<string> => {
    const { status, json } = await shapes.hub.get(url(target));
    return `${status} ${json.error?.message}`;
  };
  const item = async (options: string): Promise<any> => {
    const { "@odata.context": _, "@odata.etag": __, "@odata.type": ___, id: ____, ...rest } = await get(`hub/items/${shapes.ids["a"]}?${options}`);
    return withoutTypes(rest);
  };
  const partNames = (json: any): string => json.parts.map(({ name }: { name: string }) => name).join();

  test.each([
    ["parts($filter=score gt 1)", "p,s"],
    ["parts($filter=labels/any(l:startswith(l,'l')))", "p,s"],
    ["parts($filter=maker/provider eq 'q' or score eq $it/rank)", "q"],
    ["parts($orderby=score desc)", "p,s,q,r"],
    ["parts($orderby=score;$top=2)", "r,q"],
    ["parts($skip=1;$top=2)", "q,r"],
    ["parts($skip=500)", ""],
    ["parts($top=0)", ""],
    ["parts($filter=length(name) eq 1;$orderby=name desc;$skip=1;$top=2)", "r,q"],
    ["parts($compute=score add 1 as more;$filter=more gt 2;$orderby=more)", "s,p"],
  ])("$select=%s", async (select, expected) => {
    expect(partNames(await item(`$select=${select}`))).toBe(expected);
    const [listed] = (await get(`hub/items?$filter=name eq 'a'&$select=${select}`)).value;
    expect(partNames(listed)).toBe(expected);
    if (select.includes("$it")) return;
    const [expanded] = (await get(`hub?$expand=items($filter=name eq 'a';$select=${select})`)).items;
    expect(partNames(expanded)).toBe(expected);
  });

  test("R70 what is selected within, at any depth, and what the context says", async () => {
    const json = await get(
      `hub/items/${shapes.ids["a"]}?$select=name,parts($select=name,maker/size,labels($orderby=$this;$top=1);$filter=score ge 2;$count=true),tags($filter=$this ne 'y';$orderby=$this desc)`,
    );
    const { "@odata.context": context, "@odata.etag": _, id: __, ...rest } = withoutTypes(json);
    expect(context).toBe(`${baseUrl}/v1.0/$metadata#hub/items(name,parts/name,parts/maker/size,parts/labels,tags)/$entity`);
    expect(rest).toEqual({
      name: "a",
      tags: ["z", "x"],
      "parts@odata.count": 2,
      parts: [
        { name: "p", labels: ["l1"], maker: { size: 7 } },
        { name: "s", labels: ["l3"], maker: { size: 7 } },
      ],
    });
  });

  test("a path through a collection reaches into each member", async () => {
    expect((await item("$select=parts/labels($orderby=$this;$top=1)")).parts).toEqual([{ labels: ["l1"] }, { labels: [] }, { labels: [] }, { labels: ["l3"] }]);
    expect((await item("$select=parts/maker/provider")).parts[0]).toEqual({ maker: { provider: "p" } });
    expect((await get("hub/items?$filter=name eq 'b'&$select=parts($count=true;$top=1),tags($count=true;$skip=7)")).value[0]).toMatchObject({
      "parts@odata.count": 0,
      parts: [],
      "tags@odata.count": 1,
      tags: [],
    });
  });

  test("options of a single complex value, * within, and operations", async () => {
    expect(await item("$select=maker($select=size,vendor;$compute=size mul 2 as twice)")).toEqual({ maker: { vendor: "Contoso", size: 3 } });
    expect(await item("$select=maker($select=size,twice;$compute=size mul 2 as twice)")).toEqual({
      maker: { size: 3, "twice@odata.type": "#Int64", twice: 6 },
    });
    expect((await item("$select=maker($select=*)")).maker).toEqual({ vendor: "Contoso", provider: "p1", size: 3 });
    expect(await item("$select=name,test.store.*")).toEqual({ name: "a" });
  });

  test("$compute names values, typed, for every kind of answer", async () => {
    const computed = [
      "rank add 1 as next", "next mul 2 as twice", "weight div 2 as half", "concat(name,'!') as loud", "rank gt 1 as above", "length(name) as len", "year(created) as y", "created as made",
      "date(created) as d", "time(created) as t", "lasts as how", "case(rank eq 1:duration'P1DT0.5S') as span", "color as c", "maker/vendor as v", "mood as feeling", "null as nothing", "parts/$count as n",
    ].join(","); // prettier-ignore
    const names = ["next", "twice", "half", "loud", "above", "len", "y", "made", "d", "t", "how", "span", "c", "v", "feeling", "nothing", "n"];
    const expected = {
      "next@odata.type": "#Int64", next: 2, "twice@odata.type": "#Int64", twice: 4, half: 0.75, loud: "a!", above: false, "len@odata.type": "#Int32", len: 1, "y@odata.type": "#Int32", y: 2026,
      "made@odata.type": "#DateTimeOffset", made: "2026-01-03T00:00:00+01:00", "d@odata.type": "#Date", d: "2026-01-02", "t@odata.type": "#TimeOfDay", t: "23:00:00", "how@odata.type": "#Duration", how: "P1DT2H",
      "span@odata.type": "#Duration", span: "P1DT0.5S", "c@odata.type": "#test.store.color", c: "red", v: "Contoso", feeling: "blue", nothing: null, "n@odata.type": "#Int64", n: 4,
    }; // prettier-ignore
    expect(await item(`$compute=${computed}&$select=${names.join(",")}`)).toEqual(expected);
    expect((await get(`hub/items?$filter=next eq 2&$compute=${computed}&$select=${names.join(",")}`)).value[0]).toMatchObject(expected);
    expect((await get(`hub?$expand=items($filter=next eq 2;$compute=${computed};$select=${names.join(",")})`)).items[0]).toMatchObject(expected);
    const none = await get(`hub/items/${shapes.ids["a"]}?$compute=rank add 1 as next&$select=next`, "application/json;odata.metadata=none");
    expect(none).toEqual({ id: shapes.ids["a"], next: 2 });
  });

  test("whole numbers beyond 2^53 stand with all their digits, exact or of a floating-point calculation", async () => {
    const { text } = await shapes.hub.get(url(`hub/items/${shapes.ids["a"]}?$compute=big mul 512.5 as large,big add 1 as next&$select=large,next`));
    expect([/"large":(\d+)/.exec(text)?.[1], /"next":(\d+)/.exec(text)?.[1]]).toEqual(["4616189618054759424", "9007199254740994"]);
  });

  test("what is computed of the row, over a collection too, is its own: no member and no complex value with options has it", async () => {
    const computed = await item(
      "$compute=tags/any(t:t ne 'nothing') as some,length(name) as long&$select=some,long,parts($top=1;$select=name),maker($select=vendor)",
    );
    expect(Object.keys(computed).toSorted()).toEqual(["long", "long@odata.type", "maker", "parts", "some"]);
    expect(computed.parts.map((part: object) => Object.keys(part))).toEqual([["name"]]);
    expect(Object.keys(computed.maker)).toEqual(["vendor"]);
    const whole = await item("$compute=tags/any(t:t ne 'nothing') as some&$select=some,parts($top=1),maker($select=*)");
    expect([whole.some, "some" in whole.parts[0], "some" in whole.maker]).toEqual([true, false, false]);
  });

  test("without $select everything stays, and the context says so", async () => {
    const json = await get("hub/items?$compute=rank add 1 as next&$filter=name eq 'a'");
    expect(json["@odata.context"]).toBe(`${baseUrl}/v1.0/$metadata#hub/items(*,next)`);
    expect(json.value[0]).toMatchObject({ name: "a", mood: "blue", next: 2, parts: [{}, {}, {}, {}] });
    expect((await get("hub/items?$compute=rank add 1 as next&$select=name&$top=1")).value[0]).not.toHaveProperty("next");
  });

  test("computed names in $filter, $orderby and lambdas, and over pages", async () => {
    const names = async (options: string): Promise<string> => (await get(`hub/items?${options}`)).value.map(({ name }: { name: string }) => name).join();
    expect(await names("$compute=rank mul -1 as turned&$orderby=turned&$select=name")).toBe("c,b,a");
    expect(await names("$compute=rank add 1 as next&$filter=parts/any(p:p/score eq next add 1)")).toBe("a");
    expect(await names("$compute=parts/any(p:p/score gt 8) as high&$filter=tags/all(t:high) and high")).toBe("c");
    const first = await shapes.hub.get(url("hub/items?$compute=rank mul -1 as turned&$orderby=turned&$select=turned"), {
      headers: { Prefer: "odata.maxpagesize=2" },
    });
    const next = await shapes.hub.get(first.json["@odata.nextLink"].replace(baseUrl, ""));
    expect([...first.json.value, ...next.json.value].map(({ turned }: { turned: number }) => turned)).toEqual([-3, -2, -1]);
  });

  test.each([
    [
      "hub/items?$select=parts($top=1),parts($top=2)",
      "400 $select: 'parts' is selected twice in different ways; put all of it into one pair of parentheses (position 14).",
    ],
    ["hub/items?$select=parts($top=1),parts/name", "400 $select: 'parts/name' is selected twice in different ways"],
    ["hub/items?$select=name($top=1)", "400 $select: 'name' is a plain value and cannot have $top (position 0)."],
    ["hub/items?$select=maker($filter=size gt 1)", "400 $select: 'maker' is a single value and cannot have $filter (position 0)."],
    ["hub/items?$select=tags($select=x)", "400 $select: 'tags' is a collection of plain values and cannot have $select (position 0)."],
    [
      "hub/items?$select=notes($top=1)",
      "400 $select: 'notes' is no declared property of the type, and has no options; a navigation property is expanded by $expand (position 0).",
    ],
    [
      "hub/items?$select=parts($filter=nothing/x eq 1)",
      profile === "odata" ? "200 undefined" : "400 Could not find a property named 'nothing' on type 'test.store.part'.",
    ],
    ["hub/items?$select=parts($skip=501)", "400 $select: $skip is 501; at most 500 members can be skipped."],
    ["hub/items?$select=test.store.nothing", "400 $select: there is no operation 'test.store.nothing' of 'test.store.item' (position 0)."],
    ["hub/logs?$select=nothing", "400 Could not find a property named 'nothing' on type 'test.store.note'."],
    ["hub/items?$compute=rank as name", "400 $compute: 'name' is a property of 'test.store.item'; give it another name."],
    ["hub/items?$compute=rank as x,rank as X", "400 $compute: 'X' is computed twice; give it another name."],
    ["hub/items?$compute=mood add 1 as x", "200 undefined"],
    ["hub/items?$compute=case(true:mood) as x", "400 $compute: the type of 'x' is not known; cast the undeclared property that it is made of (position 0)."],
    ["hub/items?$compute=maker as x", "400 $compute: 'x' would be a complex value; compute a single one (position 0)."],
    ["hub/items?$compute=parts as x", "400 $compute: 'parts' is a collection; use any, all or $count (position 0)."],
    ["hub/items?$compute=rank add 'a' as x", "400 $compute: expected a number, got a value of type string (position 9)."],
    [
      "hub/items?$compute=y add 1 as x,rank as y&$select=name",
      profile === "odata" ? "200 undefined" : "400 Could not find a property named 'y' on type 'test.store.item'.",
    ],
    [`hub/items?$compute=${["rank as c0", ...Array.from({ length: 40 }, (_, n) => `c${n} add c${n} as c${n + 1}`)].join(",")}`, "400"],
    ["hub/items/$count?$compute=rank as x", "400 The query option $compute cannot be applied to /$count."],
  ])("%s is %s", async (target, expected) => expect(await refusal(target)).toContain(expected));
});
