import { createSign, createHash, sign as signBytes } from "node:crypto";
import { CompactEncrypt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createRemoteKeys } from "../../src/auth/remoteKeys.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { listen, type Listening } from "../../src/http/listen.ts";
import { raw } from "../http/testServer.ts";
import { authenticateForReal, moment, tenants } from "../wire/callers.ts";
import { openHub, type Answer, type TestHub } from "../wire/hub.ts";
import { memoryFolder } from "../wire/memoryFolder.ts";
import { authenticator, goodClaims, issuerName, keyDocument, keys, now, outcome, sign, tenant, trusted } from "./testIssuer.ts";

const part = (value: unknown): string => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const scores = "/v1.0/security/secureScores";

/** A token of the owner's tenant that is right in every way but what is said. */
const good = (claims: Readonly<Record<string, unknown>> = {}, header: Parameters<typeof sign>[1] = {}, key?: Parameters<typeof sign>[2]): Promise<string> =>
  sign({ iss: issuerName.replace(tenant, tenants.owner), tid: tenants.owner, roles: ["SecurityEvents.Read.All"], ...claims }, header, key);

let hub: TestHub;
let listening: Listening;
beforeAll(async () => {
  hub = await openHub({ authenticate: authenticateForReal, clock: moment, folder: await memoryFolder() });
  const { handle, refuse } = hub.service;
  listening = await listen({ hosts: ["127.0.0.1"], port: 0, shell: { handle, refuse, mounts: [], limits: defaultBudgets } });
});
afterAll(async () => {
  await listening.close(0);
  await hub.close();
});
afterEach(() => vi.restoreAllMocks());

const ask = (headers: Readonly<Record<string, string>>, target = scores): Promise<Answer> => hub.get(target, { caller: null, headers });

