import type { KeyObject } from "node:crypto";
import type { HttpRequest, HttpResponse, RequestFacts } from "../base/http.ts";
import { Problem, problem } from "../base/errors.ts";
import { isSystemFault } from "../base/systemFault.ts";
import type { TrustedIssuer } from "../auth/trustedIssuer.ts";
import { answerAuthorize, answerContinue, answerSignIn } from "./authorizeEndpoint.ts";
import { answerDeviceCode } from "./deviceCodeEndpoint.ts";
import { answerApprove, answerDeviceLogin, showDeviceLogin } from "./devicePages.ts";
import { readTenantSegment, writeDiscovery, writeInstanceDiscovery } from "./discovery.ts";
import { createIssuerParts } from "./issuerParts.ts";
import type { Endpoint, IssuerParts, Visit } from "./issuerParts.ts";
import { tokenLife } from "./issuerSettings.ts";
import type { IssuerSettings } from "./issuerSettings.ts";
import type { SigningKey } from "./issuerStore.ts";
import { keyRing } from "./keyRing.ts";
import { derivedPerson, mintToken } from "./mintToken.ts";
import type { TokenPerson } from "./mintToken.ts";
import { OAuthFault, correlationId, writeOAuthFault, writeOAuthJson } from "./oauthFault.ts";
import { endPage } from "./signInPages.ts";
import { answerSignOut } from "./signOut.ts";
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

/** Where people type the code of a device: short, since they copy it by hand. */
const deviceLogin = /^\/devicelogin$/i;
const tenantPath = /^\/([^/]+)\/(?:v2\.0\/)?(\.well-known\/openid-configuration|oauth2\/(?:v2\.0\/)?[a-z]+|discovery\/(?:v2\.0\/)?[a-z]+)$/i;

/** Makes the token authority with Entra's paths (R185-R190). */
export function createIssuer(settings: IssuerSettings): Issuer {
  const parts = createIssuerParts(settings);
  const { clock } = parts;

  async function answerAt(path: string, http: HttpRequest): Promise<HttpResponse> {
    const { written, plain } = namesIn(path);
    try {
      const endpoint = endpointOf(plain, http);
      return await endpoint({ http, tenant: readTenantSegment(written, settings.tenants), version: /\/v2\.0\//i.test(path) ? "2.0" : "1.0" }, parts);
    } catch (error) {
      const fault = isSystemFault(error) || isAway(error) ? outOfOrder(error) : error;
      if (isSystemFault(error)) settings.onError?.(error);
      if (!(fault instanceof OAuthFault) || !pages.has(plain)) throw fault;
      return endPage("This does not work", `AADSTS${fault.number}: ${fault.message}`, fault);
    }
  }

  return {
    owns: (path) => tenantPath.test(path) || deviceLogin.test(path),
    async answer(request) {
      const path = request.target.split("?")[0]!;
      const id = correlationId(request);
      const facts: RequestFacts = { requestId: id, clientRequestId: id, stages: [], caller: undefined, hub: undefined, route: routeOf(path) };
      try {
        return { ...(await answerAt(path, request)), facts };
      } catch (error) {
        if (!(error instanceof OAuthFault)) throw error;
        return { ...writeOAuthFault(error, id, clock()), facts };
      }
    },
    async tokenFor({ tenant, appId, user, permissions, audience, seconds = tokenLife }) {
      const { signing: key } = keyRing(await settings.store.signingKeys(), clock());
      const base = settings.addresses.issuerBases()[0]!;
      const id = readTenant(tenant, settings.tenants);
      const person = user === undefined ? undefined : await personOf(user, id);
      const now = Math.floor(clock() / 1000);
      const order = { issuer: `${base}/${id}/v2.0`, audience: audience ?? base, tenant: id, appId, permissions, version: "2.0", seconds, now } as const;
      return mintToken({ ...order, ...(person === undefined ? {} : { person }) }, key);
    },
    trusted: trustIssuer(settings),
  };

  async function personOf(name: string, tenant: string): Promise<TokenPerson> {
    const known = await settings.store.person(name);
    return known?.tenant === tenant ? known : derivedPerson(tenant, name);
  }
}

/** The tenant as it is written in a path, and the endpoint without tenant and version. */
function namesIn(path: string): { readonly written: string; readonly plain: string } {
  const [, written = "common", name = "devicelogin"] = tenantPath.exec(path) ?? [];
  return { written, plain: name.toLowerCase().replace("/v2.0/", "/") };
}

/** The path as a template, for logs and metrics: nothing that a client can make up. */
function routeOf(path: string): string {
  const { plain } = namesIn(path);
  if (plain === "devicelogin") return "/devicelogin";
  return `/{tenant}/${allowedAt(plain).length === 0 ? "{other}" : plain}`;
}

/** The database that the issuer's memory is in takes no requests; whoever keeps it has told of it. */
function isAway(error: unknown): error is Problem {
  return error instanceof Problem && (error.status === 503 || error.status === 507);
}

/** What cannot be read or kept at present (Entra's AADSTS90033). */
function outOfOrder(cause: Error): OAuthFault {
  const fault = new OAuthFault("temporarily_unavailable", 90_033, "A transient error has occurred. Please try again.", {
    status: 503,
    headers: { "Retry-After": "5" },
  });
  fault.cause = cause;
  return fault;
}

const kept = { "Cache-Control": "max-age=3600, private" };

/** What the page of `response_mode=form_post` runs. */
const submitScript = "document.forms[0].submit();\n";

/** By method and path without tenant and version. */
const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["GET .well-known/openid-configuration", ({ http, tenant }, { settings }) => writeOAuthJson(200, writeDiscovery(tenant, http, settings), kept)],
  ["GET discovery/instance", ({ http }) => writeOAuthJson(200, writeInstanceDiscovery(http), kept)],
  ["GET discovery/keys", writeKeys],
  ["POST oauth2/token", answerToken],
  ["POST oauth2/devicecode", answerDeviceCode],
  ["GET oauth2/authorize", answerAuthorize],
  ["POST oauth2/authorize", answerAuthorize],
  ["POST oauth2/signin", answerSignIn],
  ["POST oauth2/continue", answerContinue],
  ["GET oauth2/logout", answerSignOut],
  ["POST oauth2/logout", answerSignOut],
  ["GET oauth2/submit", () => ({ status: 200, headers: { "Content-Type": "text/javascript; charset=utf-8", ...kept }, body: submitScript })],
  ["GET devicelogin", showDeviceLogin],
  ["POST devicelogin", answerDeviceLogin],
  ["POST oauth2/approve", answerApprove],
]);

