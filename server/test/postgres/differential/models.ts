import { createModel } from "../../../src/edm/createModel.ts";
import type { Model } from "../../../src/edm/model.ts";
import { securityGraph } from "../../../src/graph/securityGraph.ts";
import { testResource } from "../../store/fixture.ts";
import { libraryDefinition } from "../../wire/library.ts";
import { everything } from "../../wire/hub.ts";

/** The models over which engines are compared. */
export const models: readonly (readonly [name: string, model: Model])[] = [
  ["every type and function", openModel()],
  ["the security graph", createModel(securityGraph)],
  ["related entities", relatedModel()],
];

/** The library, whose covers are related to entities too. */
function relatedModel(): Model {
  const navigation = { painter: { type: "author" }, stands: { type: "shelf", collection: true } };
  const resources = libraryDefinition.resources.map((resource) => ({
    ...resource,
    types: (resource.types ?? []).map((type) => (type.kind === "complex" && type.name === "cover" ? { ...type, navigation } : type)),
  }));
  return createModel({ ...libraryDefinition, resources });
}

/** The stores' test model, to which the tests' caller may do everything. */
export function openModel(): Model {
  const resource = testResource();
  const all = { read: everything, write: everything };
  const places = (resource.places ?? []).map((place) => ({ ...place, permissions: all }));
  return createModel({ namespace: "test.store", container: "Service", resources: [{ ...resource, places }] });
}
