import type { Model } from "../edm/model.ts";
import { readServedModel } from "./loadModel.ts";
import { settings } from "./settings.ts";

/** The flag of a command that works on data of any model. */
export interface ModelFlag {
  readonly model?: string;
}

/** The model that a command's data are of: that of `--model` or SECGRAPH_MODEL, else the security graph. Throws a ConfigurationFault for a file that cannot be read. */
export function servedModel({ model = process.env["SECGRAPH_MODEL"] }: ModelFlag): Model {
  return readServedModel(model === undefined || model === "" ? {} : { model: settings.model.parse(model) });
}
