import { createHmac } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Problem } from "../../src/base/errors.ts";
import type { Caller } from "../../src/auth/caller.ts";
import type { KeySource } from "../../src/auth/trustedIssuer.ts";
import { audience, authenticator, goodClaims, issuerName, keyDocument, keys, now, outcome, sign, tenant, trusted } from "./testIssuer.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const refusedAs = (text: string): string => `401 InvalidAuthenticationToken: ${text}`;
const failure = (text: string): string => refusedAs(`Access token validation failure. ${text}`);

describe("good tokens", () => {
  test("an application's token, v2 claims (R175, R180)", async () => {
    expect(await outcome(await sign())).toEqual({
      tenant,
      appId: "client-1",
      user: null,
      kind: "application",
      permissions: new Set(["SecurityEvents.Read.All"]),
      expires: now + 3600,
    });
  });

  test("a delegated token (v1 claims) has its scopes and never its roles (R175, R180)", async () => {
    const token = await sign({ azp: undefined, appid: "client-2", upn: "ada@contoso.com", scp: "A.Read B.Write", roles: ["C.All"], wids: ["role-1"] });
    expect(await outcome(token)).toMatchObject({
      appId: "client-2",
      user: "ada@contoso.com",
      kind: "delegated",
      permissions: new Set(["A.Read", "B.Write"]),
      directoryRoles: new Set(["role-1"]),
    });
  });

  test.each(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])("%s", async (alg) => {
    expect(await outcome(await sign({}, { alg }))).toMatchObject({ appId: "client-1" });
  });

  test("ES256, by another key of the issuer", async () => {
    expect(await outcome(await sign({}, { alg: "ES256", kid: "ec" }, keys["ec"]!.privateKey))).toMatchObject({ appId: "client-1" });
  });

  test("one of several audiences; a trailing slash does not matter", async () => {
    expect(await outcome(await sign({ aud: ["x", `${audience}/`] }))).toMatchObject({ tenant });
  });

  test("five minutes of clock difference are forgiven, both ways", async () => {
    expect(await outcome(await sign({ exp: now - 299 }))).toMatchObject({ tenant });
    expect(await outcome(await sign({ nbf: now + 300 }))).toMatchObject({ tenant });
  });

  test("a multi-tenant issuer name stands for the token's own tenant", async () => {
    const issuer = trusted({ issuers: () => ["https://login.example/{tenantid}/v2.0"], tenants: "*" });
    const other = "11111111-1111-4111-8111-111111111111";
    expect(await outcome(await sign({ tid: other, iss: `https://login.example/${other}/v2.0` }), authenticator({}, issuer))).toMatchObject({ tenant: other });
    expect(await outcome(await sign({ tid: other }), authenticator({}, issuer))).toBe(failure("Invalid issuer."));
  });

  test("directory roles of another claim, reached by a path", async () => {
    const authenticate = authenticator({ roleClaim: "realm_access.roles" });
    expect(await outcome(await sign({ realm_access: { roles: ["analyst"] } }), authenticate)).toMatchObject({ directoryRoles: new Set(["analyst"]) });
    expect((await outcome(await sign(), authenticate)) as Caller).not.toHaveProperty("directoryRoles");
  });
});

