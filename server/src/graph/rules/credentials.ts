import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { sealedCredentials, sealedOf, secretContext, secretNames } from "../../edm/sealedCredentials.ts";
import type { Draft, Refusal, Stamp } from "../../edm/rules.ts";
import { addressesOf, originOf } from "./addressesOf.ts";
import type { Fault } from "./faults.ts";
import { withMembers } from "./stamped.ts";

/** What each scheme needs; everything else stays out. */
const schemes: Readonly<Record<string, readonly string[]>> = {
  bearer: ["secret"],
  basic: ["userName", "secret"],
  apiKey: ["name", "secret"],
  hmac: ["secret"],
  mtls: ["certificate", "key"],
};
const members = ["name", "userName", "secret", "certificate", "key"];
const longest: Readonly<Record<string, number>> = { name: 128, userName: 512, secret: 8192, certificate: 65_536, key: 16_384 };
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What the program itself says in the head of a call. */
const ownHeaders = /^(?:host|content-length|content-type|transfer-encoding|connection|authorization|webhook-.*|te|trailer|upgrade|expect)$/i;
/** An HMAC key below this is guessed sooner than it should be (RFC 2104, 3 asks for the length of the hash). */
const shortestHmac = 16;

export function credentialsOf(entity: JsonObject | undefined): readonly JsonObject[] {
  const list = entity?.["credentials"];
  return Array.isArray(list) ? (list as readonly Json[]).filter(isObject) : [];
}

/** Whether a secret was sealed for a scheme before. */
function isKept(before: JsonObject | undefined, scheme: string, name: string): boolean {
  return textOf(sealedOf(before, scheme)[name]) !== "";
}

/** What is wrong with the credentials of a draft, by path. Values are never repeated. */
export function credentialFaults({ entity, before }: Pick<Draft, "entity" | "before">): readonly Fault[] {
  const seen = new Set<string>();
  return credentialsOf(entity).flatMap((one, index) => {
    const at = `credentials[${index}]`;
    const scheme = textOf(one["scheme"]);
    if (seen.has(scheme)) return [{ target: at, message: `there are credentials of the scheme '${scheme}' already; one of each is kept.` }];
    seen.add(scheme);
    const faults = [...memberFaults(one, { at, scheme, before }), ...movedFaults(one, { at, scheme }, { entity, before })];
    return faults.length > 0 ? faults : valueFaults(one, { at, scheme, before });
  });
}

interface Where {
  readonly at: string;
  readonly scheme: string;
  readonly before?: JsonObject | undefined;
}

function memberFaults(one: JsonObject, { at, scheme, before }: Where): readonly Fault[] {
  const needed = schemes[scheme] ?? [];
  return members.flatMap((name): Fault[] => {
    const target = `${at}/${name}`;
    const value = one[name] ?? null;
    if (value === null) {
      const isMissing = needed.includes(name) && !isKept(before, scheme, name);
      return isMissing ? [{ target, message: `required for the scheme '${scheme}'.` }] : [];
    }
    if (!needed.includes(name)) return [{ target, message: `the scheme '${scheme}' has none; it has ${needed.join(" and ")}.` }];
    const text = textOf(value);
    if (text === "") return [{ target, message: "expected a text that is not empty." }];
    return text.length > longest[name]! ? [{ target, message: `expected at most ${longest[name]} characters, got ${text.length}.` }] : [];
  });
}

/** Schemes whose secret the other side gets to see. */
const sent: ReadonlySet<string> = new Set(["bearer", "basic", "apiKey"]);

interface Compared {
  readonly entity: JsonObject;
  readonly before: JsonObject | undefined;
}

/** A kept secret goes only where it went before: whoever may change an address need not know it. */
function movedFaults(one: JsonObject, { at, scheme }: Where, { entity, before }: Compared): readonly Fault[] {
  const isKeptOne = textOf(one["secret"]) === "" && isKept(before, scheme, "secret");
  if (!isKeptOne || !sent.has(scheme)) return [];
  const known = new Set(addressesOf(before).map(({ url }) => originOf(url)));
  if (addressesOf(entity).every(({ url }) => known.has(originOf(url)))) return [];
  return [{ target: `${at}/secret`, message: "required again, since the connector leads to another host now." }];
}

