import type { HubSettings } from "../edm/rules.ts";

/** The settings of a hub that has none of its own. */
export const defaultSettings: HubSettings = { uniqueKeys: false };

/** Settings as they are stored: JSON text. */
export function readSettings(text: string): HubSettings {
  return { ...defaultSettings, ...(JSON.parse(text) as Partial<HubSettings>) };
}
