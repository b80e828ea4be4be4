import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHub, vendor, type TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

/** Ordered collections of values (OData 4.01 Protocol 11.4.9.4, 11.4.10, 11.4.11; URL Conventions 4.12). */

const root = "/v1.0";
const sample = "11111111-1111-4111-8111-111111111111";
let hub: TestHub;
let vessel: string;
let company: string;
let count = 0;
beforeAll(async () => {
  hub = await openHarbour();
  await hub.post(`${root}/Samples`, { Id: sample, Longs: [], Cargos: ["Oil"], Days: ["2020-01-01"] });
});
afterAll(() => hub.close());
beforeEach(async () => {
  const route = [{ From: "A", To: "B", Miles: 1.5, Stops: ["x", "y"] }];
  const id = (count += 1);
  vessel = `${root}/Vessels(${id})`;
  await hub.post(`${root}/Vessels`, { Id: id, Name: "V", Tags: ["a", "b", "c"], Route: route });
  const branches = [
    { City: "Bern", Street: "s" },
    { "@odata.type": "#harbour.ForeignPostBox", City: "Como", Box: 3, Country: "IT", more: 2 },
  ];
  const made = await hub.post(`${root}/Companies`, { Name: "C", Branches: branches });
  company = `${root}/Companies(${made.json.Id})`;
});

const value = async (url: string): Promise<any> => (await hub.get(url)).json.value;
const sent = async (method: string, url: string, body?: unknown, headers = {}): Promise<string> => {
  const answer = await hub.send(method, url, body === undefined ? { headers } : { body, headers });
  return answer.status < 300 ? String(answer.status) : `${answer.status} ${answer.json.error.message}`;
};

describe("$index", () => {
  test.each([
    ["", "a b c new"],
    ["?$index=0", "new a b c"],
    ["?$index=1", "a new b c"],
    ["?$index=3", "a b c new"],
    ["?index=2", "a b new c"],
    ["?$index=-1", "a b c new"],
    ["?$index=-2", "a b new c"],
    ["?$index=-4", "new a b c"],
  ])("POST Tags%s", async (query, expected) => {
    expect(await sent("POST", `${vessel}/Tags${query}`, { value: "new" })).toBe("204");
    expect((await value(`${vessel}/Tags`)).join(" ")).toBe(expected);
  });

  test.each([
    ["Tags?$index=4", 400, "$index: 'Tags' has 3 items: expected a position from -4 to 3, got 4."],
    ["Tags?$index=-5", 400, "$index: 'Tags' has 3 items: expected a position from -4 to 3, got -5."],
    ["Tags?$index=x", 400, "$index"],
    ["Tags?$index=1&$index=2", 400, "$index"],
    ["Tags/0", 405, "POST"],
    ["Name?$index=0", 405, ""],
  ])("POST %s is %i, and nothing changes", async (path, status, message) => {
    const answer = await hub.post(`${vessel}/${path}`, { value: "new" });
    expect([answer.status, answer.json.error.message]).toEqual([status, status === 405 ? expect.anything() : expect.stringContaining(message)]);
    expect(await value(`${vessel}/Tags`)).toEqual(["a", "b", "c"]);
  });

  test("with the new list, and its ETag, for who wants them; under a condition", async () => {
    const before = (await hub.get(vessel)).headers["ETag"]!;
    const answer = await hub.post(`${vessel}/Tags?$index=0`, { value: "n" }, { headers: { Prefer: "return=representation", "If-Match": before } });
    expect([answer.status, answer.json.value, answer.headers["Preference-Applied"]]).toEqual([200, ["n", "a", "b", "c"], "return=representation"]);
    expect(answer.headers["ETag"]).toBe((await hub.get(vessel)).headers["ETag"]);
    expect(await sent("POST", `${vessel}/Tags?$index=0`, { value: "m" }, { "If-Match": before })).toMatch(/^412/);
  });

  test("of enumeration members, big numbers, dates and complex values of derived types", async () => {
    for (const longs of [9007199254740993n, 1n]) await sent("POST", `${root}/Samples(${sample})/Longs?$index=0`, { value: JSON.rawJSON(String(longs)) });
    expect((await hub.get(`${root}/Samples(${sample})/Longs`)).text).toContain('"value":[1,9007199254740993]');
    expect(await sent("POST", `${root}/Samples(${sample})/Cargos?$index=0`, { value: "grain,Cars" })).toBe("204");
    expect(await value(`${root}/Samples(${sample})/Cargos`)).toEqual(["Grain,Cars", "Oil"]);
    expect(await sent("POST", `${root}/Samples(${sample})/Cargos`, { value: "Wool" })).toMatch(/^400 .*one or more of/);
    expect(await sent("POST", `${root}/Samples(${sample})/Days?$index=-2`, { value: "2019-01-01" })).toBe("204");
    expect(await value(`${root}/Samples(${sample})/Days`)).toEqual(["2019-01-01", "2020-01-01"]);
    expect(await sent("POST", `${company}/Branches?$index=1`, { "@odata.type": "#harbour.PostBox", City: "Basel", Box: 9 })).toBe("204");
    expect(await value(`${company}/Branches`)).toMatchObject([{ City: "Bern" }, { "@odata.type": "harbour.PostBox", Box: 9, Street: null }, { City: "Como" }]);
    expect(await sent("POST", `${company}/Branches`, { "@odata.type": "#harbour.Leg", City: "x" })).toMatch(/^400 /);
    expect(await sent("POST", `${company}/Branches`, { Street: "no city" })).toBe("400 Property 'Branches[0]/City' is required.");
    expect(await sent("POST", `${vessel}/Tags`, { value: null })).toMatch(/^400 /);
  });

  test("elsewhere it is 400, and says where it stands", async () => {
    for (const url of [`${vessel}/Tags?$index=1`, `${root}/Vessels?$index=1`, `${vessel}?$index=0`])
      expect((await hub.get(url)).json.error.message).toMatch(
        /^The query option \$index cannot be applied to .*: it says where a POST to a collection of values/,
      );
    expect(await sent("POST", `${root}/Vessels?$index=0`, { Id: 999, Name: "x" })).toMatch(/^400 The query option \$index/);
    expect(await sent("PUT", `${vessel}/Tags?$index=0`, { value: [] })).toMatch(/^400 The query option \$index/);
  });
});

