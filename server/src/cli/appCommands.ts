import type { Command } from "commander";
import { randomGuid } from "../base/ids.ts";
import { createClientSecret, hashClientSecret } from "../issuer/clientSecret.ts";
import type { AppRegistration, IssuerStore } from "../issuer/issuerStore.ts";
import { redirectUriFault } from "../issuer/redirectUri.ts";
import { tenantId } from "../issuer/tenants.ts";
import { ConfigurationFault, readLocalConfiguration, storageFlags } from "./configuration.ts";
import { withSettings } from "./flags.ts";
import { openIssuerMemory } from "./issuerMemory.ts";

type Flags = Readonly<Record<string, string>>;

/** Adds `app add|list|set|remove|secret`: the applications that the built-in issuer knows. A running server sees changes at once. */
export function addAppCommands(program: Command): void {
  const app = program.command("app").description("Manages the applications that the built-in issuer gives tokens to.");
  withSettings(app.command("add"), ["data", "databaseUrl"])
    .description("Registers an application and prints its client id and secret; the secret is shown this once.")
    .requiredOption("--name <text>", "display name")
    .requiredOption("--tenant <id or name>", "the tenant it works in, or * for all")
    .option("--roles <names>", 'application permissions, as "SecurityEvents.Read.All SecurityActions.ReadWrite.All"; none for acting for people only', "")
    .option("--client-id <id>", "client id to use instead of a new one")
    .option("--redirect-uri <address...>", "where browsers may be sent back to after signing in; http to this machine at any port")
    .option("--public", "it runs where no secret keeps (browser, desktop): no secret is made, and PKCE is required")
    .option("--days <number>", "days until the secret ends (default: never)")
    .action(addApp);
  withSettings(app.command("list"), ["data", "databaseUrl"]).description("Lists the applications.").action(listApps);
  withSettings(app.command("set"), ["data", "databaseUrl"])
    .argument("<client id>")
    .description("Changes an application; what is not named stays. Access tokens of before run out within the hour.")
    .option("--name <text>", "display name")
    .option("--roles <names>", 'application permissions from now on; "" for none')
    .option("--redirect-uri <address...>", "all the addresses that browsers may be sent back to from now on")
    .option("--no-redirect-uris", "browsers are sent nowhere")
    .action(setApp);
  withSettings(app.command("remove"), ["data", "databaseUrl"])
    .argument("<client id>")
    .description("Removes an application; its tokens run out within the hour.")
    .action(removeApp);
  withSettings(app.command("secret"), ["data", "databaseUrl"])
    .argument("<client id>")
    .description("Adds a secret and prints it; the secret is shown this once.")
    .option("--days <number>", "days until it ends (default: never)")
    .option("--replace", "ends all earlier secrets")
    .action(addSecret);
}

/** The audit trail of the tenant's hub tells what became of its applications. */
async function tell(flags: Flags, activity: string, { clientId, tenant }: Pick<AppRegistration, "clientId" | "tenant">): Promise<void> {
  const { tellTrail } = await import("./audit/tellTrail.ts");
  await tellTrail(readLocalConfiguration(storageFlags(flags)), { activity, tenant, path: `applications/${clientId}` });
}

/** Changes an application, and has the trail tell of it. Throws for one that is not there. */
async function changeKnown(clientId: string, flags: Flags, activity: string, change: (app: AppRegistration) => AppRegistration): Promise<void> {
  let known: AppRegistration | undefined;
  const done = await (await storeOf(flags)).changeApp(clientId, (app) => change((known = app)));
  if (!done || known === undefined) throw unknownApp(clientId);
  await tell(flags, activity, known);
}

async function storeOf(flags: Flags): Promise<IssuerStore> {
  return (await openIssuerMemory(readLocalConfiguration(storageFlags(flags)))).store;
}

interface AddFlags {
  readonly redirectUri?: readonly string[];
  readonly public?: true;
}

