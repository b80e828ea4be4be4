import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

const root = "/v1.0";
const guid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

let hub: TestHub;
beforeAll(async () => {
  hub = await openHarbour();
  const rows: readonly (readonly [string, object])[] = [
    ["Companies", { Id: guid(1), Name: "One" }],
    ["Companies", { Id: guid(2), Name: "Two" }],
    ["People", { Number: 1, Name: "Ann" }],
    ["People", { Number: 2, Name: "Ben" }],
    ["Berths", { Pier: "A", Number: 1 }],
    ["Berths", { Pier: "it's", Number: -2 }],
    ["Vessels", { Id: 10, Name: "Plain" }],
    ["Vessels", { "@odata.type": "#harbour.CargoShip", Id: 11, Name: "Cargo" }],
  ];
  for (const [set, row] of rows) await hub.post(`${root}/${set}`, row);
});
afterAll(() => hub.close());

const get = (target: string) => hub.get(`${root}/${target}`);
const names = (answer: Answer): string[] => {
  expect(answer.status, answer.text).toBe(200);
  return answer.json.value.map(({ Name }: { Name: string }) => Name);
};
const bind = (target: string, body: object) => hub.patch(`${root}/${target}`, body);

describe("relations between entities with keys of every kind", () => {
  test("a Guid by a referential constraint, an Int64, and a key of two properties", async () => {
    const answer = await bind("Vessels(10)", {
      "Owner@odata.bind": `Companies(${guid(1)})`,
      "Crew@odata.bind": ["People(1)", "People(2)"],
      "Berth@odata.bind": "Berths(Pier='it''s',Number=-2)",
    });
    expect(answer.status, answer.text).toBe(204);
    expect((await get("Vessels(10)")).json.OwnerId).toBe(guid(1));
    expect((await get("Vessels(10)/Owner/Name")).json.value).toBe("One");
    expect(names(await get("Vessels(10)/Crew"))).toEqual(["Ann", "Ben"]);
    expect((await get("Vessels(10)/Berth")).json).toMatchObject({ Pier: "it's", Number: -2 });
    expect(names(await get("Berths(Pier='it''s',Number=-2)/Moored"))).toEqual(["Plain"]);
    expect((await get("Vessels(10)/Crew(2)/Name")).json.value).toBe("Ben");
    expect((await hub.remove(`${root}/Vessels(10)/Crew(1)/$ref`)).status).toBe(204);
    expect(names(await get("People(2)/Vessels"))).toEqual(["Plain"]);
    expect(names(await get("People(1)/Vessels"))).toEqual([]);
  });

  test("what a single one leads to is of a type, or is cast to one", async () => {
    for (const [Id, to] of [
      [21, 11],
      [22, 10],
    ])
      // prettier-ignore
      await hub.post(`${root}/Vessels`, { "@odata.type": "#harbour.CargoShip", Id, Name: `E${Id}`, "Escort@odata.bind": `Vessels(${to})` });
    const escorted = async (filter: string): Promise<string> =>
      names(await get(`Vessels?$orderby=Id&$filter=${filter.replaceAll("X", "harbour.CargoShip/Escort")}`)).join(" ");
    expect(await escorted("isof(X,harbour.CargoShip)")).toBe("E21");
    expect(await escorted("isof(X,harbour.Vessel)")).toBe("E21 E22");
    expect(await escorted("isof(X,harbour.Asset) and not isof(X,harbour.CargoShip)")).toBe("E22");
    expect(await escorted("isof(X,harbour.Tanker) or isof(X,harbour.Person)")).toBe("");
    expect(await escorted("cast(X,harbour.CargoShip) ne null")).toBe("E21");
    expect(await escorted("cast(X,harbour.CargoShip) eq null and X ne null")).toBe("E22");
    for (const Id of [21, 22]) await hub.remove(`${root}/Vessels(${Id})`);
  });

  test("within one set, to either side", async () => {
    expect((await bind(`Companies(${guid(2)})`, { "Parent@odata.bind": `Companies(${guid(1)})` })).status).toBe(204);
    expect(names(await get(`Companies(${guid(1)})/Subsidiaries`))).toEqual(["Two"]);
    expect((await bind("People(1)", { Team: [{ "@id": "People(2)" }, { Number: 3, Name: "Cem" }] })).status).toBe(204);
    expect(names(await get("People(1)/Team"))).toEqual(["Ben", "Cem"]);
    expect((await get("People(3)/Chief/Chief")).status).toBe(204);
    expect((await get("People(3)/Chief/Name")).json.value).toBe("Ann");
  });

  test("of derived types, and of contained entities", async () => {
    expect((await bind("Vessels(11)", { "Escort@odata.bind": "Vessels(10)" })).status).toBe(204);
    expect((await get("Vessels(11)/harbour.CargoShip/Escort/Name")).json.value).toBe("Plain");
    expect((await bind("Vessels(10)", { "Escort@odata.bind": "Vessels(11)" })).status).toBeGreaterThanOrEqual(400);
    const at = "2026-01-02T03:04:05.0000000Z";
    const log = await hub.post(`${root}/Vessels(10)/Logs`, { At: at, Text: "calm", Author: { Number: 7, Name: "Dan" } });
    expect([log.status, log.json.Author.Name], log.text).toEqual([201, "Dan"]);
    expect((await get(`Vessels(10)/Logs(${at})/Author/Name`)).json.value).toBe("Dan");
  });

  test("several entities whose numbers the server gives are made in one body", async () => {
    const answer = await hub.post(`${root}/People`, { Name: "Boss", Team: [{ Name: "X" }, { Name: "Y" }] });
    if (answer.status === 201) expect(new Set(answer.json.Team.map(({ Number: n }: { Number: number }) => n)).size).toBe(2);
    else expect([answer.status, answer.json.error.target]).toEqual([400, "Number"]);
  });
});

describe("OnDelete (CSDL 8.6)", () => {
  test("SetNull: those that share a value with what is deleted lose it, as a change of their own", async () => {
    await hub.post(`${root}/Companies`, { Id: guid(9), Name: "Gone", Fleet: [{ Id: 90, Name: "Left" }] });
    const before = await get("Vessels(90)");
    expect(before.json.OwnerId).toBe(guid(9));
    expect((await hub.remove(`${root}/Companies(${guid(9)})`)).status).toBe(204);
    const after = await get("Vessels(90)");
    expect([after.json.OwnerId, (await get("Vessels(90)/Owner")).status]).toEqual([null, 204]);
    expect(after.headers["ETag"]).not.toBe(before.headers["ETag"]);
  });
});
