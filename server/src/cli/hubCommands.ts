import { serverId } from "../base/serverId.ts";
import type { Command } from "commander";
import { instantOf } from "../base/instant.ts";
import { isGuid } from "../base/ids.ts";
import { tenantId } from "../issuer/tenants.ts";
import type { AuditEntry } from "../store/audit/auditEntry.ts";
import type { HubGrant, StoreSystem } from "../store/store.ts";
import { ConfigurationFault } from "./configuration.ts";
import { withSettings } from "./flags.ts";

/** Who has the command line stands for no tenant and no application. */

type Flags = Readonly<Record<string, string>>;

/** Adds `hub list|set|grant|revoke`: which hubs there are and which tenants may work in them. The server of a data folder must not run; those of a database may, and see changes within a second. */
export function addHubCommands(program: Command): void {
  const hub = program.command("hub").description("Shows hubs and decides which tenants may work in them (with SQLite while the server is stopped).");
  withSettings(hub.command("list"), ["data", "databaseUrl"]).description("Lists the hubs with their tenants and the number of rows.").action(listHubs);
  withSettings(hub.command("set"), ["data", "databaseUrl"])
    .argument("<hub id>")
    .description("Changes the settings of a hub.")
    .requiredOption("--unique-keys <on|off>", "on: a second row with the same natural key is refused (409)")
    .action(setHub);
  withSettings(hub.command("grant"), ["data", "databaseUrl"])
    .argument("<hub id>")
    .argument("<tenant>")
    .description("Lets a tenant work in a hub.")
    .option("--role <home|manager>", "home: what /security means for it; manager: a customer's hub", "manager")
    .action(grantHub);
  withSettings(hub.command("revoke"), ["data", "databaseUrl"])
    .argument("<hub id>")
    .argument("<tenant>")
    .description("Ends a tenant's access to a hub.")
    .action(revokeHub);
}

/** The store and the model are loaded when a command of this group runs. */
async function withSystem<T>(flags: Flags, work: (system: StoreSystem) => Promise<T>): Promise<T> {
  const { onSystem } = await import("./onSystem.ts");
  return onSystem(flags, work);
}

async function listHubs(flags: Flags): Promise<void> {
  for (const { id, tenants, rows } of await withSystem(flags, (system) => system.hubs())) {
    const access = tenants.map(({ tenant, role }) => `\n  ${role.padEnd(8)} ${tenant}`).join("");
    console.log(`${id}  ${rows} rows${access}`);
  }
}

async function setHub(hub: string, flags: Flags): Promise<void> {
  const text = flags["uniqueKeys"]!;
  if (!/^(?:on|off)$/.test(text)) throw new ConfigurationFault(`--unique-keys is '${text}'; expected on or off.`);
  await withHub(hub, flags, { verb: "setUniqueKeys", path: text }, (system) => system.setSettings(hub, { uniqueKeys: text === "on" }));
  console.log(`Unique keys are ${text} in ${hub}.`);
}

async function grantHub(hub: string, tenant: string, flags: Flags): Promise<void> {
  const role = flags["role"]!;
  if (role !== "home" && role !== "manager") throw new ConfigurationFault(`--role is '${role}'; expected home or manager.`);
  const grant: HubGrant = { tenant: tenantId(tenant), hub, role };
  await withHub(hub, flags, { verb: `grant ${role}`, path: `tenants/${grant.tenant}` }, (system) => system.grant(grant));
  console.log(`${grant.tenant} works in ${hub} as ${role}.`);
}

async function revokeHub(hub: string, tenant: string, flags: Flags): Promise<void> {
  await withHub(hub, flags, { verb: "revoke", path: `tenants/${tenantId(tenant)}` }, (system) => system.revoke(tenantId(tenant), hub));
  console.log(`${tenantId(tenant)} no longer works in ${hub}.`);
}

/** Changes a hub, and has its audit trail tell of it. */
async function withHub(hub: string, flags: Flags, told: Pick<AuditEntry, "verb" | "path">, work: (system: StoreSystem) => Promise<void>): Promise<void> {
  await withSystem(flags, async (system) => {
    const known = isGuid(hub) && (await system.hubs()).some(({ id }) => id === hub);
    if (!known) throw new ConfigurationFault(`There is no hub ${hub}. secgraph hub list shows them.`);
    await work(system);
    await system.note(hub, [{ ...told, at: instantOf(Date.now()), tenant: serverId, appId: serverId, user: null, category: "system" }]);
  });
}
