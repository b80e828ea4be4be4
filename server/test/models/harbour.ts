import { readFileSync } from "node:fs";
import { createModel, type ModelDefinition } from "../../src/edm/createModel.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import { openHub, type HubSettings, type TestHub } from "../wire/hub.ts";

/** The CSDL of the model that tests of the engine share: everything that the security graph does not have. */
export const harbourCsdl = readFileSync(new URL("harbour.csdl.xml", import.meta.url), "utf8");

const anybody = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };

/** The same, written down as a model definition. */
export function harbourDefinition(): ModelDefinition {
  return readCsdl(harbourCsdl, anybody);
}

/** Opens a service of the harbour in the odata profile, on the run's engine, without rows. Close it in `afterAll`. Its root is `/v1.0`. */
export async function openHarbour(settings: HubSettings = {}): Promise<TestHub> {
  return openHub({ model: createModel(harbourDefinition()), profile: "odata", ...settings });
}