async function addApp({ redirectUri: redirectUris = [], public: publicClient, ...flags }: Flags & AddFlags): Promise<void> {
  const store = await storeOf(flags);
  const clientId = flags["clientId"] ?? randomGuid();
  if ((await store.app(clientId)) !== undefined) throw new ConfigurationFault(`An application ${clientId} is there already.`);
  requireRedirectUris(redirectUris);
  const secret = publicClient === true ? undefined : createClientSecret();
  const registration: AppRegistration = {
    clientId,
    displayName: flags["name"]!,
    tenant: flags["tenant"] === "*" ? "*" : tenantId(flags["tenant"]!),
    roles: readRoles(flags["roles"]!),
    secretHashes: secret === undefined ? [] : [await hashClientSecret(secret, life(flags))],
    ...(publicClient === undefined ? {} : { publicClient }),
    ...(redirectUris.length === 0 ? {} : { redirectUris }),
  };
  await store.putApp(registration);
  await tell(flags, "addApplication", registration);
  console.log(`Tenant         ${registration.tenant}\nClient id      ${clientId}${secret === undefined ? "" : `\nClient secret  ${secret}`}`);
}

async function listApps(flags: Flags): Promise<void> {
  for (const { clientId, displayName, tenant, roles, secretHashes, publicClient, redirectUris = [] } of await (await storeOf(flags)).apps()) {
    const secrets = secretHashes.map(({ hint, expires }) => `${hint}...${expires === undefined ? "" : ` until ${expires.slice(0, 10)}`}`);
    const kind = publicClient === true ? "\n  public   needs no secret" : "";
    const addresses = redirectUris.map((address) => `\n  leads to ${address}`).join("");
    console.log(
      `${clientId}  ${displayName}\n  tenant   ${tenant}\n  roles    ${roles.join(" ")}\n  secrets  ${secrets.join(", ") || "none"}${kind}${addresses}`,
    );
  }
}

function requireRedirectUris(redirectUris: readonly string[]): void {
  for (const one of redirectUris) {
    const fault = redirectUriFault(one);
    if (fault !== undefined) throw new ConfigurationFault(`--redirect-uri ${one} cannot be used: ${fault}.`);
  }
}

function readRoles(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((role) => role !== "");
}

interface SetFlags {
  readonly redirectUri?: readonly string[];
  /** False when --no-redirect-uris was given. */
  readonly redirectUris?: boolean;
}

async function setApp(clientId: string, { redirectUri, redirectUris = true, ...flags }: Flags & SetFlags): Promise<void> {
  const { name, roles } = flags;
  if (name === undefined && roles === undefined && redirectUri === undefined && redirectUris) {
    throw new ConfigurationFault("Nothing to change: give --name, --roles, --redirect-uri or --no-redirect-uris.");
  }
  requireRedirectUris(redirectUri ?? []);
  const addresses = redirectUris ? redirectUri : [];
  await changeKnown(clientId, flags, "changeApplication", (app) => ({
    ...app,
    ...(name === undefined ? {} : { displayName: name }),
    ...(roles === undefined ? {} : { roles: readRoles(roles) }),
    ...(addresses === undefined ? {} : { redirectUris: addresses }),
  }));
  console.log(`${clientId} is changed.`);
}

async function removeApp(clientId: string, flags: Flags): Promise<void> {
  const store = await storeOf(flags);
  const known = await store.app(clientId);
  if (known === undefined || !(await store.removeApp(clientId))) throw unknownApp(clientId);
  await tell(flags, "removeApplication", known);
  console.log(`Removed ${clientId}.`);
}

async function addSecret(clientId: string, flags: Flags & { readonly replace?: true }): Promise<void> {
  const secret = createClientSecret();
  const kept = await hashClientSecret(secret, life(flags));
  const activity = flags.replace === true ? "replaceSecrets" : "addSecret";
  await changeKnown(clientId, flags, activity, (app) => ({ ...app, secretHashes: [...(flags.replace === true ? [] : app.secretHashes), kept] }));
  console.log(`Client secret  ${secret}`);
}

function life({ days }: Flags): { readonly expires?: string } {
  if (days === undefined) return {};
  const number = Number(days);
  if (!(number > 0)) throw new ConfigurationFault("--days: expected a number above 0.");
  return { expires: new Date(Date.now() + number * 24 * 3600 * 1000).toISOString() };
}

function unknownApp(clientId: string): ConfigurationFault {
  return new ConfigurationFault(`There is no application ${clientId}.`);
}
