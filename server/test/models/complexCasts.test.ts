import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

/** Members of complex values of derived types (OData URL Conventions 4.11, 5.1.1.15), in both profiles. */
describe.each(["odata", "graph"] as const)("casts of complex values (profile %s)", (profile) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    hub = await openHarbour({ profile });
    const seats = {
      plain: { City: "Bern", Street: "s" },
      box: { "@odata.type": "#harbour.PostBox", City: "Basel", Box: 1 },
      foreign: { "@odata.type": "#harbour.ForeignPostBox", City: "Como", Box: 3, Country: "IT", more: 2 },
      none: null,
    };
    for (const [name, seat] of Object.entries(seats)) {
      const branches = name === "plain" ? [{ City: "a" }, { "@odata.type": "#harbour.PostBox", City: "b", Box: 7 }] : [];
      const { status, json, text } = await hub.post("/v1.0/Companies", { Name: name, Seat: seat, Branches: branches });
      if (status !== 201) throw new Error(text);
      ids.set(name, json.Id);
    }
  });
  afterAll(() => hub.close());

  const names = async (query: string): Promise<string> => {
    const { status, json, text } = await hub.get(`/v1.0/Companies?${query}${query.includes("orderby") ? "" : "&$orderby=Name"}&$select=Name`);
    return status === 200 ? json.value.map((row: { Name: string }) => row.Name).join(" ") : text;
  };
  const filtered = (filter: string): Promise<string> => names(`$filter=${encodeURIComponent(filter)}`);

  test.each([
    ["Seat/harbour.PostBox/Box gt 0", "box foreign"],
    ["Seat/harbour.PostBox/Box eq null", "none plain"],
    ["Seat/harbour.ForeignPostBox/Box eq 3", "foreign"],
    ["Seat/harbour.ForeignPostBox/Box eq 1", ""],
    ["Seat/harbour.ForeignPostBox/Country eq 'IT'", "foreign"],
    ["Seat/harbour.PostBox/harbour.ForeignPostBox/Country eq 'IT'", "foreign"],
    ["Seat/harbour.ForeignPostBox/more eq 2", "foreign"],
    ["Seat/harbour.PostBox/City eq 'Basel'", "box"],
    ["Seat/harbour.PostBox/City eq 'Bern'", ""],
    ["not (Seat/harbour.PostBox/City eq 'Basel')", "foreign none plain"],
    ["Seat/harbour.Address/City eq 'Bern'", "plain"],
    ["$it/Seat/harbour.PostBox/Box add 1 eq 2", "box"],
    ["Seat/harbour.PostBox eq null", "none plain"],
    ["Seat/harbour.PostBox ne null", "box foreign"],
    ["isof(Seat,harbour.PostBox)", "box foreign"],
    ["isof(Seat,harbour.ForeignPostBox)", "foreign"],
    ["isof(Seat,harbour.Address)", "box foreign plain"],
    ["isof(Seat,harbour.Leg)", ""],
    ["Branches/any(b:b/harbour.PostBox/Box eq 7)", "plain"],
    ["Branches/any(b:b/harbour.PostBox/City eq 'a')", ""],
    ["Branches/any(b:b/harbour.PostBox/City eq 'b')", "plain"],
    ["Branches/harbour.PostBox/any(b:b/Box eq 7)", "plain"],
    ["Branches/harbour.PostBox/any()", "plain"],
    ["Branches/harbour.PostBox/any(b:b/City eq 'a')", ""],
    ["Branches/harbour.Address/any(b:b/City eq 'a')", "plain"],
    ["Branches/harbour.PostBox/harbour.ForeignPostBox/any()", ""],
    ["Branches/harbour.PostBox/$count eq 1", "plain"],
    ["Branches/harbour.PostBox/$count eq 0", "box foreign none"],
    ["Branches/harbour.PostBox/$filter(Box eq 7)/$count eq 1", "plain"],
    ["Branches/harbour.PostBox/all(b:b/Box eq 7)", "box foreign none plain"],
    ["Branches/harbour.PostBox/all(b:b/Box eq 1)", "box foreign none"],
    ["cast(Seat,harbour.PostBox) ne null", "box foreign"],
    ["cast(Seat,harbour.PostBox) eq null", "none plain"],
    ["cast(Seat,harbour.Address) eq null", "none"],
    ["cast(Seat,harbour.Leg) eq null", "box foreign none plain"],
    ["cast(harbour.Company) ne null", "box foreign none plain"],
    ["cast($it,harbour.Company) eq null", ""],
    ["cast(Parent,harbour.Company) eq null", "box foreign none plain"],
    ["isof(Parent,harbour.Company)", ""],
  ])("$filter=%s", async (filter, expected) => expect(await filtered(filter)).toBe(expected));

  test("sorts, computes, groups and selects", async () => {
    expect(await names("$orderby=Seat/harbour.PostBox/Box desc,Name")).toBe("foreign box none plain");
    const { json: shown } = await hub.get(
      "/v1.0/Companies?$orderby=Name&$select=Name,Seat/harbour.PostBox/Box&$compute=Seat/harbour.PostBox/Box mul 2 as twice",
    );
    expect(shown.value.map(({ Seat }: any) => Seat?.Box)).toEqual([1, 3, undefined, undefined]);
    const { json: grouped } = await hub.get("/v1.0/Companies?$apply=aggregate(Seat/harbour.PostBox/Box with sum as total)");
    expect(grouped.value[0].total).toBe(4);
  });

  test("in a path: what it holds, and 404 for a value of another type", async () => {
    const at = (name: string): string => `/v1.0/Companies(${ids.get(name)})/Seat`;
    expect((await hub.get(`${at("foreign")}/harbour.PostBox/Box`)).json.value).toBe(3);
    expect((await hub.get(`${at("foreign")}/harbour.PostBox/Box/$value`)).text).toBe("3");
    expect((await hub.get(`${at("foreign")}/harbour.PostBox`)).json.City).toBe("Como");
    const other = await hub.get(`${at("plain")}/harbour.PostBox/Box`);
    expect([other.status, other.json.error.message]).toEqual([404, "'Seat' is not of the type 'harbour.PostBox'."]);
    expect((await hub.get(`${at("none")}/harbour.PostBox/Box`)).status).toBe(204);
    expect((await hub.send("PUT", `${at("foreign")}/harbour.PostBox/Box`, { body: { value: 3 } })).status).toBe(204);
    expect((await hub.send("PUT", `${at("plain")}/harbour.PostBox/Box`, { body: { value: 3 } })).status).toBe(404);
  });

  test.each([
    ["Companies?$filter=Seat/harbour.Leg/Miles eq 1", 400, "'harbour.Leg' is not a type derived from 'harbour.Address'"],
    ["Companies?$filter=Seat/harbour.PostBox/Country eq 'x'", 400, "Could not find a property named 'Country'"],
    ["Companies?$filter=Seat/harbour.PostBox/Port/Code eq 'x'", 501, "a navigation property of a complex value, is not implemented (position 21)"],
    [
      "Companies?$expand=Seat/harbour.PostBox/Port",
      501,
      "$expand: 'Seat/harbour.PostBox/Port', a navigation property of a complex value, is not implemented (position 0).",
    ],
    ["Companies?$filter=Branches/harbour.Leg/any()", 400, "'harbour.Leg' is not a type derived from 'harbour.Address'"],
    ["Companies?$filter=Branches/harbour.PostBox/Box eq 1", 400, "'Branches' is a collection; use any, all or $count"],
    ["Companies?$filter=Branches/harbour.PostBox eq null", 501, "a collection behind a cast of a complex value, in this place,"],
    ["Companies?$orderby=Branches/harbour.PostBox", 400, "'Branches' is a collection; use any, all or $count"],
    ["Companies?$compute=Parent as x", 400, "'x' would be an entity; compute a single one"],
    ["Companies?$apply=compute(Seat/Port as x)", 400, "expected a value, got an entity"],
    ["Companies?$apply=aggregate(Seat/Port with countdistinct as x)", 400, "'countdistinct' expects single values, got entities"],
    ["Companies?$apply=groupby((Parent))", 501, "grouping by 'Parent' as a whole"],
    ["Companies?$filter=Seat/Port in (null)", 400, "expected a value before 'in'"],
    ["Companies?$filter=cast(harbour.Person) eq null", 400, "'harbour.Person' is not 'harbour.Company' or a type derived from it"],
    ["Companies?$filter=cast(Seat,harbour.PostBox) eq 'x'", 400, ""],
    ["Companies?$select=Seat/harbour.PostBox", 400, "$select: expected a property behind the type 'harbour.PostBox' (position 0)."],
    ["Companies(ID)/Seat/harbour.PostBox/Port", 501, "'Port': this navigation property of a complex value leads to no set"],
    ["Companies(ID)/Seat/harbour.Leg", 400, "Type 'harbour.Leg' in the path is not 'harbour.Address' or derived from it."],
    ["Companies(ID)/Seat/harbour.Nothing", 400, "harbour.Nothing"],
  ])("%s is %i", async (target, status, message) => {
    const answer = await hub.get(`/v1.0/${target.replace("ID", ids.get("plain")!)}`);
    expect([answer.status, answer.json.error.message]).toEqual([status, expect.stringContaining(message)]);
  });

  test("the metadata says that what items of collections refer to is not expanded", async () => {
    expect((await hub.get("/v1.0/$metadata")).text).toMatch(/NonExpandableProperties[^]*?<NavigationPropertyPath>Branches\/Port</);
  });
});
