import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { csdlJson } from "../../src/edm/csdlJson.ts";
import { csdlXml } from "../../src/edm/csdlXml.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import { serviceDocument } from "../../src/edm/serviceDocument.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { additions, omissions } from "./additions.ts";
import { factsOf } from "./facts.ts";

const published = join(import.meta.dirname, "../../../../shared/spec/model.csdl.xml");
const model = createModel(securityGraph);
const xml = csdlXml(model);
const without = (facts: readonly string[], others: readonly string[]) => facts.filter((fact) => !others.includes(fact));

describe("the served metadata and the published one", () => {
  test.skipIf(!existsSync(published))(`say the same, but for the listed additions (skipped without ${published})`, () => {
    const theirs = factsOf(createModel(readCsdl(readFileSync(published, "utf8"))));
    const ours = factsOf(createModel(readCsdl(xml)));
    expect(theirs.length).toBeGreaterThan(800);
    expect(without(theirs, ours)).toEqual(omissions);
    const added = without(ours, theirs).filter((fact) => !fact.includes(" Core.Description "));
    // Change tracking is a function of every set, which Graph declares for some others of its own.
    expect(added.filter((fact) => !fact.startsWith("function delta("))).toEqual(additions.toSorted());
  });

  test("is complete: every type, enumeration and action of the security family (R7)", () => {
    const ofKind = (kind: string) => model.types.filter((type) => type.kind === kind).length;
    const operations = (kind: string) => model.operations.filter((operation) => operation.kind === kind).length;
    expect({
      entities: ofKind("entity"),
      complex: ofKind("complex"),
      enums: ofKind("enum"),
      actions: operations("action"),
      functions: operations("function"),
    }).toEqual({
      entities: 32, // with hubManager, auditRecord, subscriptionDelivery, securityActionAttempt, protectedTarget and those of connectors
      complex: 61, // with taskStatusEntry, those of audit records and those of connectors and the dispatch of actions
      enums: 50, // with those of deliveries, audit records, connectors, the dispatch of actions and protected targets
      actions: 31, // with reauthorize, replay, assign, addNote, approve, reject, undo and those of connectors and of their control
      functions: 25, // delta of each set and of the hub
    });
  });
});

describe("CSDL XML", () => {
  test("is version 4.0 and calls types by their full names", () => {
    expect(xml).toContain('<edmx:Edmx Version="4.0"');
    expect(xml).toContain('<Parameter Name="bindparameter" Type="microsoft.graph.securityAction"/>');
    expect(xml).not.toContain('"graph.');
  });

  test("Q32 the key stands on the abstract base alone, as in Graph's own metadata; a derived type may not repeat it", () => {
    expect(xml.match(/<Key>/g)).toHaveLength(1);
    expect(xml).toMatch(/<EntityType Name="entity" Abstract="true">\s*<Key>\s*<PropertyRef Name="id"\/>/);
  });

  test("written, read and written again is the same text", () => {
    expect(csdlXml(createModel(readCsdl(xml)))).toBe(xml);
  });

  test("tells what an action's place refuses", () => {
    const place = createModel(readCsdl(xml)).place("security/securityActions");
    expect([...place.verbs]).toEqual(["list", "get", "create", "update"]);
  });

  test("carries texts with markup", () => {
    const definition = {
      ...securityGraph,
      resources: [
        {
          name: "odd",
          types: [{ kind: "entity" as const, name: "thing", properties: { text: { type: "Edm.String", description: 'a "b" <c> & d &lt; &#65;\ne ' } } }],
        },
      ],
    };
    const written = csdlXml(createModel(definition));
    const again = createModel(readCsdl(written));
    expect(again.findType("thing")).toMatchObject({ properties: [{ description: 'a "b" <c> & d &lt; &#65;\ne ' }] });
  });

  test.each([
    ["<Edmx>", /Line 1/],
    ["<Edmx/>", /no schema with types/],
  ])("that is none is refused: %s", (text, message) => {
    expect(() => readCsdl(text)).toThrow(message);
  });
});

