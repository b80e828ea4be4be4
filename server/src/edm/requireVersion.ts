import { problem } from "../base/errors.ts";
import type { Model } from "./model.ts";
import { schemaVersionOf } from "./schemaVersion.ts";

/** `$schemaversion` is the version of the model that is served, or `*` for whichever that is (OData 4.01 Protocol 11.2.12). Throws 404 for another. */
export function requireVersion(asked: string | undefined, model: Model): void {
  if (asked === undefined || asked === "*") return;
  const current = schemaVersionOf(model);
  if (asked === current) return;
  const what = `$schemaversion: there is no version '${asked.slice(0, 100)}' of the schema here; the current one is '${current}'.`;
  throw problem("notFound", { what }, { target: "$schemaversion" });
}
