import type { Awaitable } from "../base/awaitable.ts";
import type { HubSettings } from "../edm/rules.ts";

/** A hub as the directory knows it. `real` is false for a home hub that no write has made yet. */
export interface Hub {
  readonly id: string;
  readonly real: boolean;
  readonly settings: HubSettings;
}

/** Which hubs exist and who may work in them. Answers come from memory or from committed data. */
export interface HubDirectory {
  /** The home hub of a tenant: the stored one, else the one whose GUID is derived from the tenant id. */
  readonly home: (tenant: string) => Awaitable<Hub>;
  /** A hub that this tenant may work in (home or managed); undefined as for one that never existed. */
  readonly reachable: (tenant: string, hubId: string) => Awaitable<Hub | undefined>;
}
