import { createModel, type ModelDefinition } from "./createModel.ts";
import type { Model } from "./model.ts";
import { modelPermissions } from "./modelPermissions.ts";
import { readCsdl } from "./readCsdl.ts";
import type { Permissions } from "./resource.ts";

/**
 * A model from the text of a CSDL document, in XML or JSON, or from a definition. Who has one of `permissions` may use what a document
 * describes; a definition says so itself. Throws an Error that names the place of what does not fit.
 */
export function defineModel(source: string | ModelDefinition, permissions: Permissions = modelPermissions): Model {
  return createModel(typeof source === "string" ? readCsdl(source, permissions) : source);
}
