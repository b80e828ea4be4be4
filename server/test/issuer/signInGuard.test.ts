import type * as Crypto from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { createSignIn } from "../../src/issuer/signIn.ts";
import { createMemoryRecords } from "../../src/base/memoryRecords.ts";
import { createSignInGuard, type OnLocked, type SignInGuard } from "../../src/issuer/signInGuard.ts";
import { hashPassword } from "../../src/issuer/hashPassword.ts";
import type { IssuerStore, Person } from "../../src/issuer/issuerStore.ts";

const derived = vi.hoisted(() => [] as string[]);
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof Crypto>();
  const scrypt = ((...all: Parameters<typeof crypto.scrypt>) => {
    const { N, r, p } = all[3];
    derived.push(`${N} ${r} ${p} ${all[2]}`);
    crypto.scrypt(...all);
  }) as typeof crypto.scrypt;
  return { ...crypto, scrypt };
});

function guardOver(clock: () => number, onLocked?: OnLocked): SignInGuard {
  return createSignInGuard({ records: createMemoryRecords(clock), clock, name: "sign-in", ...(onLocked === undefined ? {} : { onLocked }) });
}

function guarded() {
  const time = { now: 1_000_000 };
  const guard = guardOver(() => time.now);
  /** The seconds to wait; 0: the try was let through, and failed unless told otherwise. */
  const attempt = async (name: string, address: string, right = false): Promise<number> => {
    const begun = await guard.begin({ name, address, unlocked: 0 });
    if ("wait" in begun) return begun.wait;
    if (right) await begun.succeeded();
    return 0;
  };
  return { time, attempt };
}

describe("lock-out", () => {
  test("is told with what is locked and for how long", async () => {
    const told: unknown[] = [];
    const guard = guardOver(
      () => 1_000_000,
      (...what) => told.push(what),
    );
    for (let round = 0; round < 7; round += 1) await guard.begin({ name: "ada", address: "1", unlocked: 0 });
    expect(told).toEqual([
      ["pair", 30],
      ["pair", 30],
    ]);
  });

  test("five tries are free; then each failure doubles the wait, up to a quarter of an hour", async () => {
    const { time, attempt } = guarded();
    for (let failure = 0; failure < 5; failure += 1) expect(await attempt("ada", "1")).toBe(0);
    const waits = [];
    for (let round = 0; round < 8; round += 1) {
      const wait = await attempt("ada", "1");
      waits.push(wait);
      time.now += wait * 1000;
      expect(await attempt("ada", "1")).toBe(0);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  });

  test("tries while it is locked do not lengthen it; the right password after it forgets all failures", async () => {
    const { time, attempt } = guarded();
    for (let failure = 0; failure < 5; failure += 1) await attempt("ada", "1");
    for (let round = 0; round < 50; round += 1) expect(await attempt("ada", "1")).toBe(30);
    time.now += 30_000;
    expect(await attempt("ada", "1", true)).toBe(0);
    for (let failure = 0; failure < 5; failure += 1) expect(await attempt("ada", "1")).toBe(0);
    expect(await attempt("ada", "1")).toBe(30);
  });

  test("the name's case and form make no difference; other names and addresses are free", async () => {
    const { attempt } = guarded();
    for (const name of ["José", "JOSÉ", "jose\u0301", "josé", "José"]) await attempt(name, "1");
    expect([await attempt("josé", "1"), await attempt("bob", "1"), await attempt("josé", "2")]).toEqual([30, 0, 0]);
  });

  test("fifty failures from anywhere lock a name, but not where it has signed in before", async () => {
    const { attempt } = guarded();
    await attempt("ada", "home", true);
    for (let address = 0; address < 50; address += 1) expect(await attempt("ada", `a${address}`)).toBe(0);
    expect([await attempt("ada", "elsewhere"), await attempt("ada", "home", true)]).toEqual([30, 0]);
  });

  test("a hundred failures from one address lock it for every name", async () => {
    const { attempt } = guarded();
    for (let name = 0; name < 100; name += 1) expect(await attempt(`n${name}`, "1")).toBe(0);
    expect([await attempt("other", "1"), await attempt("other", "2")]).toEqual([30, 0]);
  });
});

describe("nobody learns who is there (OWASP ASVS 6.3.8)", () => {
  test("an unknown name, another tenant, a wrong and the right password cost the same work", async () => {
    const person = { userPrincipalName: "ada@contoso.com", tenant: "t", passwordHash: await hashPassword("correct horse battery") } as Person;
    const store = { person: async (name: string) => (name === person.userPrincipalName ? person : undefined) } as unknown as IssuerStore;
    const signIn = createSignIn(
      store,
      guardOver(() => 0),
    );
    const costOf = async (name: string, password: string, tenant: string): Promise<readonly string[]> => {
      derived.length = 0;
      await signIn({ name, password, tenant, address: name });
      return [...derived];
    };
    const usual = await costOf("ada@contoso.com", "correct horse battery", "t");
    expect(usual).toEqual(["32768 8 3 32"]);
    expect(await costOf("ada@contoso.com", "wrong", "t")).toEqual(usual);
    expect(await costOf("nobody@contoso.com", "wrong", "t")).toEqual(usual);
    expect(await costOf("ada@contoso.com", "correct horse battery", "other")).toEqual(usual);
    expect(await costOf("", "", "t")).toEqual(usual);
  });
});
