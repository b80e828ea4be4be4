import type { Command } from "commander";
import { randomGuid } from "../base/ids.ts";
import { hashPassword, passwordFault } from "../issuer/hashPassword.ts";
import type { IssuerStore, Person } from "../issuer/issuerStore.ts";
import { tenantId } from "../issuer/tenants.ts";
import { ConfigurationFault, readLocalConfiguration, storageFlags } from "./configuration.ts";
import type { StorageFlags } from "./configuration.ts";
import { withSettings } from "./flags.ts";
import { allPermissions } from "./identity.ts";
import { openIssuerMemory } from "./issuerMemory.ts";
import { readPassword } from "./readPassword.ts";

type Flags = Readonly<Record<string, string>> & StorageFlags & { readonly passwordStdin?: true };

/** Adds `user add|list|set|remove|password|unlock`: the people who sign in at the built-in issuer. A running server sees changes at once. */
export function addUserCommands(program: Command): void {
  const user = program.command("user").description("Manages the people who sign in at the built-in issuer.");
  const fromInput = ["--password-stdin", "reads the password from standard input instead of asking for it"] as const;
  withSettings(user.command("add"), ["data", "databaseUrl"])
    .argument("<user principal name>", "as ada@contoso.com; one of its kind in this installation")
    .description("Adds a person and asks for the password. Applications that the person signs in to may use these permissions without a further question.")
    .requiredOption("--tenant <id or name>", "the person's tenant")
    .requiredOption(
      "--permissions <names>",
      'what applications may do in the person\'s name, as "SecurityEvents.Read.All SecurityActions.ReadWrite.All", or "all"',
    )
    .option("--display-name <text>", "display name (default: the name before the @)")
    .option(
      "--directory-roles <names>",
      'directory roles, by name or template id, separated by commas, as "Security Reader" (default: tokens name none, and none is asked for)',
    )
    .option(...fromInput)
    .action(addPerson);
  withSettings(user.command("list"), ["data", "databaseUrl"]).description("Lists the people.").action(listPeople);
  const named = (name: string, description: string): Command =>
    withSettings(user.command(name), ["data", "databaseUrl"]).argument("<user principal name>").description(description);
  named("set", "Changes a person. Permissions that are taken away are gone from the next token on; access tokens run out within the hour.")
    .option("--permissions <names>", 'what applications may do in the person\'s name from now on, or "all"')
    .option("--display-name <text>", "display name")
    .option("--directory-roles <names>", 'directory roles, separated by commas; "none": tokens name none')
    .action(setPerson);
  named("remove", "Removes a person; refresh tokens end at once, access tokens run out within the hour.").action(removePerson);
  named("password", "Sets a new password; sessions and refresh tokens of the old one end.")
    .option(...fromInput)
    .action(setPassword);
  named("unlock", "Forgets failed sign-ins of a person.").action(unlockPerson);
}

/** The audit trail of the tenant's hub tells what became of its people. */
async function tell(flags: StorageFlags, activity: string, { tenant, userPrincipalName }: Pick<Person, "tenant" | "userPrincipalName">): Promise<void> {
  const { tellTrail } = await import("./audit/tellTrail.ts");
  await tellTrail(readLocalConfiguration(storageFlags(flags)), { activity, tenant, path: `people/${userPrincipalName}` });
}

async function storeOf(flags: StorageFlags): Promise<IssuerStore> {
  return (await openIssuerMemory(readLocalConfiguration(storageFlags(flags)))).store;
}