async function writeKeys(_: Visit, { settings, clock }: IssuerParts): Promise<HttpResponse> {
  const { published } = keyRing(await settings.store.signingKeys(), clock());
  return writeOAuthJson(200, { keys: published.map(publicJwkOf) }, kept);
}

/** Endpoints that people look at: their refusals are pages. */
const pages = new Set(["oauth2/authorize", "oauth2/signin", "oauth2/continue", "oauth2/logout", "devicelogin", "oauth2/approve"]);

function endpointOf(name: string, { method }: HttpRequest): Endpoint {
  const endpoint = endpoints.get(`${method === "HEAD" ? "GET" : method} ${name}`);
  if (endpoint !== undefined) return endpoint;
  const allowed = allowedAt(name);
  if (allowed.length === 0) throw new OAuthFault("invalid_request", 900_561, "The endpoint does not exist.", { status: 404 });
  const text = `The endpoint only accepts ${allowed.join(", ")} requests. Received a ${method} request.`;
  throw new OAuthFault("invalid_request", 900_561, text, { status: 405, headers: { Allow: allowed.join(", ") } });
}

function allowedAt(name: string): readonly string[] {
  return [...endpoints.keys()].filter((key) => key.endsWith(` ${name}`)).map((key) => key.split(" ")[0]!);
}

/** The issuer as the authenticator sees it: its own keys, from memory. */
function trustIssuer({ store, addresses, tenants, clock = Date.now }: IssuerSettings): TrustedIssuer {
  const read = new Map<string, KeyObject>();
  const readKeys = (fresh?: boolean): Promise<readonly SigningKey[]> =>
    store.signingKeys(fresh).catch((error: unknown) => {
      if (!isSystemFault(error)) throw error;
      const fault = problem("unavailable", { what: "The signing keys cannot be read at present." }, { headers: { "Retry-After": "5" } });
      fault.cause = error;
      throw fault;
    });
  const publishedKey = async (kid: string, fresh?: boolean): Promise<SigningKey | undefined> =>
    keyRing(await readKeys(fresh), clock()).published.find((key) => key.kid === kid);
  return {
    issuers: () => addresses.issuerBases().map((base) => `${base}/{tenantid}/v2.0`),
    audiences: addresses.audiences,
    algorithms: new Set([signingAlgorithm]),
    tenants,
    keys: {
      isCurrent: async (kid) => (await publishedKey(kid)) !== undefined,
      async find(kid) {
        const stored = (await publishedKey(kid)) ?? (await publishedKey(kid, true));
        if (stored === undefined) return undefined;
        const key = read.get(kid) ?? publicKeyOf(stored);
        read.set(kid, key);
        return { key, algorithms: [signingAlgorithm] };
      },
    },
  };
}
