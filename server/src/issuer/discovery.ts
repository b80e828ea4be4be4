import type { HttpRequest } from "../base/http.ts";
import type { IssuerSettings } from "./issuerSettings.ts";
import { signingAlgorithm } from "./signingKey.ts";
import { isAnyTenant, readTenant } from "./tenants.ts";

/** The part of a path before the endpoint's own name: the tenant as it was written, and its id (undefined: any). */
export interface TenantSegment {
  readonly written: string;
  readonly id: string | undefined;
}

/** Reads the tenant segment of an issuer path. */
export function readTenantSegment(written: string, tenants: IssuerSettings["tenants"]): TenantSegment {
  return { written, id: isAnyTenant(written) ? undefined : readTenant(written, tenants) };
}

const claimNames = "sub iss aud exp iat nbf auth_time nonce at_hash tid oid appid azp roles scp wids ver preferred_username name email";

/** The discovery document (OpenID Connect Discovery 1.0, 3; R185). Endpoints stand at the address that was asked. */
export function writeDiscovery(tenant: TenantSegment, { baseUrl }: HttpRequest, { addresses }: IssuerSettings): object {
  const base = `${baseUrl}/${tenant.written}`;
  return {
    issuer: `${addresses.issuerBaseFor(baseUrl)}/${tenant.id ?? "{tenantid}"}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic", "none"],
    grant_types_supported: ["client_credentials", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: [signingAlgorithm],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    claims_supported: claimNames.split(" "),
    code_challenge_methods_supported: ["S256"],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    authorization_response_iss_parameter_supported: tenant.id !== undefined,
    tenant_region_scope: null,
    cloud_instance_name: new URL(baseUrl).host,
    msgraph_host: new URL(baseUrl).host,
  };
}

/** MSAL's instance discovery: this host is the only name of this cloud. */
export function writeInstanceDiscovery({ baseUrl }: HttpRequest): object {
  const { host } = new URL(baseUrl);
  return {
    tenant_discovery_endpoint: `${baseUrl}/common/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
