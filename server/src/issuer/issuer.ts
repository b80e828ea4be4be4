import type { KeyObject } from "node:crypto";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import type { TrustedIssuer } from "../auth/trustedIssuer.ts";
import { readTenantSegment, writeDiscovery, writeInstanceDiscovery } from "./discovery.ts";
import type { TenantSegment } from "./discovery.ts";
import { tokenLife } from "./issuerSettings.ts";
import type { IssuerSettings } from "./issuerSettings.ts";
import { mintToken } from "./mintToken.ts";
import { OAuthFault, correlationId, writeOAuthFault, writeOAuthJson } from "./oauthFault.ts";
import { createSecretChecker } from "./secretChecker.ts";
import { publicJwkOf, publicKeyOf, signingAlgorithm } from "./signingKey.ts";
import { readTenant } from "./tenants.ts";
import { answerToken } from "./tokenEndpoint.ts";

/** A token that the CLI or development mode asks for, without client authentication. */
export interface WantedToken {
  /** A GUID or a domain-like name. */
  readonly tenant: string;
  readonly appId: string;
  /** Present: a delegated token. */
  readonly user?: string;
  readonly permissions: readonly string[];
  readonly audience?: string;
  readonly seconds?: number;
}

/** The built-in token authority. */
export interface Issuer {
  /** True for paths (raw, without query) that belong to the issuer. */
  readonly owns: (path: string) => boolean;
  /** Answers one of its own paths; OAuth's shape for errors, never Graph's. */
  readonly answer: (request: HttpRequest) => Promise<HttpResponse>;
  readonly tokenFor: (wanted: WantedToken) => Promise<string>;
  /** What the authenticator has to trust. */
  readonly trusted: TrustedIssuer;
}

const tenantPath = /^\/([^/]+)\/(?:v2\.0\/)?(\.well-known\/openid-configuration|oauth2\/(?:v2\.0\/)?[a-z]+|discovery\/(?:v2\.0\/)?[a-z]+)$/i;

type Endpoint = (request: HttpRequest, tenant: string, path: string) => HttpResponse | Promise<HttpResponse>;

/** Makes the token authority with Entra's paths (R185-R190). */
export function createIssuer(settings: IssuerSettings): Issuer {
  const endpoints = createEndpoints(settings);
  const clock = settings.clock ?? Date.now;

  return {
    owns: (path) => tenantPath.test(path),
    async answer(request) {
      try {
        const path = request.target.split("?")[0]!;
        const [, tenant = "", endpoint = ""] = tenantPath.exec(path) ?? [];
        return await endpointOf(endpoints, endpoint, request)(request, tenant, path.toLowerCase());
      } catch (error) {
        if (!(error instanceof OAuthFault)) throw error;
        return writeOAuthFault(error, correlationId(request), clock());
      }
    },
    async tokenFor({ tenant, appId, user, permissions, audience, seconds = tokenLife }) {
      const [key] = await settings.store.signingKeys();
      const base = settings.addresses.issuerBases()[0]!;
      const id = readTenant(tenant, settings.tenants);
      const person = user === undefined ? {} : { user };
      const now = Math.floor(clock() / 1000);
      const order = { issuer: `${base}/${id}/v2.0`, audience: audience ?? base, tenant: id, appId, permissions, version: "2.0", seconds, now } as const;
      return mintToken({ ...order, ...person }, key!);
    },
    trusted: trustIssuer(settings),
  };
}

function createEndpoints(settings: IssuerSettings): ReadonlyMap<string, Endpoint> {
  const check = createSecretChecker(settings.clock);
  const segment = (tenant: string): TenantSegment => readTenantSegment(tenant, settings.tenants);
  const kept = { "Cache-Control": "max-age=3600, private" };
  return new Map<string, Endpoint>([
    ["GET .well-known/openid-configuration", (request, tenant) => writeOAuthJson(200, writeDiscovery(segment(tenant), request, settings), kept)],
    ["GET discovery/instance", (request) => writeOAuthJson(200, writeInstanceDiscovery(request), kept)],
    ["GET discovery/keys", async () => writeOAuthJson(200, { keys: (await settings.store.signingKeys()).map(publicJwkOf) }, kept)],
    [
      "POST oauth2/token",
      (http, tenant, path) => answerToken({ http, tenant: segment(tenant), version: path.includes("/v2.0/") ? "2.0" : "1.0" }, settings, check),
    ],
    ["POST oauth2/devicecode", refuseGrant],
    ["GET oauth2/authorize", refuseResponseType],
    ["POST oauth2/authorize", refuseResponseType],
  ]);
}

function endpointOf(endpoints: ReadonlyMap<string, Endpoint>, written: string, { method }: HttpRequest): Endpoint {
  const name = written.toLowerCase().replace("/v2.0/", "/");
  const endpoint = endpoints.get(`${method === "HEAD" ? "GET" : method} ${name}`);
  if (endpoint !== undefined) return endpoint;
  const allowed = [...endpoints.keys()].filter((key) => key.endsWith(` ${name}`)).map((key) => key.split(" ")[0]!);
  if (allowed.length === 0) throw new OAuthFault("invalid_request", 900_561, "The endpoint does not exist.", { status: 404 });
  const text = `The endpoint only accepts ${allowed.join(", ")} requests. Received a ${method} request.`;
  throw new OAuthFault("invalid_request", 900_561, text, { status: 405, headers: { Allow: allowed.join(", ") } });
}

function refuseGrant(): never {
  throw new OAuthFault("unsupported_grant_type", 70_003, "The device authorization grant is not given by this issuer.");
}

function refuseResponseType(): never {
  throw new OAuthFault("unsupported_response_type", 700_054, "The authorization code grant is not given by this issuer.");
}

/** The issuer as the authenticator sees it: its own keys, from memory. */
function trustIssuer({ store, addresses, tenants }: IssuerSettings): TrustedIssuer {
  const read = new Map<string, KeyObject>();
  return {
    issuers: () => addresses.issuerBases().map((base) => `${base}/{tenantid}/v2.0`),
    audiences: addresses.audiences,
    algorithms: new Set([signingAlgorithm]),
    tenants,
    keys: {
      async find(kid) {
        const stored = (await store.signingKeys()).find((key) => key.kid === kid);
        if (stored === undefined) return undefined;
        const key = read.get(kid) ?? publicKeyOf(stored);
        read.set(kid, key);
        return { key, algorithms: [signingAlgorithm] };
      },
    },
  };
}