async function addPerson(name: string, flags: Flags): Promise<void> {
  const store = await storeOf(flags);
  if (!/^[^\s@"'<>]{1,64}@[\p{L}\p{N}][\p{L}\p{N}.-]{0,189}$/u.test(name))
    throw new ConfigurationFault(`'${name}' is no user principal name; expected name@domain.`);
  if ((await store.person(name)) !== undefined) throw new ConfigurationFault(`There is a person ${name} already.`);
  const { directoryRoles } = flags;
  const person: Person = {
    id: randomGuid(),
    tenant: tenantId(flags["tenant"]!),
    userPrincipalName: name,
    displayName: flags["displayName"] ?? name.split("@")[0]!,
    ...(await newPassword(name, flags)),
    permissions: readPermissions(flags["permissions"]!),
    ...withRoles(directoryRoles === undefined ? undefined : readRoles(directoryRoles)),
  };
  const kept = await store.changePerson(name, (known) => known ?? person);
  if (kept !== person) throw new ConfigurationFault(`There is a person ${name} already.`);
  await tell(flags, "addPerson", person);
  console.log(`Tenant     ${person.tenant}\nUser       ${name}\nObject id  ${person.id}`);
}

async function listPeople(flags: Flags): Promise<void> {
  for (const { userPrincipalName, displayName, tenant, permissions, directoryRoles } of await (await storeOf(flags)).people()) {
    const roles = directoryRoles === undefined ? "" : `\n  roles        ${directoryRoles.join(", ")}`;
    console.log(`${userPrincipalName}  ${displayName}\n  tenant       ${tenant}\n  permissions  ${permissions.join(" ")}${roles}`);
  }
}

async function removePerson(name: string, flags: Flags): Promise<void> {
  await changeKnown(name, flags, "removePerson", () => undefined);
  console.log(`Removed ${name}.`);
}

async function setPassword(name: string, flags: Flags): Promise<void> {
  if ((await (await storeOf(flags)).person(name)) === undefined) throw unknownPerson(name);
  const password = await newPassword(name, flags);
  await changeKnown(name, flags, "setPassword", (person) => ({ ...person, ...password }));
  console.log(`${name} has a new password.`);
}

async function setPerson(name: string, flags: Flags): Promise<void> {
  const { displayName, permissions, directoryRoles } = flags;
  if (displayName === undefined && permissions === undefined && directoryRoles === undefined) {
    throw new ConfigurationFault("Nothing to change: give --permissions, --display-name or --directory-roles.");
  }
  await changeKnown(name, flags, "changePerson", ({ directoryRoles: roles, ...person }) => ({
    ...person,
    ...(displayName === undefined ? {} : { displayName }),
    ...(permissions === undefined ? {} : { permissions: readPermissions(permissions) }),
    ...withRoles(directoryRoles === undefined ? roles : readRoles(directoryRoles)),
  }));
  console.log(`${name} is changed.`);
}

/** Undefined: tokens say nothing of roles. */
function readRoles(text: string): readonly string[] | undefined {
  return text.trim().toLowerCase() === "none" ? undefined : text.split(",").map((role) => role.trim());
}

function withRoles(directoryRoles: readonly string[] | undefined): Pick<Person, "directoryRoles"> {
  return directoryRoles === undefined ? {} : { directoryRoles };
}

async function unlockPerson(name: string, flags: Flags): Promise<void> {
  await changeKnown(name, flags, "unlockPerson", (person) => ({ ...person, unlocked: new Date().toISOString() }));
  console.log(`${name} may try again.`);
}

async function changeKnown(name: string, flags: Flags, activity: string, change: (person: Person) => Person | undefined): Promise<void> {
  let found: Person | undefined;
  await (
    await storeOf(flags)
  ).changePerson(name, (known) => {
    found = known;
    return known === undefined ? undefined : change(known);
  });
  if (found === undefined) throw unknownPerson(name);
  await tell(flags, activity, found);
}

async function newPassword(name: string, { passwordStdin }: Flags): Promise<Pick<Person, "passwordHash" | "passwordSince">> {
  const password = await readPassword(passwordStdin === true);
  const fault = passwordFault(password, name);
  if (fault !== undefined) throw new ConfigurationFault(`This password cannot be used: ${fault}`);
  return { passwordHash: await hashPassword(password), passwordSince: new Date().toISOString() };
}

function readPermissions(text: string): readonly string[] {
  if (text.trim().toLowerCase() === "all") return allPermissions;
  return text.split(/[\s,]+/).filter((name) => name !== "");
}

function unknownPerson(name: string): ConfigurationFault {
  return new ConfigurationFault(`There is no person ${name}.`);
}
