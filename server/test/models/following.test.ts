import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineModel } from "../../src/edm/defineModel.ts";
import { openHub, type TestHub } from "../wire/hub.ts";

const document = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="stall" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Crate"><Key><PropertyRef Name="Row"/><PropertyRef Name="Name"/></Key>
  <Property Name="Row" Type="Edm.Int32" Nullable="false"/><Property Name="Name" Type="Edm.String" Nullable="false"/><Property Name="Weight" Type="Edm.Double"/>
  <NavigationProperty Name="Apples" Type="Collection(stall.Apple)" ContainsTarget="true"/></EntityType>
<EntityType Name="Apple"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Crates" EntityType="stall.Crate"/>
  <EntitySet Name="Old" EntityType="stall.Crate"><Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="false"/></Record></Annotation></EntitySet>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;

let hub: TestHub;
beforeAll(async () => {
  const anybody = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
  hub = await openHub({ model: defineModel(document, anybody), profile: "odata" });
  await hub.post("/v1.0/Crates", { Row: 1, Name: "a/b", Weight: 1 });
});
afterAll(() => hub.close());

const relative = (link: string): string => link.replace("https://hub.example", "");

describe("R132-R137 the sets of a model of one's own", () => {
  test("are followed by delta: what came, changed, went and came again, once each", async () => {
    const first = await hub.get("/v1.0/Crates/delta");
    expect(first.json.value).toMatchObject([{ Row: 1, Name: "a/b" }]);
    const link = relative(first.json["@odata.deltaLink"]);
    expect((await hub.get(link)).json.value).toEqual([]);
    await hub.post("/v1.0/Crates", { Row: 2, Name: "b" });
    await hub.post("/v1.0/Crates", { Row: 3, Name: "c" });
    await hub.send("DELETE", "/v1.0/Crates(Row=3,Name='c')");
    await hub.send("DELETE", "/v1.0/Crates(Row=1,Name='a%2Fb')");
    await hub.post("/v1.0/Crates", { Row: 1, Name: "a/b", Weight: 2 });
    const changes = await hub.get(link, { headers: { "odata-maxversion": "4.01" } });
    expect(changes.json.value).toMatchObject([
      { Row: 2, Name: "b" },
      { "@removed": { reason: "deleted" }, Row: 3, Name: "c" },
      { Row: 1, Name: "a/b", Weight: 2 },
    ]);
    expect((await hub.get(`${link}&$select=Name`)).json.error.target).toBe("$select");
    expect((await hub.get(link.replace("Crates/delta", "Crates(Row=1,Name='a%2Fb')/Apples/delta"))).status).toBe(400);
  });

  test("by the preference track-changes, and contained ones", async () => {
    const tracked = await hub.get("/v1.0/Crates?$filter=Weight gt 1", { headers: { prefer: "track-changes" } });
    expect(tracked.headers["Preference-Applied"]).toBe("odata.track-changes");
    await hub.patch("/v1.0/Crates(Row=1,Name='a%2Fb')", { Weight: 0 });
    const gone = await hub.get(relative(tracked.json["@odata.deltaLink"]), { headers: { "odata-maxversion": "4.01" } });
    expect(gone.json.value).toEqual([{ "@removed": { reason: "changed" }, Row: 1, Name: "a/b" }]);
    const apples = relative((await hub.get("/v1.0/Crates(Row=1,Name='a%2Fb')/Apples/delta?$deltatoken=latest")).json["@odata.deltaLink"]);
    await hub.post("/v1.0/Crates(Row=1,Name='a%2Fb')/Apples", { Id: 7 });
    expect((await hub.get(apples)).json.value).toMatchObject([{ Id: 7 }]);
  });

  test("unless the model says that it is not supported", async () => {
    expect((await hub.get("/v1.0/Old/delta")).status).toBe(501);
    const untracked = await hub.get("/v1.0/Old", { headers: { prefer: "track-changes" } });
    expect([untracked.status, untracked.json["@odata.deltaLink"]]).toEqual([200, undefined]);
  });
});

test("a condition of a request in a batch is refused, not passed over", async () => {
  const answer = await hub.post("/v1.0/$batch", { requests: [{ id: "1", method: "DELETE", url: "/Crates(Row=2,Name='b')", if: "false" }] });
  expect([answer.status, answer.json.error.target]).toEqual([501, "requests[0]/if"]);
});
