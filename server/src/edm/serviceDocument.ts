import type { JsonObject } from "../base/json.ts";
import type { Model } from "./model.ts";

/** The service document (OData JSON Format 5) of a service root, `https://host/v1.0`: the container's children. */
export function serviceDocument(model: Model, root: string): JsonObject {
  const children = model.places.filter((place) => place.parent === undefined);
  return {
    "@odata.context": `${root}/$metadata`,
    value: [
      ...children.map(({ name, kind }) => ({ name, kind: kind === "set" ? "EntitySet" : "Singleton", url: name })),
      ...model.imports.filter(({ inServiceDocument }) => inServiceDocument).map(({ name }) => ({ name, kind: "FunctionImport", url: name })),
    ],
  };
}
