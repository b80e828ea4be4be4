import type { JsonObject } from "../../base/json.ts";
import type { Control } from "./controlTable.ts";
import { cloudPostureControls } from "./tables/cloudPostureControls.ts";
import { endpointHealthControls } from "./tables/endpointHealthControls.ts";
import { newControls } from "./tables/scoreStory.ts";
import { secureScoreControls } from "./tables/secureScoreControls.ts";

/** A product that scores the demo's company. */
export interface Provider {
  readonly vendorInformation: JsonObject & { readonly provider: string };
  readonly controls: readonly Control[];
  readonly enabledServices: readonly string[];
  /** What a control of a category counts: a plural, and how many there are. */
  readonly counts: Readonly<Record<string, readonly [noun: string, total: number]>>;
  /** Seconds after midnight at which it takes its snapshots. */
  readonly second: number;
  readonly console: string;
}

export const providers: readonly Provider[] = [
  {
    vendorInformation: { vendor: "Microsoft", provider: "SecureScore", providerVersion: "2.1", subProvider: null },
    controls: secureScoreControls,
    enabledServices: ["HasExchange", "HasSharePoint", "HasTeams", "HasInTune", "HasAADP2"],
    counts: { Identity: ["people", 200], Data: ["people", 200], Apps: ["apps", 48], Infrastructure: ["administrators", 16] },
    second: 5,
    console: "https://score.alderbrook.example/controls/",
  },
  {
    vendorInformation: { vendor: "Contoso", provider: "CloudPosture", providerVersion: "7.4", subProvider: null },
    controls: cloudPostureControls,
    enabledServices: ["HasCompute", "HasStorage", "HasDatabases", "HasContainers", "HasPipelines"],
    counts: { Identity: ["accounts", 64], Data: ["resources", 140], Apps: ["repositories", 92], Infrastructure: ["resources", 176] },
    second: 12,
    console: "https://posture.alderbrook.example/controls/",
  },
  {
    vendorInformation: { vendor: "Fabrikam", provider: "EndpointHealth", providerVersion: "5.0", subProvider: null },
    controls: endpointHealthControls,
    enabledServices: ["HasWindows", "HasMacOS", "HasPhones", "HasDetection"],
    counts: { Device: ["devices", 187] },
    second: 20,
    console: "https://endpoints.alderbrook.example/controls/",
  },
];

/** Days before today from which a control is measured. */
export function measuredSince(control: string, oldest: number): number {
  return newControls[control] ?? oldest;
}
