import { derivedGuid } from "../../base/ids.ts";
import type { Hub, HubDirectory } from "../../auth/hubDirectory.ts";
import { defaultSettings, readSettings } from "../hubSettings.ts";
import type { SqliteConnection } from "./driver.ts";

/** The directory of hubs over a reading connection; `forget` after every change of hubs or grants. */
export interface Directory extends HubDirectory {
  readonly forget: () => void;
}

const most = 10_000;

export function createDirectory(connection: SqliteConnection): Directory {
  const homes = new Map<string, Hub>();
  const reached = new Map<string, Hub | undefined>();
  const find = (condition: string, values: readonly string[]): Hub | undefined => {
    const row = connection
      .prepare(`SELECT h."hub", h."settings" FROM "hub_access" AS a JOIN "hubs" AS h ON h."hub" = a."hub" WHERE a."tenant" = ?1 AND ${condition}`)
      .get(values);
    return row === undefined ? undefined : { id: String(row[0]), real: true, settings: readSettings(String(row[1])) };
  };
  return {
    home(tenant) {
      return remembered(homes, tenant, () => find(`a."role" = 'home'`, [tenant]) ?? { id: derivedGuid("hub", tenant), real: false, settings: defaultSettings });
    },
    reachable(tenant, hub) {
      return remembered(reached, `${tenant} ${hub}`, () => find(`a."hub" = ?2`, [tenant, hub]) ?? unmadeHome(tenant, hub));
    },
    forget() {
      homes.clear();
      reached.clear();
    },
  };

  /** A tenant's home is reachable by its id before its first write, unless another hub is its home. */
  function unmadeHome(tenant: string, hub: string): Hub | undefined {
    if (hub !== derivedGuid("hub", tenant) || find(`a."role" = 'home'`, [tenant]) !== undefined) return undefined;
    return { id: hub, real: false, settings: defaultSettings };
  }
}

function remembered<T>(kept: Map<string, T>, key: string, find: () => T): T {
  if (kept.has(key)) return kept.get(key) as T;
  if (kept.size >= most) kept.delete(kept.keys().next().value!);
  const found = find();
  kept.set(key, found);
  return found;
}
