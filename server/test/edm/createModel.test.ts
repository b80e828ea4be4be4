import { describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { csdlJson } from "../../src/edm/csdlJson.ts";
import { csdlXml } from "../../src/edm/csdlXml.ts";
import { complexType, contains, entityType, set, singleton, string } from "../../src/edm/define.ts";
import { openapi } from "../../src/edm/openapi.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import type { ModelDefinition } from "../../src/edm/createModel.ts";
import type { Resource } from "../../src/edm/resource.ts";
import type { EntityType } from "../../src/edm/types.ts";

const nobody = { read: [], write: [] };
const entity = { kind: "entity", name: "entity", abstract: true, key: ["id"], properties: { id: string({ nullable: false }) } } as const;

function modelOf(resource: Partial<Resource>): ModelDefinition {
  return { namespace: "shop", alias: "s", container: "Shop", resources: [{ name: "shop", ...resource, types: [entity, ...(resource.types ?? [])] }] };
}

describe("lookups", () => {
  const model = createModel(securityGraph);

  test.each(["microsoft.graph.secureScore", "#microsoft.graph.SECURESCORE", "graph.securescore", "secureScore", "#SecureScore"])(
    "find a type by %s",
    (name) => {
      expect(model.findType(name)?.name).toBe("microsoft.graph.secureScore");
    },
  );

  test.each([
    ["edm.string", "Edm.String"],
    ["other.secureScore", undefined],
    ["nothing", undefined],
  ])("%s is %s", (name, expected) => {
    expect(model.findType(name)?.name).toBe(expected);
  });

  test.each([
    ["updateStatus", "securityConfigurationTask", false, "microsoft.graph.updateStatus"],
    ["MICROSOFT.graph.updatestatus", "deviceAppManagementTask", false, "microsoft.graph.updateStatus"],
    ["graph.updateStatus", "deviceAppManagementTask", false, "microsoft.graph.updateStatus"],
    ["updateStatus", "deviceAppManagementTask", true, undefined],
    ["updateStatus", "secureScore", false, undefined],
    ["submitTiIndicators", "tiIndicator", true, "microsoft.graph.submitTiIndicators"],
  ])("operation %s on %s (collection: %s) is %s", (name, type, collection, expected) => {
    expect(model.findOperation(name, model.findType(type) as EntityType, collection)?.qualifiedName).toBe(expected);
  });

  test("roots in any case, places exactly", () => {
    expect(model.findRoot("SECURITY")).toBe(model.place("security"));
    expect(() => model.place("Security")).toThrow("Security: the model has no such place");
  });
});

describe("places", () => {
  const model = createModel(securityGraph);

  test("of a hub are those of every hub of the fleet", () => {
    const { home, fleet } = model.hub!;
    expect(fleet.children.get("securescores")).toBe(model.place("security/secureScores"));
    expect(home.children.get("deviceappmanagementtasks")).toBe(model.place("deviceAppManagement/deviceAppManagementTasks"));
  });

  test("count the keys above them", () => {
    const devices = model.place("deviceAppManagement/deviceAppManagementTasks/managedDevices");
    expect([devices.depth, devices.parent?.depth, devices.declaredBy?.name]).toEqual([1, 0, "microsoft.graph.securityConfigurationTask"]);
  });

  test("of two derived types with one name are told apart by the cast", () => {
    const { children } = model.place("deviceAppManagement/deviceAppManagementTasks");
    expect(children.get("manageddevices")?.type.name).toBe("microsoft.graph.vulnerableManagedDevice");
    expect(children.get("microsoft.graph.appvulnerabilitytask/manageddevices")?.type.name).toBe("microsoft.graph.appVulnerabilityManagedDevice");
  });
});

describe("types", () => {
  const task = createModel(securityGraph).findType("securityConfigurationTask") as EntityType;

  test("have what their bases have, base first", () => {
    expect(task.base?.base?.name).toBe("microsoft.graph.entity");
    expect(task.allProperties.map(({ name }) => name).slice(0, 3)).toEqual(["id", "assignedTo", "category"]);
    expect([task.key, task.declaresKey]).toEqual([["id"], false]);
    expect(task.base?.derived).toContain(task);
  });
});

describe("what does not fit together is refused, by name", () => {
  test.each<[string, Partial<Resource>]>([
    ["shop.a/b: 'nothing' is no value type of the model", { types: [complexType("a", { b: { type: "nothing" } })] }],
    ["shop.a/b: 'entity' is no value type of the model", { types: [complexType("a", { b: { type: "entity" } })] }],
    ["shop.a/b: 'nothing' is no entity type of the model", { types: [entityType("a", { properties: {}, navigation: { b: contains("nothing") } })] }],
    ["a: base type 'b' is no entity type of the model", { types: [entityType("a", { base: "b", properties: {} }), complexType("b", {})] }],
    ["a: its base types form a circle", { types: [entityType("a", { base: "b", properties: {} }), entityType("b", { base: "a", properties: {} })] }],
    ["shop.a: this type is defined twice", { types: [complexType("a", {}), complexType("a", {})] }],
    ["shop.a/ID: this property is defined twice", { types: [entityType("a", { properties: { ID: string() } })] }],
    ["shop.a/no: the key names no property", { types: [{ kind: "entity", name: "a", key: ["no"], properties: {} }] }],
    ["as: 'a' is no entity type of the model", { places: [set("as", "a", { verbs: [], permissions: nobody })] }],
    [
      "as/bs: shop.a has no containment navigation property 'bs'",
      { types: [entityType("a", { properties: {} })], places: ["as", "as/bs"].map((path) => set(path, "a", { verbs: [], permissions: nobody })) },
    ],
    [
      "as/bs: no place is defined for what contains it",
      { types: [entityType("a", { properties: {} })], places: [set("as/bs", "a", { verbs: [], permissions: nobody })] },
    ],
    [
      "as/b: a singleton and its navigation property differ in being a collection",
      {
        types: [entityType("a", { properties: {}, navigation: { b: contains("entity") } })],
        places: [set("as", "a", { verbs: [], permissions: nobody }), singleton("as/b", "entity", { verbs: [], permissions: nobody })],
      },
    ],
    [
      "as/b: the navigation property leads to shop.entity, not to shop.a",
      {
        types: [entityType("a", { properties: {}, navigation: { b: contains("entity") } })],
        places: ["as", "as/b"].map((path) => set(path, "a", { verbs: [], permissions: nobody })),
      },
    ],
    ["do(x): the model has no type 'nothing'", { operations: [{ kind: "action", name: "do", binding: { name: "x", type: "nothing" } }] }],
  ])("%s", (message, resource) => {
    expect(() => createModel(modelOf(resource))).toThrow(message);
  });
});

describe("a property that is added to a resource", () => {
  const added: Resource = { name: "more", types: [complexType("note", { text: string({ description: "A remark." }) })] };
  const before = createModel(modelOf({ types: [complexType("note", {})] }));
  const after = createModel(modelOf({ types: added.types }));

  test("shows in XML, JSON and OpenAPI, and makes another version", () => {
    expect(csdlXml(before)).not.toContain("A remark.");
    expect(csdlXml(after)).toContain("A remark.");
    expect(JSON.parse(csdlJson(after)).shop.note.text).toEqual({ $Nullable: true, "@Core.Description": "A remark." });
    expect(JSON.parse(openapi(after, [])).components.schemas["shop.note"].properties.text).toEqual({ type: ["string", "null"], description: "A remark." });
    expect(after.version).not.toBe(before.version);
  });

  test("that changes only its text leaves the version: rows keep their shape", () => {
    const reworded = createModel(modelOf({ types: [complexType("note", { text: string({ description: "Another remark." }) })] }));
    expect(reworded.version).toBe(after.version);
  });

  test("is the same again in a model that is made again", () => {
    const again = createModel(modelOf({ types: added.types }));
    expect([again.version, csdlXml(again), csdlJson(again), openapi(again, [])]).toEqual([after.version, csdlXml(after), csdlJson(after), openapi(after, [])]);
  });
});
