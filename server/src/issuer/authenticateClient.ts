import type { HttpRequest } from "../base/http.ts";
import type { AppRegistration, IssuerStore } from "./issuerStore.ts";
import { OAuthFault } from "./oauthFault.ts";
import { printable, requiredField } from "./readForm.ts";
import type { SecretVerdict } from "./secretChecker.ts";

/** A client that said who it is, and perhaps showed a secret. */
export interface ShownCredentials {
  readonly clientId: string;
  readonly secret?: string;
  readonly scheme: "basic" | "post";
}

/** Reads `client_secret_basic` or `client_secret_post` (RFC 6749, 2.3.1); both at once are refused. */
export function readCredentials({ headers }: HttpRequest, form: ReadonlyMap<string, string>): ShownCredentials {
  const secret = form.get("client_secret");
  const { authorization } = headers;
  if (authorization === undefined) {
    const clientId = requiredField(form, "client_id");
    return secret === undefined ? { clientId, scheme: "post" } : { clientId, secret, scheme: "post" };
  }
  if (secret !== undefined) throw new OAuthFault("invalid_request", 90014, "Only one way of client authentication may be used in a request.");
  return readBasic(authorization);
}

function readBasic(authorization: string): ShownCredentials {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(authorization)?.[1] ?? "";
  const pair = /^([^:]+):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8"));
  if (pair === null) throw invalidClient(7_000_216, "The Authorization header holds no client id and secret.", "basic");
  const [clientId, secret] = pair.slice(1).map((part) => new URLSearchParams(`x=${part.replaceAll("&", "%26")}`).get("x") ?? "");
  return { clientId: clientId!, secret: secret!, scheme: "basic" };
}

/** What the check of a client needs. */
export interface ClientCheck {
  readonly store: IssuerStore;
  readonly check: (app: AppRegistration, secret: string) => Promise<SecretVerdict>;
  /** The tenant id of the path; undefined when it names any. */
  readonly tenant: string | undefined;
}

/** The registration of a confidential client that proved itself; throws an OAuthFault with Entra's texts otherwise. */
export async function authenticateClient(shown: ShownCredentials, { store, check, tenant }: ClientCheck): Promise<AppRegistration> {
  const app = await findClient(shown.clientId, store, tenant);
  if (shown.secret === undefined || shown.secret === "") {
    throw invalidClient(7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", shown.scheme);
  }
  const verdict = await check(app, shown.secret);
  if (verdict === "right") return app;
  if (verdict === "busy") {
    const headers = { "Retry-After": "10" };
    throw new OAuthFault("temporarily_unavailable", 50_196, "Too many failed attempts of this client are waiting.", { status: 429, headers });
  }
  throw verdict === "expired"
    ? invalidClient(7_000_222, `The provided client secret keys for app '${app.clientId}' are expired.`, shown.scheme)
    : invalidClient(
        7_000_215,
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
        shown.scheme,
      );
}

/** An application and whether it showed a secret. */
export interface KnownClient {
  readonly app: AppRegistration;
  readonly isPublic: boolean;
}

/**
 * The client behind a request for a person's tokens: a public one may come without a secret (RFC 6749, 3.2.1); a secret
 * that is shown must be right in any case.
 */
export async function identifyClient(shown: ShownCredentials, check: ClientCheck): Promise<KnownClient> {
  const app = await findClient(shown.clientId, check.store, check.tenant);
  const isPublic = app.publicClient === true && (shown.secret === undefined || shown.secret === "");
  return isPublic ? { app, isPublic } : { app: await authenticateClient(shown, check), isPublic };
}

/** The registration of a client id in a tenant (undefined: any); throws AADSTS700016. */
export async function findClient(clientId: string, store: IssuerStore, tenant: string | undefined): Promise<AppRegistration> {
  const app = await store.app(clientId);
  if (app !== undefined && (tenant === undefined || app.tenant === "*" || app.tenant === tenant)) return app;
  const text = `Application with identifier '${printable(clientId)}' was not found in the directory '${tenant ?? "common"}'.`;
  throw new OAuthFault("unauthorized_client", 700_016, text, { status: 400 });
}

function invalidClient(number: number, text: string, scheme: ShownCredentials["scheme"]): OAuthFault {
  return new OAuthFault("invalid_client", number, text, { status: 401, headers: scheme === "basic" ? { "WWW-Authenticate": 'Basic realm="secgraph"' } : {} });
}
