import { createAuthenticator } from "../auth/authenticate.ts";
import type { Authenticate } from "../auth/authenticate.ts";
import type { Caller } from "../auth/caller.ts";
import { createFileKeys } from "../auth/fileKeys.ts";
import { createRemoteKeys } from "../auth/remoteKeys.ts";
import { signatureAlgorithms } from "../auth/trustedIssuer.ts";
import type { KeySource, TrustedIssuer } from "../auth/trustedIssuer.ts";
import type { Egress } from "../egress/createEgress.ts";
import { getJson } from "../egress/getJson.ts";
import { system } from "../edm/systemPermission.ts";
import { permissions } from "../graph/permissions.ts";
import { developmentClientId, developmentTenant } from "../issuer/developmentApp.ts";
import { createIssuer } from "../issuer/issuer.ts";
import type { Issuer } from "../issuer/issuer.ts";
import type { OnLocked } from "../issuer/signInGuard.ts";
import { tenantId } from "../issuer/tenants.ts";
import type { Addresses } from "./addresses.ts";
import type { SignInEvent } from "../issuer/signInEvent.ts";
import { ConfigurationFault } from "./configuration.ts";
import type { Configuration } from "./configuration.ts";
import { openIssuerStore } from "./issuerMemory.ts";
import { modelPermissions } from "../edm/modelPermissions.ts";
import type { IssuerMemory } from "./issuerMemory.ts";

/** Who may call and who vouches for it. */
export interface Identity {
  readonly authenticate: Authenticate;
  /** Absent when only an outside issuer is trusted. */
  readonly issuer?: Issuer;
}

/** What the operator's log hears of issuers. */
export interface IdentityEvents {
  readonly onLocked?: OnLocked;
  /** Somebody signed in, or tried to. */
  readonly onSignIn?: (event: SignInEvent) => void;
  /** The files of the built-in issuer could not be read or written. */
  readonly onError?: (error: unknown) => void;
  /** The keys of an outside issuer could not be read; those read before serve on. */
  readonly onUnreachable?: (issuer: string, error: unknown) => void;
}

/** Graph's own client id, which its challenge names (R172). */
const graphClientId = "00000003-0000-0000-c000-000000000000";

/** Every permission that anything in the model asks for, and the importer's role. */
export const allPermissions: readonly string[] = [
  ...new Set([...Object.values(permissions).flatMap(({ read, write }) => [...read, ...write]), "SecurityData.Import"]),
].filter((name) => name !== system);

/** The built-in token authority over what it remembers. */
export function openIssuer(configuration: Configuration, addresses: Addresses, memory: Omit<IssuerMemory, "close">, events: IdentityEvents = {}): Issuer {
  const { store, records, pageSecret, steady } = memory;
  const { onLocked, onError, onSignIn } = events;
  return createIssuer({
    store,
    addresses,
    tenants: tenantSet(configuration),
    ...(records === undefined ? {} : { records }),
    ...(pageSecret === undefined ? {} : { pageSecret }),
    ...(steady === undefined ? {} : { steady }),
    ...(onLocked === undefined ? {} : { onLocked }),
    ...(onSignIn === undefined ? {} : { onSignIn }),
    ...(onError === undefined ? {} : { onError }),
  });
}

/** What an identity is made of besides the configuration. */
export interface IdentityParts {
  readonly addresses: Addresses;
  /** The way out to the keys of outside issuers. */
  readonly egress: Egress;
  readonly events?: IdentityEvents;
  /** What the built-in issuer remembers; that of the data folder unless it is shared. */
  readonly memory?: Omit<IssuerMemory, "close">;
}

/** Wires authenticator and issuers as the configuration says. Throws a ConfigurationFault for keys that cannot be read. */
export function createIdentity(configuration: Configuration, { addresses, egress, events = {}, memory }: IdentityParts): Identity {
  const issuer = configuration.builtinIssuer
    ? openIssuer(configuration, addresses, memory ?? { store: openIssuerStore(configuration.data) }, events)
    : undefined;
  const outside = configuration.issuer.map((name) => trustOutside(name, configuration, { egress, events }));
  const authorizationUri = (): string => (issuer === undefined ? configuration.issuer[0]! : `${addresses.issuerBases()[0]}/common/oauth2/v2.0/authorize`);
  const authenticate = createAuthenticator({
    issuers: [...(issuer === undefined ? [] : [issuer.trusted]), ...outside],
    challenge: () => ({ authorizationUri: authorizationUri(), clientId: graphClientId }),
    ...(configuration.roleClaim === undefined ? {} : { roleClaim: configuration.roleClaim }),
    ...(configuration.auth === "none" ? { openCaller } : {}),
  });
  return issuer === undefined ? { authenticate } : { authenticate, issuer };
}

/** Who calls under `--auth none`. */
export const openCaller: Caller = {
  tenant: developmentTenant,
  appId: developmentClientId,
  user: null,
  kind: "application",
  permissions: new Set([...allPermissions, ...modelPermissions.write]),
  expires: 253_402_300_799,
};

function trustOutside(name: string, configuration: Configuration, { egress, events = {} }: Omit<IdentityParts, "addresses">): TrustedIssuer {
  const { audience } = configuration;
  const audiences = audience.map((one) => one.replace(/\/$/, ""));
  return {
    issuers: () => [name],
    audiences: () => audiences,
    algorithms: new Set(signatureAlgorithms),
    keys: outsideKeys(name, configuration.jwks, async (url) => {
      try {
        return (await getJson(egress, url)).json;
      } catch (error) {
        events.onUnreachable?.(name, error);
        throw error;
      }
    }),
    tenants: tenantSet(configuration),
  };
}

function outsideKeys(issuer: string, jwks: string | undefined, read: (url: string) => Promise<unknown>): KeySource {
  const discoveryUrl = `${issuer.replace("{tenantid}", "common").replace(/\/$/, "")}/.well-known/openid-configuration`;
  if (jwks === undefined) return createRemoteKeys({ discoveryUrl, getJson: read });
  if (/^https?:/i.test(jwks)) return createRemoteKeys({ discoveryUrl, jwksUrl: jwks, getJson: read });
  try {
    return createFileKeys(jwks);
  } catch (error) {
    throw new ConfigurationFault(`SECGRAPH_JWKS cannot be used: ${(error as Error).message}`);
  }
}

function tenantSet({ tenants }: Configuration): ReadonlySet<string> | "*" {
  return tenants === "*" ? "*" : new Set(tenants.flatMap((tenant) => [tenant.toLowerCase(), tenantId(tenant)]));
}
