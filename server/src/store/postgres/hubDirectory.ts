import type { Hub, HubDirectory } from "../../auth/hubDirectory.ts";
import { andThen, type Awaitable } from "../../base/awaitable.ts";
import { derivedGuid } from "../../base/ids.ts";
import { defaultSettings, readSettings } from "../hubSettings.ts";
import type { SqlRow } from "../sqlRow.ts";
import type { Connections } from "./connections.ts";

/** The directory of hubs; `forget` after every change of hubs or grants by this server. */
export interface Directory extends HubDirectory {
  /** The number by which rows know a hub; 0 for one that is not real yet. */
  readonly numberOf: (hub: string) => Promise<number>;
  readonly knownNumber: (hub: string) => number | undefined;
  readonly learnNumber: (hub: string, n: number) => void;
  readonly forget: () => void;
}

interface Kept {
  readonly hub: Hub;
  readonly until: number;
}

const most = 10_000;
/** Other servers change grants too: what is remembered of one is as old as this at most. Nothing is remembered of what is not there. */
const rememberedFor = 1000;

const select = `SELECT h."hub", h."settings", h."n" FROM "hub_access" AS a JOIN "hubs" AS h ON h."hub" = a."hub" WHERE a."tenant" = $1 AND`;
const homeText = `${select} a."role" = 'home'`;
const reachText = `${select} a."hub" = $2`;
const numberText = `SELECT "n" FROM "hubs" WHERE "hub" = $1`;

export function createDirectory({ run }: Pick<Connections, "run">): Directory {
  const numbers = createNumbers();
  const row = async (sql: string, values: readonly string[]): Promise<SqlRow | undefined> => (await run({ kind: "system" }, [{ sql, values }]))[0]!.rows[0];
  const memory = createMemory();

  async function find(sql: string, values: readonly string[]): Promise<Hub | undefined> {
    const found = await row(sql, values);
    if (found === undefined) return undefined;
    const [hub, settings, n] = found;
    numbers.learn(String(hub), Number(n));
    return { id: String(hub), real: true, settings: readSettings(String(settings)) };
  }

  /** A tenant's home is reachable by its id before its first write, unless another hub is its home. */
  async function unmadeHome(tenant: string, hub: string): Promise<Hub | undefined> {
    return hub !== derivedGuid("hub", tenant) || (await find(homeText, [tenant])) !== undefined ? undefined : unmade(tenant);
  }

  return {
    home: (tenant) =>
      andThen(
        memory.get(tenant, () => find(homeText, [tenant])),
        (hub) => hub ?? unmade(tenant),
      ),
    reachable: (tenant, hub) =>
      andThen(
        memory.get(`${tenant} ${hub}`, () => find(reachText, [tenant, hub])),
        (found) => found ?? unmadeHome(tenant, hub),
      ),
    async numberOf(hub) {
      const known = numbers.get(hub);
      if (known !== undefined) return known;
      const n = Number((await row(numberText, [hub]))?.[0] ?? 0);
      if (n > 0) numbers.learn(hub, n);
      return n;
    },
    knownNumber: numbers.get,
    learnNumber: numbers.learn,
    forget: memory.forget,
  };
}

function unmade(tenant: string): Hub {
  return { id: derivedGuid("hub", tenant), real: false, settings: defaultSettings };
}

/** Hubs keep their numbers for ever. */
function createNumbers(): { readonly get: (hub: string) => number | undefined; readonly learn: (hub: string, n: number) => void } {
  const numbers = new Map<string, number>();
  return {
    get: (hub) => numbers.get(hub),
    learn(hub, n) {
      if (numbers.size >= most && !numbers.has(hub)) numbers.delete(numbers.keys().next().value!);
      numbers.set(hub, n);
    },
  };
}

interface Memory {
  readonly get: (key: string, ask: () => Promise<Hub | undefined>) => Awaitable<Hub | undefined>;
  readonly forget: () => void;
}

function createMemory(): Memory {
  const kept = new Map<string, Kept>();
  let version = 0;
  return {
    get(key, ask) {
      const known = kept.get(key);
      if (known !== undefined && known.until > performance.now()) return known.hub;
      const asked = version;
      return ask().then((hub) => {
        kept.delete(key);
        // What was forgotten while it was asked for may be older than the change.
        if (hub === undefined || asked !== version) return hub;
        if (kept.size >= most) kept.delete(kept.keys().next().value!);
        kept.set(key, { hub, until: performance.now() + rememberedFor });
        return hub;
      });
    },
    forget() {
      version += 1;
      kept.clear();
    },
  };
}