describe("the token attack table", () => {
  afterEach(() => vi.restoreAllMocks());

  const own = keys["rsa"]!.publicKey.export({ format: "pem", type: "spki" });
  const unsigned = (header: object, claims: object = goodClaims): string => `${part(header)}.${part(claims)}.`;
  const hmac = (header: object, secret: string): string => {
    const text = `${part(header)}.${part(goodClaims)}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  };
  const foreign = keys["other"]!;
  const foreignJwk = { ...foreign.publicKey.export({ format: "jwk" }), kid: "rsa" };

  const attacks: readonly (readonly [string, () => string | Promise<string>, string])[] = [
    ["alg none", () => unsigned({ alg: "none", kid: "rsa" }), "no bearer"],
    ["alg none with a signature", () => `${unsigned({ alg: "none", kid: "rsa" })}AAAA`, "signature"],
    ["alg None", () => `${unsigned({ alg: "None", kid: "rsa" })}AAAA`, "signature"],
    ["HS256 with the RSA public key as secret", () => hmac({ alg: "HS256", kid: "rsa" }, own), "signature"],
    ["HS256 with a symmetric key of the key document", () => hmac({ alg: "HS256", kid: "shared" }, "secret-secret-secret-secret-secret"), "signature"],
    ["the signature of another key", () => sign({}, {}, foreign.privateKey), "signature"],
    ["an unknown kid", () => sign({}, { kid: "other" }, foreign.privateKey), "signature"],
    ["no kid", () => sign({}, { kid: undefined } as never), "signature"],
    ["a kid that is a path", () => sign({}, { kid: "../../etc/passwd" }, foreign.privateKey), "signature"],
    ["a kid that is a prototype's name", () => sign({}, { kid: "__proto__" }, foreign.privateKey), "signature"],
    ["jku", () => sign({}, { jku: "https://evil.example/keys" }, foreign.privateKey), "signature"],
    ["jwk", () => sign({}, { jwk: foreignJwk }, foreign.privateKey), "signature"],
    ["x5u", () => sign({}, { x5u: "https://evil.example/chain" }, foreign.privateKey), "signature"],
    [
      "crit with an unknown extension",
      async () => `${part({ alg: "RS256", kid: "rsa", crit: ["exp"], exp: 1 })}.${(await sign()).split(".").slice(1).join(".")}`,
      "signature",
    ],
    ["crit b64", () => sign({}, { crit: ["b64"], b64: true }), "signature"],
    ["an ES256 header over an RSA key", () => sign({}, { alg: "ES256", kid: "rsa" }, keys["ec"]!.privateKey), "signature"],
    ["an algorithm that the key does not name", () => sign({}, { alg: "RS256", kid: "ec" }), "signature"],
    ["a changed payload", async () => (await sign()).replace(/\.[^.]+\./, `.${part({ ...goodClaims, roles: ["Everything"] })}.`), "signature"],
    ["an unknown issuer", () => sign({ iss: "https://evil.example/" }), "issuer"],
    ["an issuer with another ending", () => sign({ iss: `${issuerName}/` }), "issuer"],
    ["a wrong audience (R173)", () => sign({ aud: "api://other" }), "audience"],
    ["no audience", () => sign({ aud: undefined }), "audience"],
    ["an expired token", () => sign({ exp: now - 300 }), "expired"],
    ["no expiry", () => sign({ exp: undefined }), "no expiry"],
    ["a token of the future", () => sign({ nbf: now + 301 }), "not yet valid"],
    ["no tenant", () => sign({ tid: undefined }), "no tenant"],
    ["a tenant that is no name", () => sign({ tid: "a/b" }), "no tenant"],
    ["a tenant that is not accepted", () => sign({ tid: "11111111-1111-4111-8111-111111111111" }), "not accepted"],
    ["no application", () => sign({ azp: undefined }), "no application"],
    ["an ID token", () => sign({ nonce: "n" }), "ID token"],
    ["a logout token", () => sign({}, { typ: "logout+jwt" }), "signature"],
    ["two dots and nothing else", () => "..", "no bearer"],
    ["five parts (an encrypted token)", () => "a.b.c.d.e", "no bearer"],
    ["a payload that is no JSON", () => `${part({ alg: "RS256", kid: "rsa" })}.AAAA.AAAA`, "issuer"],
    ["a payload that is a list", () => `${part({ alg: "RS256", kid: "rsa" })}.${part([1])}.AAAA`, "issuer"],
    ["a token of 20 KB", () => sign({ filler: "x".repeat(20_000) }), "no bearer"],
  ];

  test.each(attacks)("%s", async (_, make, reason) => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const answer = await outcome(await make());
    expect(answer).toMatch(/^401 InvalidAuthenticationToken: /);
    expect(answer).toContain(reason);
    expect(fetched).not.toHaveBeenCalled();
  });

  test("personal accounts are known and not welcome", async () => {
    const consumer = "9188040d-6c67-4c5b-b112-36a304b66dad";
    const issuer = trusted({ tenants: "*" });
    expect(await outcome(await sign({ tid: consumer }), authenticator({}, issuer))).toBe("403 Forbidden: Personal accounts have no access.");
  });

  test.each([
    ["nothing", undefined],
    ["an empty header", ""],
  ])("%s: the token is empty (R172)", async (_, authorization) => {
    expect(await outcome(undefined, authenticator(), { authorization })).toBe(refusedAs("Access token is empty."));
  });

  test.each(["Basic YTpi", "Bearer", "Bearer ", "bearer a.b", "Bearer a.b.c, Bearer d.e.f", "Bearer a.b.c d"])(
    "a header that is no bearer token: %s",
    async (authorization) => {
      expect(await outcome(undefined, authenticator(), { authorization })).toContain("no bearer token");
    },
  );

  test("the header twice, joined as the shell joins it", async () => {
    const token = await sign();
    expect(await outcome(undefined, authenticator(), { authorization: `Bearer ${token}, Bearer ${token}` })).toContain("no bearer token");
  });

  test("the challenge names where tokens come from, and what was wrong (R172; RFC 6750, 3)", async () => {
    const challengeOf = async (token: string | undefined) => {
      try {
        return await authenticator()(token === undefined ? {} : { authorization: `Bearer ${token}` });
      } catch (error) {
        return (error as Problem).extras.headers?.["WWW-Authenticate"];
      }
    };
    const start = 'Bearer realm="", authorization_uri="https://login.example/authorize", client_id="hub"';
    expect(await challengeOf(undefined)).toBe(start);
    expect(await challengeOf(await sign({ aud: "x" }))).toBe(
      `${start}, error="invalid_token", error_description="Access token validation failure. Invalid audience."`,
    );
  });
});

describe("the cache of verified tokens", () => {
  test("a token is verified once, and no longer good when it ends", async () => {
    let clock = now * 1000;
    const find = vi.fn<KeySource["find"]>(trusted().keys.find);
    const authenticate = authenticator({ clock: () => clock }, trusted({ keys: { find } }));
    const token = await sign({ exp: now + 60 });
    const first = await outcome(token, authenticate);
    expect(await outcome(token, authenticate)).toBe(first);
    expect(find).toHaveBeenCalledTimes(1);
    clock += 361_000;
    expect(await outcome(token, authenticate)).toBe(refusedAs("Lifetime validation failed, the token is expired."));
  });

  test("another token with the same end does not pass for it", async () => {
    const authenticate = authenticator();
    const token = await sign();
    await outcome(token, authenticate);
    const [header, , signature] = token.split(".");
    expect(await outcome(`${header}.${part({ ...goodClaims, roles: ["Everything"] })}.${signature}`, authenticate)).toBe(failure("Invalid signature."));
  });
});

describe("--auth none", () => {
  const openCaller: Caller = { tenant, appId: "dev", user: null, kind: "application", permissions: new Set(["All"]), expires: now + 10 };
  const authenticate = authenticator({ openCaller });
  const local = { host: "localhost:7080" };
  const statusOf = async (headers: Record<string, string>, loopback: boolean): Promise<number> => {
    try {
      await authenticate(headers, loopback);
      return 200;
    } catch (error) {
      return (error as Problem).status;
    }
  };

  test("this machine needs no token", async () => {
    expect(await authenticate(local, true)).toBe(openCaller);
    expect(await statusOf({ host: "[::1]:7080", origin: "http://localhost:5173" }, true)).toBe(200);
  });

  test("other machines, pages of other sites and rebound names do", async () => {
    expect(await statusOf(local, false)).toBe(401);
    expect(await statusOf({ ...local, origin: "https://evil.example" }, true)).toBe(401);
    expect(await statusOf({ ...local, origin: "null" }, true)).toBe(401);
    expect(await statusOf({ host: "evil.example" }, true)).toBe(401);
    expect(await statusOf({ host: "localhost.evil.example" }, true)).toBe(401);
  });

  test("a token that is there is verified all the same", async () => {
    expect(await statusOf({ ...local, authorization: "Bearer a.b.c" }, true)).toBe(401);
    expect(await authenticate({ ...local, authorization: `Bearer ${await sign()}` }, true)).toMatchObject({ appId: "client-1" });
  });
});

test("the key document's unusable keys are left out", async () => {
  const { readKeySet } = await import("../../src/auth/readKeySet.ts");
  expect([...readKeySet(keyDocument).keys()]).toEqual(["rsa", "ec"]);
  expect(() => readKeySet({})).toThrow("no member 'keys'");
});
