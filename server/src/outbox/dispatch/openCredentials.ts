import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Secrets } from "../../base/secrets.ts";
import { sealedOf, secretContext, secretNames } from "../../edm/sealedCredentials.ts";
import type { OpenedCredential } from "./connection.ts";

const told = ["name", "userName", "certificate"] as const;

/**
 * The credentials of a stored connector for one order. Undefined when a secret was sealed with a key that is not here, or for another hub or connector: then
 * nothing is sent.
 */
export function openCredentials(connector: JsonObject, hub: string, open: Secrets["open"] | undefined): readonly OpenedCredential[] | undefined {
  const { credentials } = connector;
  const list = Array.isArray(credentials) ? (credentials as readonly Json[]).filter(isObject) : [];
  const opened: OpenedCredential[] = [];
  for (const one of list) {
    const secrets = secretsOf(connector, textOf(one["scheme"]), (token, name) => {
      return open?.(token, secretContext({ hub, connector: textOf(connector["id"]), scheme: textOf(one["scheme"]), name }));
    });
    if (secrets === undefined) return undefined;
    const shown = told.filter((name) => textOf(one[name]) !== "").map((name) => [name, textOf(one[name])]);
    opened.push({ scheme: textOf(one["scheme"]), ...Object.fromEntries(shown), ...secrets });
  }
  return opened;
}

function secretsOf(
  connector: JsonObject,
  scheme: string,
  open: (token: string, name: string) => string | undefined,
): Readonly<Record<string, string>> | undefined {
  const sealed = sealedOf(connector, scheme);
  const secrets: Record<string, string> = {};
  for (const name of secretNames) {
    const token = textOf(sealed[name]);
    if (token === "") continue;
    const text = open(token, name);
    if (text === undefined) return undefined;
    secrets[name] = text;
  }
  return secrets;
}