function valueFaults(one: JsonObject, { at, scheme, before }: Where): readonly Fault[] {
  const [name, userName, secret] = ["name", "userName", "secret"].map((member) => textOf(one[member]));
  const isHeader = scheme === "bearer" || scheme === "apiKey";
  if (isHeader && /[^\u0021-\u007e]/.test(secret!))
    return [{ target: `${at}/secret`, message: "expected printable ASCII without spaces: it is sent in a header." }];
  // oxlint-disable-next-line no-control-regex
  if (scheme === "basic" && /[\u0000-\u001f\u007f]/.test(secret!))
    return [{ target: `${at}/secret`, message: "expected no control characters (RFC 7617, 2)." }];
  // oxlint-disable-next-line no-control-regex
  if (/[:\u0000-\u001f\u007f]/.test(userName!)) return [{ target: `${at}/userName`, message: "expected neither ':' nor control characters (RFC 7617, 2)." }];
  if (scheme === "apiKey" && (!headerName.test(name!) || ownHeaders.test(name!))) {
    return [{ target: `${at}/name`, message: `'${name}' is no name of a header that credentials may be sent in.` }];
  }
  if (scheme === "hmac" && secret !== "" && Buffer.byteLength(secret!) < shortestHmac) {
    return [{ target: `${at}/secret`, message: `expected at least ${shortestHmac} bytes: each body is signed with it.` }];
  }
  return scheme === "mtls" ? certificateFaults(one, at, before) : [];
}

function certificateFaults(one: JsonObject, at: string, before: JsonObject | undefined): readonly Fault[] {
  const certificate = certificateOf(textOf(one["certificate"]));
  if (certificate === undefined) return [{ target: `${at}/certificate`, message: "expected an X.509 certificate in PEM." }];
  if (one["key"] === null || one["key"] === undefined) {
    const isSame = credentialsOf(before).some((other) => other["certificate"] === one["certificate"]);
    return isSame ? [] : [{ target: `${at}/key`, message: "required with another certificate." }];
  }
  const key = keyOf(textOf(one["key"]));
  if (key === undefined) return [{ target: `${at}/key`, message: "expected a private key in PEM, without a passphrase." }];
  return certificate.checkPrivateKey(key) ? [] : [{ target: `${at}/key`, message: "it is not the key of the certificate." }];
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return text.includes("-----BEGIN CERTIFICATE-----") ? new X509Certificate(text) : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

/** Without a key nothing is sealed, and nothing unsealed is kept. */
const noKey: Refusal = {
  refuse: "notImplemented",
  parameters: { what: "This server keeps no credentials: its data are in a database, so it needs a key of its own. Its operator sets SECGRAPH_SECRETS_KEY." },
  extras: { target: "credentials" },
};

/** The entity with what is secret sealed beside it, and null in its place. A secret that was not sent stays as it was sealed. */
export function withSealedCredentials({ entity, before }: Pick<Draft, "entity" | "before">, stamp: Stamp): JsonObject | Refusal {
  const sealed: Record<string, JsonObject> = {};
  const shown: Json[] = [];
  for (const one of credentialsOf(entity)) {
    const scheme = textOf(one["scheme"]);
    const secrets: Record<string, Json> = {};
    for (const name of secretNames.filter((each) => schemes[scheme]?.includes(each))) {
      const text = textOf(one[name]);
      if (text !== "" && stamp.seal === undefined) return noKey;
      const place = { hub: stamp.hub, connector: textOf(entity["id"]), scheme, name };
      secrets[name] = text === "" ? (sealedOf(before, scheme)[name] ?? null) : stamp.seal!(text, secretContext(place));
    }
    sealed[scheme] = secrets;
    shown.push(withMembers(one, { secret: null, key: null }));
  }
  return withMembers(entity, { credentials: shown, [sealedCredentials]: sealed });
}