describe("CSDL of others", () => {
  const document = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
    <Schema Namespace="shop" Alias="self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <TypeDefinition Name="money" UnderlyingType="Edm.Decimal" Precision="12" Scale="2"/>
      <EnumType Name="colour" IsFlags="true"><Member Name="red" Value="1"/><Member Name="blue" Value="2"/></EnumType>
      <EntityType Name="product"><Key><PropertyRef Name="ID"/></Key>
        <Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="price" Type="self.money"/>
        <Property Name="colours" Type="Collection(self.colour)"/>
        <NavigationProperty Name="parts" Type="Collection(shop.part)" ContainsTarget="true"/></EntityType>
      <EntityType Name="part"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Guid" Nullable="false"/>
        <NavigationProperty Name="inside" Type="Collection(shop.product)" ContainsTarget="true"/></EntityType>
      <Function Name="cheapest" IsBound="true"><Parameter Name="in" Type="Collection(self.product)"/><ReturnType Type="self.product" Nullable="false"/></Function>
      <Function Name="unbound"><ReturnType Type="Edm.Int32"/></Function>
    </Schema>
    <Schema Namespace="shop.service" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityContainer Name="Shop"><EntitySet Name="products" EntityType="shop.product"/></EntityContainer>
      <Annotations Target="Shop/products"><Annotation Term="Org.OData.Capabilities.V1.DeleteRestrictions"><Record><PropertyValue Property="Deletable" Bool="false"/></Record></Annotation></Annotations>
    </Schema></edmx:DataServices></edmx:Edmx>`;
  const shop = createModel(readCsdl(document, { read: ["shop.read"], write: [] }));

  test("becomes places, types and bound operations", () => {
    expect(shop.places.map(({ path, depth }) => [path, depth]).slice(0, 3)).toEqual([
      ["products", 0],
      ["products/parts", 1],
      ["products/parts/inside", 2],
    ]);
    expect([...shop.place("products").verbs]).toEqual(["list", "get", "create", "update", "upsert"]);
    expect(shop.place("products").permissions.read).toEqual(["shop.read"]);
    expect(shop.findType("SELF.Product")).toMatchObject({
      key: ["ID"],
      properties: [{ nullable: false }, { type: { name: "Edm.Decimal" }, precision: 12, scale: 2 }, { collection: true, type: { flags: true } }],
    });
    expect(shop.operations.map(({ kind, name, returns }) => [kind, name, returns?.nullable])).toEqual([
      ["function", "cheapest", false],
      ["function", "unbound", true],
    ]);
  });
});

describe("CSDL JSON", () => {
  const json = JSON.parse(csdlJson(model));
  const schema = json["microsoft.graph"];

  test("says the same as the XML, in its own words", () => {
    expect(json.$EntityContainer).toBe("microsoft.graph.GraphService");
    expect(schema.$Alias).toBe("graph");
    expect(schema.entity).toEqual({ $Kind: "EntityType", $Abstract: true, $Key: ["id"], id: {} });
    expect(schema.operationStatus).toEqual({ $Kind: "EnumType", NotStarted: 0, Running: 1, Completed: 2, Failed: 3 });
    expect(schema.secureScore.currentScore).toEqual({ $Type: "Edm.Double", $Nullable: true, "@Core.Description": "Points reached." });
    expect(schema.secureScore).toMatchObject({ $BaseType: "microsoft.graph.entity", $OpenType: true, "@Capabilities.TopSupported": true });
    expect(schema.security.secureScores).toMatchObject({ $Kind: "NavigationProperty", $Collection: true, $ContainsTarget: true });
    expect(schema.security.securityActions["@Capabilities.DeleteRestrictions"]).toEqual({ Deletable: false });
    expect(schema.updateStatus[0]).toMatchObject({ $Kind: "Action", $IsBound: true });
    expect(schema.GraphService.securities).toMatchObject({ $Collection: true, $Type: "microsoft.graph.security" });
  });

  test("names every type, property and navigation property (R7)", () => {
    for (const type of model.types) {
      const written = schema[type.name.slice("microsoft.graph.".length)];
      const names = type.kind === "enum" ? type.members : [...type.properties, ...type.navigation];
      expect(Object.keys(written)).toEqual(expect.arrayContaining(names.map(({ name }) => name)));
    }
  });
});

test("the service document lists the container's children", () => {
  expect(serviceDocument(model, "https://host/v1.0")).toEqual({
    "@odata.context": "https://host/v1.0/$metadata",
    value: [
      { name: "security", kind: "Singleton", url: "security" },
      { name: "securities", kind: "EntitySet", url: "securities" },
      { name: "deviceAppManagement", kind: "Singleton", url: "deviceAppManagement" },
      { name: "subscriptions", kind: "EntitySet", url: "subscriptions" },
    ],
  });
});
