import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { createAuthenticator } from "../../src/auth/authenticate.ts";
import { createFileIssuerStore } from "../../src/issuer/fileIssuerStore.ts";
import { createIssuer } from "../../src/issuer/issuer.ts";
import { keyRing, rotated } from "../../src/issuer/keyRing.ts";
import { createSigningKey } from "../../src/issuer/signingKey.ts";
import { base, get, temporaryFolder, tenant } from "./testIssuer.ts";

const hour = 3600_000;

/** An issuer whose clock can be moved, with the kids that it publishes and signs with. */
async function started() {
  const time = { now: Date.now() };
  const store = createFileIssuerStore(temporaryFolder());
  const addresses = { issuerBases: () => [base], issuerBaseFor: () => base, audiences: () => [base] };
  const issuer = createIssuer({ store, addresses, tenants: "*", clock: () => time.now });
  const token = () => issuer.tokenFor({ tenant, appId: "a", permissions: [], seconds: 24 * 3600 });
  const kidOf = async () => decodeProtectedHeader(await token()).kid;
  const published = async () => ((await get(issuer, `/${tenant}/discovery/v2.0/keys`)).json["keys"] as { kid: string }[]).map(({ kid }) => kid);
  const rotate = async (atOnce = false) => {
    const fresh = await createSigningKey(time.now);
    await store.changeSigningKeys((keys) => rotated(keys, fresh, time.now, atOnce));
    return fresh.kid;
  };
  const authenticator = () =>
    createAuthenticator({ issuers: [issuer.trusted], challenge: () => ({ authorizationUri: "", clientId: "" }), clock: () => time.now });
  // A fresh one unless said otherwise: it remembers no token.
  const accepts = async (jwt: string, authenticate = authenticator()) => {
    try {
      await authenticate({ authorization: `Bearer ${jwt}` });
      return true;
    } catch {
      return false;
    }
  };
  return { time, token, kidOf, published, rotate, accepts, authenticator };
}

describe("rotation of the signing key", () => {
  test("the new key is published before it signs; the old one is believed until its last token has ended, then gone", async () => {
    const { time, token, kidOf, published, rotate, accepts } = await started();
    const first = await kidOf();
    const second = await rotate();
    expect([await published(), await kidOf()]).toEqual([[second, first], first]);
    time.now += 2 * hour - 1000;
    const last = await token();
    expect(decodeProtectedHeader(last).kid).toBe(first);
    time.now += 1000;
    expect([await published(), await kidOf()]).toEqual([[second, first], second]);
    expect(await accepts(last)).toBe(true);
    time.now += 23 * hour;
    expect(await accepts(last)).toBe(true);
    time.now += 2 * hour;
    expect([await published(), await kidOf(), await accepts(last)]).toEqual([[second], second, false]);
    expect(await accepts(await token())).toBe(true);
  });

  test("at once: the new key alone is published and believed", async () => {
    const { token, kidOf, published, rotate, accepts } = await started();
    const before = await token();
    expect(await accepts(before)).toBe(true);
    const second = await rotate(true);
    expect([await published(), await kidOf(), await accepts(before), await accepts(await token())]).toEqual([[second], second, false, true]);
  });

  test("at once: tokens that were verified before are refused a second later", async () => {
    const { time, token, rotate, accepts, authenticator } = await started();
    const authenticate = authenticator();
    const tokens = [await token(), await token()];
    for (const jwt of tokens) expect(await accepts(jwt, authenticate)).toBe(true);
    time.now += 5000;
    for (const jwt of tokens) expect(await accepts(jwt, authenticate)).toBe(true);
    await rotate(true);
    time.now += 1000;
    for (const jwt of [...tokens, ...tokens]) expect(await accepts(jwt, authenticate)).toBe(false);
    expect(await accepts(await token(), authenticate)).toBe(true);
  });

  test("a clock that was set back still finds a key to sign with", async () => {
    const key = await createSigningKey();
    expect(keyRing([key], Date.parse(key.created) - 24 * hour)).toEqual({ signing: key, published: [key] });
  });
});