/** A header and payload as they stand, signed by the issuer's own key: what only the issuer could have made. */
function signedAsIs(header: string, payload: string): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(keys["rsa"]!.privateKey).toString("base64url")}`;
}

const claims = JSON.stringify({ ...goodClaims, iss: issuerName.replace(tenant, tenants.owner), tid: tenants.owner });

/** The parts of an ES256 signature: r and s. */
async function es256(): Promise<{ readonly text: string; readonly r: Buffer; readonly s: Buffer }> {
  const [head, body, signature] = (await good({}, { alg: "ES256", kid: "ec" }, keys["ec"]!.privateKey)).split(".");
  const bytes = Buffer.from(signature!, "base64url");
  return { text: `${head}.${body}`, r: bytes.subarray(0, 32), s: bytes.subarray(32) };
}

const withSignature = (text: string, ...bytes: readonly Uint8Array[]): string => `${text}.${Buffer.concat(bytes).toString("base64url")}`;

describe("no token but a true one opens anything, whatever it says of itself", () => {
  const foreign = keys["other"]!;
  const attacks: readonly (readonly [string, () => string | Promise<string>])[] = [
    ["alg none in every spelling", () => `${part({ alg: "nOnE", kid: "rsa" })}.${part(claims)}.`],
    ["alg none before alg RS256", () => `${part('{"alg":"RS256","alg":"none","kid":"rsa"}')}.${part(claims)}.AAAA`],
    ["alg as a list", () => `${part({ alg: ["none"], kid: "rsa" })}.${part(claims)}.AAAA`],
    ["a kid as a list", async () => `${part({ alg: "RS256", kid: ["rsa"] })}.${(await good()).split(".").slice(1).join(".")}`],
    ["a kid with NUL", () => good({}, { kid: "rsa\0" })],
    ["a kid that is SQL", () => good({}, { kid: "' OR 1=1 --" }, foreign.privateKey)],
    ["a kid that is an address", () => good({}, { kid: "http://169.254.169.254/latest/meta-data" }, foreign.privateKey)],
    ["x5c with a certificate of its own", () => good({}, { x5c: ["MIIB"] }, foreign.privateKey)],
    ["x5t", () => good({}, { x5t: createHash("sha1").update("x").digest("base64url") }, foreign.privateKey)],
    [
      "jku, x5u and jwk at once",
      () => good({}, { jku: "https://evil.example/a", x5u: "https://evil.example/b", jwk: foreign.publicKey.export({ format: "jwk" }) }, foreign.privateKey),
    ],
    ["crit b64 with an unencoded payload", () => signedAsIs('{"alg":"RS256","kid":"rsa","b64":false,"crit":["b64"]}', claims)],
    ["an empty crit", () => signedAsIs('{"alg":"RS256","kid":"rsa","crit":[]}', claims)],
    ["a token within a token", async () => signedAsIs('{"alg":"RS256","kid":"rsa","cty":"JWT"}', await good())],
    [
      "an encrypted token for a key of its own",
      () => new CompactEncrypt(Buffer.from(claims)).setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: "rsa" }).encrypt(keys["rsa"]!.publicKey),
    ],
    ["a payload that is no object", () => signedAsIs('{"alg":"RS256","kid":"rsa"}', '"owner"')],
    ["a payload that is null", () => signedAsIs('{"alg":"RS256","kid":"rsa"}', "null")],
    ["ES256 with r and s of zero", async () => withSignature((await es256()).text, Buffer.alloc(64))],
    ["ES256 with an empty signature", async () => `${(await es256()).text}.AA`],
    [
      "ES256 with a signature in DER",
      async () => {
        const { text } = await es256();
        return withSignature(text, signBytes("sha256", Buffer.from(text), { key: keys["ec"]!.privateKey, dsaEncoding: "der" }));
      },
    ],
    [
      "ES256 with zeros before r and s",
      async () => {
        const { text, r, s } = await es256();
        return withSignature(text, Buffer.alloc(1), r, Buffer.alloc(1), s);
      },
    ],
    [
      "ES256 with s and r exchanged",
      async () => {
        const { text, r, s } = await es256();
        return withSignature(text, s, r);
      },
    ],
    ["issued in the future", () => good({ iat: now + 301, nbf: undefined })],
    ["issued at a text", () => good({ iat: "yesterday" })],
    ["an expiry that is a text", () => good({ exp: String(now + 3600) })],
    ["an expiry beyond all numbers", () => signedAsIs('{"alg":"RS256","kid":"rsa"}', claims.replace(/"exp":\d+/, '"exp":1e999'))],
    ["a start that is a text", () => good({ nbf: "0" })],
    ["an audience that is an object", () => good({ aud: { "api://hub": true } })],
    ["an audience in a list of lists", () => good({ aud: [["api://hub"]] })],
    ["an issuer in a list", () => good({ iss: [issuerName.replace(tenant, tenants.owner)] })],
    ["the issuer of another tenant", () => good({ iss: issuerName.replace(tenant, tenants.other) })],
    ["a tenant in a list", () => good({ tid: [tenants.owner] })],
    ["a tenant with NUL", () => good({ tid: `${tenants.owner}\0`, iss: issuerName.replace(tenant, `${tenants.owner}\0`) })],
    [
      "a tenant said twice",
      () =>
        signedAsIs(
          '{"alg":"RS256","kid":"rsa"}',
          claims.replace("{", `{"tid":"${tenants.owner}",`).replace(new RegExp(`"tid":"${tenants.owner}"}$`), `"tid":"${tenants.other}"}`),
        ),
    ],
    ["an application in a list", () => good({ azp: ["client-1"] })],
    ["a token of 1 MB", () => good({ filler: "x".repeat(1_000_000) })],
  ];

  test.each(attacks)("%s: 401, a challenge, and nobody is asked for a key", async (_, make) => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const answer = await ask({ authorization: `Bearer ${await make()}` });
    expect([answer.status, answer.json.error?.code], answer.text).toEqual([401, "InvalidAuthenticationToken"]);
    expect(answer.headers["WWW-Authenticate"]).toMatch(/^Bearer realm="", authorization_uri="[^"]+", client_id="[^"]+", error="invalid_token"/);
    expect(fetched).not.toHaveBeenCalled();
  });

  test("a token that is right, under any spelling of the scheme", async () => {
    const token = await good();
    for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer   "]) expect((await ask({ authorization: `${scheme} ${token}` })).status, scheme).toBe(200);
  });

  test("the other form of an ES256 signature (r, n - s) is the same token, and opens no more", async () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const { text, r, s } = await es256();
    const other = Buffer.from((order - BigInt(`0x${s.toString("hex")}`)).toString(16).padStart(64, "0"), "hex");
    const [one, two] = await Promise.all([outcomeOf(withSignature(text, r, s)), outcomeOf(withSignature(text, r, other))]);
    expect(two).toEqual(one);
  });

  const outcomeOf = (token: string) => authenticateForReal({ authorization: `Bearer ${token}` });
});

describe("where a token may stand", () => {
  test.each([
    ["in the query", (token: string) => ask({}, `${scores}?access_token=${token}`)],
    ["in the query, with another header", (token: string) => ask({ authorization: "Basic YTpi" }, `${scores}?access_token=${token}`)],
    ["in a cookie", (token: string) => ask({ cookie: `access_token=${token}` })],
    ["in another header", (token: string) => ask({ "x-ms-token-aad-access-token": token, "proxy-authorization": `Bearer ${token}` })],
    ["without its scheme", (token: string) => ask({ authorization: token })],
    ["under another scheme", (token: string) => ask({ authorization: `Token ${token}` })],
    ["behind another one", (token: string) => ask({ authorization: `Bearer x, Bearer ${token}` })],
    ["with a blank within", (token: string) => ask({ authorization: `Bearer ${token.slice(0, 20)} ${token.slice(20)}` })],
    ["with NUL behind it", (token: string) => ask({ authorization: `Bearer ${token}\0` })],
    ["in the body", (token: string) => hub.post(scores, { access_token: token }, { caller: null })],
    [
      "in a form",
      (token: string) => hub.post(scores, `access_token=${token}`, { caller: null, headers: { "Content-Type": "application/x-www-form-urlencoded" } }),
    ],
  ])("%s it is none", async (_, send) => {
    const answer = await send(await good());
    expect([answer.status, answer.json.error?.code]).toEqual([401, "InvalidAuthenticationToken"]);
  });

  test("two fields with a token each are refused, whichever comes first", async () => {
    const [mine, wrong] = [await good(), await good({ exp: now - 999 })];
    for (const [first, second] of [
      [mine, wrong],
      [wrong, mine],
      [mine, mine],
    ] as const) {
      const answer = await raw(
        listening.port,
        `GET ${scores} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer ${first}\r\nAuthorization: Bearer ${second}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    }
  });

  test("a true token without what is asked for is 403; scopes and roles are never mixed (R175)", async () => {
    const rights: readonly (readonly [Record<string, unknown>, number])[] = [
      [{ roles: undefined }, 403],
      [{ roles: [] }, 403],
      [{ roles: ["securityevents.read.all"] }, 403],
      [{ roles: undefined, scp: "SecurityEvents.Read.All", upn: "ada@contoso.example" }, 200],
      [{ scp: "", upn: "ada@contoso.example" }, 403],
      [{ scp: "openid", upn: "ada@contoso.example" }, 403],
      [{ scp: null, upn: "ada@contoso.example" }, 403],
      [{ idtyp: "user" }, 403],
      [{ scp: "SecurityEvents.Read.All.Not", upn: "ada@contoso.example" }, 403],
    ];
    for (const [more, status] of rights) {
      const answer = await ask({ authorization: `Bearer ${await good(more)}` });
      expect(answer.status, JSON.stringify(more)).toBe(status);
    }
  });
});

