import { createHash } from "node:crypto";
import type { Model } from "./model.ts";
import { perModel } from "./perModel.ts";
import type { Annotation } from "./types.ts";

const term = "Core.SchemaVersion";

/**
 * The version of a model as `$metadata` publishes it and `$schemaversion` asks for it (OData 4.01 Protocol 11.2.12): the one that its document says
 * (`Core.SchemaVersion`), else a hash of all that clients can name: types, members, places and operations.
 */
export const schemaVersionOf: (model: Model) => string = perModel((model) => {
  const said = model.schemaAnnotations.find((one) => one.term === term)?.value;
  if (typeof said === "string" && said !== "") return said;
  const navigation = model.types.flatMap((type) =>
    type.kind === "enum" ? [] : type.navigation.map((one) => [type.name, one.name, one.type.name, one.collection, one.containsTarget]),
  );
  const operations = model.operations.map(({ kind, qualifiedName, parameters, returns }) => [
    kind,
    qualifiedName,
    parameters.map((one) => [one.name, one.type.name, one.collection]),
    returns === undefined ? [] : [returns.type.name, returns.collection],
  ]);
  const shape = [model.version, navigation, operations, model.imports.map(({ name }) => name), model.places.map(({ path, verbs }) => [path, [...verbs]])];
  return createHash("sha256").update(JSON.stringify(shape)).digest("hex").slice(0, 16);
});

/** What the schema with the container says of itself: what its document says, and its version. */
export function schemaAnnotationsOf(model: Model): readonly Annotation[] {
  return [...model.schemaAnnotations.filter((one) => one.term !== term), { term, value: schemaVersionOf(model) }];
}