describe("items by their place", () => {
  test("read from both ends, with what they hold", async () => {
    expect([await value(`${vessel}/Tags/0`), await value(`${vessel}/Tags/-1`), (await hub.get(`${vessel}/Tags/1/$value`)).text]).toEqual(["a", "c", "b"]);
    const branch = await hub.get(`${company}/Branches/-1`);
    expect(branch.json).toMatchObject({ "@odata.context": "https://hub.example/v1.0/$metadata#harbour.Address", City: "Como", Box: 3 });
    expect(branch.headers["ETag"]).toBe((await hub.get(company)).headers["ETag"]);
    expect(await value(`${company}/Branches/1/City`)).toBe("Como");
    expect(await value(`${company}/Branches/1/harbour.PostBox/Box`)).toBe(3);
    expect((await hub.get(`${company}/Branches/1/Box`)).status).toBe(400);
    expect((await hub.get(`${company}/Branches/0/Street/$value`)).text).toBe("s");
    expect(await value(`${vessel}/Route/0/Stops/1`)).toBe("y");
    expect((await hub.get(`${vessel}/Route/0/Stops/$count`)).text).toBe("2");
    const full = await hub.get(`${company}/Branches/1?$format=application/json;odata.metadata=full`);
    expect(full.json["@odata.type"]).toBe("harbour.ForeignPostBox");
  });

  test("those of a derived type alone", async () => {
    expect(await value(`${company}/Branches/harbour.PostBox`)).toMatchObject([{ City: "Como" }]);
    expect((await hub.get(`${company}/Branches/harbour.PostBox/$count`)).text).toBe("1");
    expect(await value(`${company}/Branches/harbour.Address`)).toHaveLength(2);
    expect((await hub.get(`${company}/Branches/harbour.Leg`)).status).toBe(400);
    expect((await hub.get(`${company}/Branches/harbour.PostBox/0`)).status).toBe(400);
    expect((await hub.get(`${company}/Branches/0/harbour.PostBox`)).status).toBe(404);
    for (const method of ["PUT", "DELETE", "POST"]) expect(await sent(method, `${company}/Branches/harbour.PostBox`, { value: [] })).toMatch(/^405/);
  });

  test("PUT, PATCH and DELETE of an item and of what it holds", async () => {
    expect(await sent("PUT", `${vessel}/Tags/-1`, { value: "z" })).toBe("204");
    expect(await sent("DELETE", `${vessel}/Tags/1`)).toBe("204");
    expect((await value(`${vessel}/Tags`)).at(-1)).toBe("z");
    expect(await sent("PATCH", `${company}/Branches/1`, { Street: "new" })).toBe("204");
    expect(await value(`${company}/Branches`)).toMatchObject([{ Street: "s" }, { "@odata.type": "harbour.ForeignPostBox", Street: "new", Box: 3, more: 2 }]);
    expect(await sent("PUT", `${company}/Branches/1/City`, { value: "Rome" })).toBe("204");
    expect(await sent("PUT", `${company}/Branches/1/harbour.PostBox/Box`, { value: 8 })).toBe("204");
    expect(await sent("DELETE", `${company}/Branches/1/Street`)).toBe("204");
    expect(await value(`${company}/Branches/1/City`)).toBe("Rome");
    expect(await value(`${company}/Branches/1/harbour.ForeignPostBox/Box`)).toBe(8);
    expect(await sent("PUT", `${company}/Branches/1`, { City: "Oslo" })).toBe("204");
    expect((await hub.get(`${company}/Branches/1`)).json).toMatchObject({ City: "Oslo", Street: null });
    expect((await hub.get(`${company}/Branches/1`)).json).not.toHaveProperty("Box");
    expect(await sent("DELETE", `${company}/Branches/0`)).toBe("204");
    expect(await value(`${company}/Branches`)).toMatchObject([{ City: "Oslo" }]);
    expect(await sent("POST", `${vessel}/Route/0/Stops?$index=1`, { value: "mid" })).toBe("204");
    expect(await sent("PATCH", `${vessel}/Route/0`, { Miles: 2 })).toBe("204");
    expect(await sent("DELETE", `${vessel}/Route/0/Stops`)).toBe("204");
    expect(await value(`${vessel}/Route`)).toMatchObject([{ From: "A", Miles: 2, Stops: [] }]);
    expect(await sent("DELETE", `${vessel}/Route`)).toBe("204");
    expect(await value(`${vessel}/Route`)).toEqual([]);
  });

  test("the answer to a write is the item, to a removal nothing", async () => {
    const representation = { Prefer: "return=representation" };
    const put = await hub.send("PUT", `${vessel}/Tags/-1`, { body: { value: "z" }, headers: representation });
    expect([put.status, put.json]).toEqual([200, { "@odata.context": "https://hub.example/v1.0/$metadata#Edm.String", value: "z" }]);
    const gone = await hub.send("DELETE", `${vessel}/Tags/-1`, { headers: representation });
    expect([gone.status, gone.text ?? "", gone.headers["Preference-Applied"]]).toEqual([204, "", undefined]);
  });

  test.each([
    ["GET", "Tags/3", 404, "'Tags' has 3 items and none at 3."],
    ["GET", "Tags/-4", 404, "'Tags' has 3 items and none at -4."],
    ["GET", "Tags/99999999999999", 404, "none at"],
    ["GET", "Tags/1.5", 400, "1.5"],
    ["GET", "Tags/x", 400, "x"],
    ["GET", "Tags/0/0", 400, "0"],
    ["GET", "Tags/0/length", 400, "length"],
    ["GET", "Tags/0/$count", 400, "$count"],
    ["GET", "Name/0", 400, "0"],
    ["GET", "Route/1/Stops/0", 404, "'Route' has 1 item and none at 1."],
    ["GET", "Route/0/$value", 400, "$value"],
    ["PUT", "Tags/3", 400, "Property 'Tags/3': expected a string"],
    ["DELETE", "Tags/3", 404, "'Tags' has 3 items and none at 3."],
    ["DELETE", "Tags/-4", 404, "none at -4"],
    ["DELETE", "Route/0/From", 400, "Property 'Route/0/From': expected a value, not null"],
    ["PUT", "Tags/0", 400, "Property 'Tags/0': expected a string"],
    ["PUT", "Route/0", 400, "Property 'Route/0/From' is required."],
    ["PATCH", "Route/0", 400, "Route/0/Miles"],
    ["PATCH", "Tags", 405, ""],
  ])("%s %s is %i", async (method, path, status, message) => {
    const body = path.startsWith("Route") ? { Miles: "far" } : { value: 5 };
    const answer = await hub.send(method, `${vessel}/${path}`, method === "GET" || method === "DELETE" ? {} : { body });
    expect([answer.status, answer.json.error.message]).toEqual([status, expect.stringContaining(message)]);
    expect(await value(`${vessel}/Tags`)).toEqual(["a", "b", "c"]);
  });

  test("what no type declares is written in an item of an open type, by a name that is one", async () => {
    const item = `${company}/Branches/1/harbour.ForeignPostBox`;
    expect(await sent("PUT", `${item}/more`, { value: { deep: [1, 2] } })).toBe("204");
    expect(await sent("PUT", `${item}/more/deep/-1`, { value: 3 })).toBe("204");
    expect(await value(`${company}/Branches`)).toMatchObject([{}, { more: { deep: [1, 3] } }]);
    for (const name of ["a@b", "@odata.type", "x%20y", "1a"]) expect(await sent("PUT", `${item}/${name}`, { value: "harbour.Leg" })).toMatch(/^400/);
    expect(await sent("PUT", `${item}/no/way`, { value: 1 })).toMatch(/^404/);
    expect(await sent("PUT", `${company}/Branches/0/more`, { value: 1 })).toMatch(/^400/);
  });

  test("two at once take out two", async () => {
    const statuses = await Promise.all(Array.from({ length: 5 }, () => hub.send("DELETE", `${vessel}/Tags/0`)));
    expect(statuses.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(3);
    expect(await value(`${vessel}/Tags`)).toEqual([]);
  });
});

test("$metadata says it in the odata profile, and a model may refuse it", async () => {
  const { text } = await hub.get(`${root}/$metadata`);
  const tags = /<Property Name="Tags"[^]*?<\/Property>/.exec(text)![0];
  expect(tags).toContain('<Annotation Term="Core.Ordered" Bool="true"/>');
  expect(tags).toContain('<Annotation Term="Core.PositionalInsert" Bool="true"/>');
  const json = (await hub.get(`${root}/$metadata?$format=json`)).json;
  expect(json.harbour.Company.Branches).toMatchObject({ "@Core.Ordered": true, "@Core.PositionalInsert": true });
});

describe.each(["graph", "odata"] as const)("in the security graph, profile %s", (profile) => {
  let graph: TestHub;
  const scores = `${root}/security/secureScores`;
  let score: string;
  beforeAll(async () => {
    graph = await openHub({ profile });
    const { json } = await graph.post(scores, { maxScore: 1, vendorInformation: vendor, enabledServices: ["a", "b"] });
    score = `${scores}/${json.id}`;
  });
  afterAll(() => graph.close());

  test("what was written is found by any(), told as a change and stands in the audit", async () => {
    const started = await graph.get(`${scores}/delta?$select=enabledServices&$deltatoken=latest`);
    if (profile === "graph") expect((await graph.send("PUT", `${score}/enabledServices/-1`, { body: { value: "z" } })).status).toBe(400);
    const [path, own] = profile === "graph" ? ["", ["a", "z"]] : ["/-1", "z"];
    expect((await graph.send("PUT", `${score}/enabledServices${path}`, { body: { value: own } })).status).toBe(204);
    expect((await graph.get(`${scores}?$filter=enabledServices/any(t:t eq 'z')`)).json.value).toHaveLength(1);
    expect((await graph.get(`${scores}?$filter=enabledServices/any(t:t eq 'b')`)).json.value).toHaveLength(0);
    const changes = await graph.get(started.json["@odata.deltaLink"].replace("https://hub.example", ""));
    expect(changes.json.value.map(({ enabledServices }: { enabledServices: string[] }) => enabledServices)).toEqual([["a", "z"]]);
    const { json } = await graph.get(`${root}/security/auditRecords?$orderby=number desc&$top=1`);
    expect(JSON.stringify(json.value[0])).toContain("enabledServices");
  });

  test("an item is added in the odata profile alone", async () => {
    const isPure = profile === "odata";
    expect((await graph.post(`${score}/enabledServices?$index=0`, { value: "first" })).status).toBe(isPure ? 204 : 405);
    expect((await graph.get(`${score}/enabledServices/0`)).json.value).toBe(isPure ? "first" : undefined);
    expect((await graph.get(`${root}/$metadata`)).text.includes("Core.PositionalInsert")).toBe(isPure);
  });
});

describe("writing behind the type of a complex value (URL Conventions 4.11)", () => {
  let seat: string;
  beforeEach(async () => {
    seat = `${company}/Seat`;
    await hub.send("PUT", seat, { body: { "@odata.type": "#harbour.ForeignPostBox", City: "Como", Box: 3, Country: "IT", more: 2 } });
  });
  const read = async (): Promise<any> => (await hub.get(seat)).json;

  test("of a member, and of the value itself, which stays of its type", async () => {
    expect(await sent("PUT", `${seat}/harbour.PostBox/Box`, { value: 4 })).toBe("204");
    expect(await sent("PATCH", `${seat}/harbour.PostBox`, { Street: "p" })).toBe("204");
    expect(await sent("PATCH", seat, { City: "Pavia" })).toBe("204");
    expect(await read()).toMatchObject({ "@odata.type": "harbour.ForeignPostBox", City: "Pavia", Street: "p", Box: 4, Country: "IT", more: 2 });
    expect(await sent("DELETE", `${seat}/harbour.PostBox/Box`)).toBe("204");
    expect((await read()).Box).toBeNull();
    expect(await sent("PUT", `${seat}/harbour.PostBox`, { City: "Basel", Box: 1 })).toBe("204");
    expect(await read()).toMatchObject({ "@odata.type": "harbour.PostBox", City: "Basel", Street: null, Box: 1 });
    expect(await sent("PUT", `${seat}/harbour.PostBox`, { "@odata.type": "#harbour.ForeignPostBox", City: "x", Country: "y" })).toBe("204");
    expect((await read()).Country).toBe("y");
    expect(await sent("DELETE", `${seat}/harbour.PostBox`)).toBe("204");
    expect((await hub.get(seat)).status).toBe(204);
  });

  test("a PATCH that makes it of another type keeps what both have", async () => {
    expect(await sent("PATCH", seat, { "@odata.type": "#harbour.PostBox", Street: "q" })).toBe("204");
    const kept = await read();
    expect(kept).toMatchObject({ "@odata.type": "harbour.PostBox", City: "Como", Street: "q", Box: 3 });
    expect(kept).not.toHaveProperty("Country");
    expect(kept).not.toHaveProperty("more");
    expect(await sent("PATCH", company, { Seat: { "@odata.type": "#harbour.Address", Street: "r" } })).toBe("204");
    expect(await read()).toMatchObject({ "@odata.type": "harbour.Address", City: "Como", Street: "r" });
  });

  test("where nothing is, it comes to be of that type", async () => {
    await sent("DELETE", seat);
    expect(await sent("PUT", `${seat}/harbour.PostBox/Box`, { value: 6 })).toBe("204");
    expect(await read()).toMatchObject({ "@odata.type": "harbour.PostBox", Box: 6 });
    await sent("DELETE", seat);
    expect(await sent("PATCH", `${seat}/harbour.PostBox`, { Box: 7 })).toBe("204");
    expect(await read()).toMatchObject({ "@odata.type": "harbour.PostBox", Box: 7 });
  });

  test("what does not fit changes nothing", async () => {
    await sent("PUT", seat, { City: "Bern" });
    expect(await sent("PUT", `${seat}/harbour.PostBox/Box`, { value: 4 })).toBe("404 'Seat' is not of the type 'harbour.PostBox'.");
    expect(await sent("PATCH", `${seat}/harbour.PostBox`, { Box: 4 })).toMatch(/^404/);
    await sent("PUT", seat, { "@odata.type": "#harbour.PostBox", City: "Bern" });
    expect(await sent("PUT", `${seat}/harbour.PostBox/Box`, { value: "four" })).toMatch(/^400 Property 'Seat\/Box': expected/);
    expect(await sent("PUT", `${seat}/harbour.PostBox`, { Box: 4 })).toBe("400 Property 'Seat/City' is required.");
    expect(await sent("PUT", `${seat}/harbour.PostBox`, { City: "x", Nope: 4 })).toMatch(/^400 Could not find a property named 'Nope'/);
    expect(await read()).toMatchObject({ City: "Bern", Box: null });
    await sent("PATCH", `${root}/Vessels(${count})`, { Marks: { "@odata.type": "#harbour.HullMarks", Number: 1 } });
    expect(await sent("PUT", `${vessel}/Marks/harbour.HullMarks/Number`, { value: 2 })).toBe("204");
    expect(await value(`${vessel}/Marks/harbour.HullMarks/Number`)).toBe(2);
  });
});
