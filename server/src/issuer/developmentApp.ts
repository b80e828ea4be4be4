import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeDurably } from "../base/durableFile.ts";
import { derivedGuid } from "../base/ids.ts";
import { createClientSecret, hashClientSecret, isClientSecret } from "./clientSecret.ts";
import { hashPassword, isPassword } from "./hashPassword.ts";
import type { AppRegistration, IssuerStore, Person } from "./issuerStore.ts";
import { tenantId } from "./tenants.ts";

/** The tenant of development mode, by name and by id. */
export const developmentTenantName = "demo.localtest";
export const developmentTenant: string = tenantId(developmentTenantName);

/** The application of development mode; the same everywhere, so that recipes can name it. */
export const developmentClientId = "5ec9a700-0000-4000-8000-00000000de40";

/** The person of development mode. */
export const developmentUser: string = `admin@${developmentTenantName}`;

/** Programs and pages of this machine, at any port, may ask for the person's tokens. */
const redirectUris = ["http://localhost/", "http://127.0.0.1/", "http://[::1]/"];

/** What development mode prints for clients. */
export interface DevelopmentApp {
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly user: string;
  readonly password: string;
}

interface Secrets {
  readonly clientSecret: string;
  readonly password: string;
}

/**
 * Makes sure that development mode's application and person exist: the application in any tenant, both with every
 * permission, their secret and password random for each data folder. These stand in `file` (0600), so that they can be
 * printed again.
 */
export async function ensureDevelopmentApp(store: IssuerStore, file: string, permissions: readonly string[]): Promise<DevelopmentApp> {
  const secrets = ensureSecrets(file);
  await Promise.all([ensureApp(store, secrets.clientSecret, permissions), ensurePerson(store, secrets.password, permissions)]);
  return { tenant: developmentTenant, clientId: developmentClientId, user: developmentUser, ...secrets };
}

function ensureSecrets(file: string): Secrets {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, unknown>>) : {};
  const { clientSecret = createClientSecret(), password = randomBytes(12).toString("base64url") } = known;
  if (typeof clientSecret !== "string" || typeof password !== "string") throw new Error(`${file} holds no client secret; remove it to get a new one.`);
  const secrets = { clientSecret, password };
  if (known["clientSecret"] === undefined || known["password"] === undefined) {
    const content = { clientId: developmentClientId, clientSecret, user: developmentUser, password };
    writeDurably(file, `${JSON.stringify(content, null, 2)}\n`);
  }
  return secrets;
}

async function ensureApp(store: IssuerStore, secret: string, roles: readonly string[]): Promise<void> {
  const known = await store.app(developmentClientId);
  if (known !== undefined && (await isUsable(known, secret, roles))) return;
  const secretHashes = [await hashClientSecret(secret)];
  const kind = { publicClient: true, redirectUris: [...new Set([...redirectUris, ...(known?.redirectUris ?? [])])] };
  await store.putApp({ clientId: developmentClientId, displayName: "Development", tenant: "*", roles, secretHashes, ...kind });
}

async function isUsable(app: AppRegistration, secret: string, roles: readonly string[]): Promise<boolean> {
  const [kept] = app.secretHashes;
  const isOpen = app.publicClient === true && redirectUris.every((one) => app.redirectUris?.includes(one) === true);
  return isOpen && kept !== undefined && app.roles.join(" ") === roles.join(" ") && (await isClientSecret(secret, kept));
}

async function ensurePerson(store: IssuerStore, password: string, permissions: readonly string[]): Promise<void> {
  const known = await store.person(developmentUser);
  const isSame = known?.permissions.join(" ") === permissions.join(" ");
  if (known !== undefined && isSame && (await isPassword(password, known.passwordHash))) return;
  const passwordHash = await hashPassword(password);
  const person: Person = {
    id: derivedGuid("user", `${developmentTenant} ${developmentUser}`),
    tenant: developmentTenant,
    userPrincipalName: developmentUser,
    displayName: "Development Administrator",
    passwordHash,
    passwordSince: new Date().toISOString(),
    permissions,
  };
  await store.changePerson(person.id, () => person);
}