describe("keys that change", () => {
  test("1,000 tokens that name keys nobody has lead to one reading of the issuer's own document, and no other address", async () => {
    const read: string[] = [];
    const keySource = createRemoteKeys({
      jwksUrl: "https://login.example/keys",
      discoveryUrl: "https://login.example/d",
      clock: () => 0,
      getJson: async (url) => {
        read.push(url);
        return keyDocument;
      },
    });
    const authenticate = authenticator({}, trusted({ keys: keySource }));
    const token = await sign({}, { jku: "https://evil.example/keys", x5u: "https://evil.example/chain" }, keys["other"]!.privateKey);
    const [, payload, signature] = token.split(".");
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        outcome(`${part({ alg: "RS256", kid: `k${index}`, jku: "https://evil.example/keys" })}.${payload}.${signature}`, authenticate),
      ),
    );
    expect(read).toEqual(["https://login.example/keys"]);
  });

  test("a key that the issuer took back verifies nothing new; one that it adds is found", async () => {
    let at = 0;
    let document: unknown = { keys: keyDocument.keys.slice(0, 1) };
    const keySource = createRemoteKeys({ jwksUrl: "https://login.example/keys", discoveryUrl: "", clock: () => at, getJson: async () => document });
    const authenticate = authenticator({}, trusted({ keys: keySource }));
    expect(await outcome(await sign(), authenticate)).toMatchObject({ appId: "client-1" });
    document = { keys: keyDocument.keys.slice(1, 2) };
    at = 30_000;
    expect(await outcome(await sign({}, { alg: "ES256", kid: "ec" }, keys["ec"]!.privateKey), authenticate)).toMatchObject({ appId: "client-1" });
    expect(await outcome(await sign({ azp: "client-2" }), authenticate)).toContain("Invalid signature");
  });
});
