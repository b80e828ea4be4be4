import type { HttpRequest } from "../base/http.ts";
import type { IssuerSettings } from "./issuerSettings.ts";
import { OAuthFault } from "./oauthFault.ts";
import { printable } from "./readForm.ts";

/** What a client asked for in a person's name. */
export interface WantedScopes {
  /** OpenID Connect's own (Core 1.0, 5.4 and 11): `openid`, `profile`, `email`, `offline_access`. */
  readonly openId: readonly string[];
  readonly audience: string;
  /** Permissions of the audience as they were asked for: the text and the bare name. `.default`: all that the person has. */
  readonly permissions: readonly { readonly written: string; readonly name: string }[];
}

/** What is given of it. */
export interface GrantedScopes {
  readonly openId: readonly string[];
  readonly audience: string;
  readonly permissions: readonly string[];
  /** The scope of the answer (RFC 6749, 5.1), written as the client wrote it. */
  readonly scope: string;
}

const openIdScopes = new Set(["openid", "profile", "email", "offline_access"]);

/** Reads a scope parameter (RFC 6749, 3.3): one audience, permissions with its name before them or bare. */
export function readScopes(text: string, { baseUrl }: Pick<HttpRequest, "baseUrl">, { addresses }: Pick<IssuerSettings, "addresses">): WantedScopes {
  const words = [...new Set(text.split(" ").filter((word) => word !== ""))];
  if (words.length === 0) throw new OAuthFault("invalid_request", 900_144, "The request body must contain the following parameter: 'scope'.");
  const openId = words.filter((word) => openIdScopes.has(word));
  const others = words.filter((word) => !openIdScopes.has(word)).map(splitScope);
  const usual = addresses.issuerBaseFor(baseUrl);
  const audiences = [...new Set(others.map(({ resource }) => resource ?? usual))];
  if (audiences.length > 1) throw new OAuthFault("invalid_scope", 28_000, "The provided scope names more than one resource.");
  const [audience = usual] = audiences;
  if (!addresses.audiences().includes(audience)) {
    const known = addresses.audiences().join(", ");
    throw new OAuthFault("invalid_resource", 500_011, `The resource principal named ${printable(audience)} was not found. Known here: ${known}.`);
  }
  return { openId, audience, permissions: others.map(({ written, name }) => ({ written, name })) };
}

function splitScope(written: string): { readonly written: string; readonly name: string; readonly resource?: string } {
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(written)) throw new OAuthFault("invalid_scope", 70_011, `The scope '${printable(written)}' is not valid.`);
  const at = written.lastIndexOf("/");
  if (at < 0) return { written, name: written };
  return { written, name: written.slice(at + 1), resource: written.slice(0, at).replace(/\/+$/, "") };
}

/**
 * What of the wish is given: the permissions that the administrator gave the person (that is the consent), no more than
 * `limit`. Undefined when permissions were asked for and none is left.
 */
export function grantScopes(
  { openId, audience, permissions }: WantedScopes,
  has: readonly string[],
  limit: readonly string[] = has,
): GrantedScopes | undefined {
  const allowed = has.filter((name) => limit.includes(name));
  const given = new Map<string, string>();
  for (const { written, name } of permissions) {
    if (name === ".default") {
      const prefix = written.slice(0, -name.length);
      for (const one of allowed) if (!given.has(one)) given.set(one, `${prefix}${one}`);
      continue;
    }
    const found = allowed.find((one) => one.toLowerCase() === name.toLowerCase());
    if (found !== undefined) given.set(found, written);
  }
  if (permissions.length > 0 && given.size === 0) return undefined;
  const defaults = permissions.filter(({ name }) => name === ".default").map(({ written }) => written);
  return { openId, audience, permissions: [...given.keys()], scope: [...openId, ...given.values(), ...defaults].join(" ") };
}
