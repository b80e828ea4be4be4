import { problem } from "../base/errors.ts";
import { steadyClock } from "../base/steadyClock.ts";
import { readKeySet } from "./readKeySet.ts";
import type { KeySource, VerificationKey } from "./trustedIssuer.ts";

type KeySet = ReadonlyMap<string, VerificationKey>;

/** What a remote key source needs. */
export interface RemoteKeySettings {
  /** Address of the issuer's key set; undefined: found in its discovery document (OpenID Connect Discovery 1.0, 4). */
  readonly jwksUrl?: string;
  /** Address of the discovery document, asked when `jwksUrl` is absent. */
  readonly discoveryUrl: string;
  /** A guarded GET of JSON (`egress/getJson.ts`). */
  readonly getJson: (url: string) => Promise<unknown>;
  /** Milliseconds; a clock that is never set anew unless a test says otherwise. */
  readonly clock?: () => number;
}

const freshFor = 10 * 60_000;
const pauseBetweenReads = 30_000;

/**
 * The keys of an outside issuer. Read at the first token, again in the background after ten minutes, and at an unknown
 * key id, then at most once in 30 s however many such tokens come. Old keys serve on while the issuer is away.
 */
export function createRemoteKeys(settings: RemoteKeySettings): KeySource {
  const clock = settings.clock ?? steadyClock;
  let keys: KeySet | undefined;
  let jwksUrl = settings.jwksUrl;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    jwksUrl ??= await discover(settings);
    keys = readKeySet(await settings.getJson(jwksUrl));
  }
  function readOnce(): Promise<void> {
    if (reading === undefined) {
      triedAt = clock();
      reading = read().finally(() => (reading = undefined));
    }
    return reading;
  }
  const mayRead = (pause: number): boolean => reading !== undefined || clock() - triedAt >= pause;

  return {
    async find(kid) {
      if (keys?.has(kid)) {
        if (mayRead(freshFor)) readOnce().catch(() => undefined);
        return keys.get(kid);
      }
      if (mayRead(pauseBetweenReads)) await readOnce().catch(() => undefined);
      if (keys === undefined) {
        throw problem("unavailable", { what: "The signing keys of the token's issuer cannot be read now." }, { headers: { "Retry-After": "30" } });
      }
      return keys.get(kid);
    },
  };
}

async function discover({ discoveryUrl, getJson }: RemoteKeySettings): Promise<string> {
  const document = (await getJson(discoveryUrl)) as { readonly jwks_uri?: unknown } | null;
  if (typeof document?.jwks_uri !== "string") throw new TypeError(`${discoveryUrl} names no jwks_uri.`);
  // Plain http is for this machine: a document from elsewhere leads nobody there.
  if (discoveryUrl.startsWith("https:") && !document.jwks_uri.startsWith("https:")) throw new TypeError(`${discoveryUrl} names a jwks_uri that is not https.`);
  return document.jwks_uri;
}
