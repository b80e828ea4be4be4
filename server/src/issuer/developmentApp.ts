import { existsSync, readFileSync } from "node:fs";
import { writeDurably } from "../base/durableFile.ts";
import { createClientSecret, hashClientSecret, isClientSecret } from "./clientSecret.ts";
import type { AppRegistration, IssuerStore } from "./issuerStore.ts";
import { tenantId } from "./tenants.ts";

/** The tenant of development mode, by name and by id. */
export const developmentTenantName = "demo.localtest";
export const developmentTenant: string = tenantId(developmentTenantName);

/** The application of development mode; the same everywhere, so that recipes can name it. */
export const developmentClientId = "5ec9a700-0000-4000-8000-00000000de40";

/** What development mode prints for clients. */
export interface DevelopmentApp {
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Makes sure that development mode's application exists: in any tenant, with every permission and a secret that is random
 * for each data folder. The secret stands in `file` (0600), so that it can be printed again.
 */
export async function ensureDevelopmentApp(store: IssuerStore, file: string, roles: readonly string[]): Promise<DevelopmentApp> {
  const clientSecret = existsSync(file) ? readSecret(file) : createClientSecret();
  if (!existsSync(file)) writeDurably(file, `${JSON.stringify({ clientId: developmentClientId, clientSecret }, null, 2)}\n`);
  const known = await store.app(developmentClientId);
  if (known === undefined || !(await isUsable(known, clientSecret, roles))) {
    const secretHashes = [await hashClientSecret(clientSecret)];
    await store.putApp({ clientId: developmentClientId, displayName: "Development", tenant: "*", roles, secretHashes });
  }
  return { tenant: developmentTenant, clientId: developmentClientId, clientSecret };
}

function readSecret(file: string): string {
  const { clientSecret } = JSON.parse(readFileSync(file, "utf8")) as { readonly clientSecret?: unknown };
  if (typeof clientSecret !== "string") throw new Error(`${file} holds no client secret; remove it to get a new one.`);
  return clientSecret;
}

async function isUsable(app: AppRegistration, secret: string, roles: readonly string[]): Promise<boolean> {
  const [kept] = app.secretHashes;
  return kept !== undefined && app.roles.join(" ") === roles.join(" ") && (await isClientSecret(secret, kept));
}
