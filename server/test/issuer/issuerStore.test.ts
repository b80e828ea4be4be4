import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createClientSecret, hashClientSecret, isClientSecret } from "../../src/issuer/clientSecret.ts";
import { ensureDevelopmentApp } from "../../src/issuer/developmentApp.ts";
import { createFileIssuerStore } from "../../src/issuer/fileIssuerStore.ts";
import { createSecretChecker } from "../../src/issuer/secretChecker.ts";
import { issuerStoreContract } from "./issuerStoreContract.ts";
import { app, secret, temporaryFolder } from "./testIssuer.ts";

issuerStoreContract(async (servers) => {
  const folder = temporaryFolder();
  return Array.from({ length: servers }, () => createFileIssuerStore(folder));
});

describe("the file store", () => {
  test("files are their owner's, hold no secret, and nothing is left lying about", async () => {
    const folder = temporaryFolder();
    const store = createFileIssuerStore(folder);
    await store.putApp(app);
    await store.signingKeys();
    expect(readdirSync(folder).toSorted()).toEqual(["apps.json", "keys.json"]);
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name), "utf8")).not.toContain(secret);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o600);
    }
  });
});

describe("client secrets", () => {
  test("are hashed with salt", async () => {
    const [one, two] = [await hashClientSecret("abc-secret"), await hashClientSecret("abc-secret")];
    expect(one.hash).not.toBe(two.hash);
    expect(one).toMatchObject({ hint: "abc", hash: expect.stringMatching(/^scrypt\$16384\$8\$1\$/) });
    expect([await isClientSecret("abc-secret", one), await isClientSecret("abc-secreT", one)]).toEqual([true, false]);
    expect(createClientSecret()).toMatch(/^[\w-]{43}$/);
  });

  test("wrong ones slow down further guesses for that client alone; the right one is remembered", async () => {
    const pauses: number[] = [];
    const check = createSecretChecker(Date.now, async (ms) => pauses.push(ms));
    expect(await check(app, secret)).toBe("right");
    for (let guess = 0; guess < 8; guess += 1) expect(await check(app, `wrong ${guess}`)).toBe("wrong");
    expect(pauses).toEqual([100, 200, 400]);
    expect(await check(app, secret)).toBe("right");
    expect(await check({ ...app, clientId: "client-2" }, "wrong")).toBe("wrong");
    expect(pauses).toHaveLength(3);
  });

  test("a crowd of guesses is sent away", async () => {
    const check = createSecretChecker();
    const verdicts = await Promise.all(Array.from({ length: 30 }, (_, guess) => check(app, `wrong ${guess}`)));
    expect(verdicts.filter((verdict) => verdict === "busy")).toHaveLength(20);
  });

  test("a secret that was taken away is no longer right", async () => {
    const check = createSecretChecker();
    expect(await check(app, secret)).toBe("right");
    expect(await check({ ...app, secretHashes: [await hashClientSecret("new")] }, secret)).toBe("wrong");
  });
});

test("development's application is made once per data folder, with a secret of its own", async () => {
  const folder = temporaryFolder();
  const store = createFileIssuerStore(folder);
  const put = vi.spyOn(store, "putApp");
  const first = await ensureDevelopmentApp(store, join(folder, "development.json"), ["A"]);
  expect(await ensureDevelopmentApp(store, join(folder, "development.json"), ["A"])).toEqual(first);
  expect(put).toHaveBeenCalledTimes(1);
  await ensureDevelopmentApp(store, join(folder, "development.json"), ["A", "B"]);
  expect(await store.app(first.clientId)).toMatchObject({ roles: ["A", "B"], tenant: "*" });
  expect(await store.person(first.user)).toMatchObject({ tenant: first.tenant, permissions: ["A", "B"] });
  const other = temporaryFolder();
  expect((await ensureDevelopmentApp(createFileIssuerStore(other), join(other, "development.json"), ["A"])).clientSecret).not.toBe(first.clientSecret);
});
