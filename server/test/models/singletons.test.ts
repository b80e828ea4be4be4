import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHarbour();
  await hub.post("/v1.0/Ports", { Code: "A", Name: "a" });
});
afterAll(() => hub.close());

const path = (target: string): string => `/v1.0/${target}`;
const statusOf = async (method: string, target: string, body?: object, headers = {}): Promise<number> =>
  (await hub.send(method, path(target), { ...(body && { body }), headers })).status;

describe("a singleton", () => {
  test("is not there before it was written, is made by the first PATCH and keeps its key", async () => {
    const before = await hub.get(path("Operator"));
    expect([before.status, before.json.error.message]).toEqual([404, "There is no object here."]);
    const made = await hub.patch(path("Operator"), { Name: "x" });
    expect([made.status, made.headers["Location"], made.json["@odata.context"]]).toEqual([
      201,
      "https://hub.example/v1.0/Operator",
      "https://hub.example/v1.0/$metadata#Operator",
    ]);
    expect(await statusOf("PATCH", "Operator", { Seat: { City: "c" } })).toBe(204);
    expect((await hub.get(path("Operator"))).json).toMatchObject({ Id: made.json.Id, Name: "x", Seat: { City: "c" } });
    const other = await hub.patch(path("Operator"), { Id: "22222222-2222-4222-8222-222222222222" });
    expect([other.status, other.json.error.target]).toEqual([400, "Id"]);
    expect(await statusOf("DELETE", "Operator")).toBe(405);
  });

  test("is one, whoever comes first", async () => {
    const all = await Promise.all(["a", "b", "c"].map((Id) => statusOf("PUT", "Ports('A')/Office", { Id }, { "if-none-match": "*" })));
    expect(all.toSorted((one, two) => one - two)).toEqual([201, 412, 412]);
    expect(await statusOf("DELETE", "Ports('A')/Office")).toBe(204);
  });
});

describe("one contained entity", () => {
  test("is 204 before it is there, 404 where its owner is not", async () => {
    expect([await statusOf("GET", "Ports('A')/Office"), await statusOf("GET", "Ports('B')/Office")]).toEqual([204, 404]);
  });

  test("is made by PUT, changed, expanded and deleted", async () => {
    expect(await statusOf("PUT", "Ports('A')/Office", { Phone: "1" })).toBe(400);
    expect(await statusOf("PUT", "Ports('A')/Office", { Id: "o", Phone: "1" })).toBe(201);
    expect(await statusOf("PATCH", "Ports('A')/Office", { Phone: "2" })).toBe(204);
    expect((await hub.get(path("Ports('A')?$expand=Office"))).json.Office).toMatchObject({ Id: "o", Phone: "2" });
    expect(await statusOf("DELETE", "Ports('A')/Office")).toBe(204);
    expect(await statusOf("GET", "Ports('A')/Office")).toBe(204);
    expect(await statusOf("PUT", "Ports('B')/Office", { Id: "o" })).toBe(404);
  });

  test("stands in the body of its owner: another one takes its place, null takes it away", async () => {
    expect(await statusOf("POST", "Ports", { Code: "C", Name: "c", Office: { Id: "o1", Phone: "1" } })).toBe(201);
    expect(await statusOf("PATCH", "Ports('C')", { Office: { Phone: "2" } })).toBe(204);
    expect((await hub.get(path("Ports('C')/Office"))).json).toMatchObject({ Id: "o1", Phone: "2" });
    expect(await statusOf("PATCH", "Ports('C')", { Office: { Id: "o2" } })).toBe(204);
    expect((await hub.get(path("Ports('C')/Office"))).json).toMatchObject({ Id: "o2", Phone: null });
    expect(await statusOf("PATCH", "Ports('C')", { Office: null })).toBe(204);
    expect(await statusOf("GET", "Ports('C')/Office")).toBe(204);
  });
});

describe("an upsert", () => {
  test("R100 is there wherever clients give the keys, without a word of the model", async () => {
    expect(await statusOf("PATCH", "Ports('D')", { Name: "d" }, { "if-none-match": "*" })).toBe(201);
    expect(await statusOf("PATCH", "Ports('D')", { Name: "e" }, { "if-none-match": "*" })).toBe(412);
    expect(await statusOf("PUT", "Ports('E')", { Name: "e" })).toBe(201);
    expect(await statusOf("PATCH", "Ports('F')", { Name: "f" }, { "if-match": "*" })).toBe(404);
    expect(await statusOf("PATCH", "Ports('G')", { Code: "H", Name: "f" })).toBe(400);
    expect((await hub.get(path("$metadata"))).text).toMatch(/Name="Ports"[^]*?Property="Upsertable" Bool="true"/);
  });

  test("is not, where the server makes them", async () => {
    expect(await statusOf("PATCH", "Documents(33333333-3333-4333-8333-333333333333)", { Title: "t" })).toBe(404);
  });
});

test("a text that is empty is no key", async () => {
  const named = await hub.post(path("Ports('A')/Warehouses"), { Name: "" });
  expect([named.status, named.json.error.target]).toEqual([400, "Name"]);
});
