import type { HubDirectory } from "../auth/hubDirectory.ts";
import { problem } from "../base/errors.ts";
import type { Stamp } from "../edm/rules.ts";
import type { SentEntity } from "../plan/plan.ts";
import type { HubGrant } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import type { Running } from "./decide.ts";

/** A hub about to be made, and whose home it becomes. */
export interface NewHub {
  readonly id: string;
  readonly grants: readonly HubGrant[];
  readonly owner: string | null;
}

/**
 * The id and the rights of a hub about to be made (DESIGN 2): the caller's home hub when it has none, else a
 * further hub that it manages. Naming another tenant as the owner is for the operator alone (403).
 */
export async function newHub(sent: SentEntity, stamp: Stamp, { context }: Running): Promise<NewHub> {
  const { directory } = context.store;
  await requireRoom(stamp, context);
  const owner = ownerOf(sent, stamp, context.operatorTenant);
  if (owner !== undefined) return ownedBy(owner, stamp, directory);
  const home = await directory.home(stamp.tenant);
  if (!home.real) return { id: home.id, grants: [{ tenant: stamp.tenant, hub: home.id, role: "home" }], owner: stamp.tenant };
  const id = stamp.newId();
  return { id, grants: [{ tenant: stamp.tenant, hub: id, role: "manager" }], owner: null };
}

/** SECGRAPH_MAX_HUBS: how many hubs one tenant may have. */
async function requireRoom({ tenant }: Stamp, { maxHubs, store }: ExecuteContext): Promise<void> {
  if (maxHubs === undefined) return;
  const own = (await store.system.hubs()).filter((hub) => hub.tenants.some((grant) => grant.tenant === tenant));
  if (own.length >= maxHubs) throw problem("insufficientStorage", { what: `A tenant may have at most ${maxHubs} hubs here.` });
}

function ownerOf(sent: SentEntity, stamp: Stamp, operator: string | undefined): string | undefined {
  const named = sent.sent.has("azureTenantId") ? sent.entity["azureTenantId"] : undefined;
  if (typeof named !== "string" || named === stamp.tenant) return undefined;
  if (operator !== undefined && stamp.tenant === operator) return named;
  throw problem("forbidden", { what: "Only the operator of this installation may create a hub for another tenant." }, { target: "azureTenantId" });
}

async function ownedBy(owner: string, stamp: Stamp, directory: HubDirectory): Promise<NewHub> {
  const home = await directory.home(owner);
  if (home.real) throw problem("nameAlreadyExists", { what: "That tenant has its home hub already." }, { target: "azureTenantId" });
  const grants: HubGrant[] = [
    { tenant: owner, hub: home.id, role: "home" },
    { tenant: stamp.tenant, hub: home.id, role: "manager" },
  ];
  return { id: home.id, grants, owner };
}
