import { describe, expect, test } from "vitest";
import type { IssuerStore, Person, RefreshFamily } from "../../src/issuer/issuerStore.ts";
import { createMemoryRecords } from "../../src/base/memoryRecords.ts";
import { putIssuerState } from "../../src/issuer/issuerState.ts";
import { createRecordIssuerStore } from "../../src/issuer/recordIssuerStore.ts";
import { createSigningKey } from "../../src/issuer/signingKey.ts";
import { app } from "./testIssuer.ts";

const ada: Person = {
  id: "a-1",
  tenant: "t",
  userPrincipalName: "Ada@contoso.com",
  displayName: "Ada",
  passwordHash: "x",
  passwordSince: "2020-01-01T00:00:00.000Z",
  permissions: [],
};
const family: RefreshFamily = {
  id: "f",
  hash: "h",
  clientId: "c",
  personId: "a-1",
  audience: "x",
  permissions: [],
  signedIn: 1,
  used: new Date().toISOString(),
};

/** What the issuer's memory does, wherever it lies; `open` gives the same as several processes see it. */
export function issuerStoreContract(open: (servers: number) => Promise<readonly IssuerStore[]>): void {
  describe("the issuer's store", () => {
    test("two processes see each other's changes and lose none", async () => {
      const stores = await open(2);
      await Promise.all(Array.from({ length: 20 }, (_, index) => stores[index % 2]!.putApp({ ...app, clientId: `client-${index}` })));
      for (const store of stores) expect(await store.apps()).toHaveLength(20);
      expect(await stores[0]!.removeApp("CLIENT-3")).toBe(true);
      expect(await stores[1]!.app("client-3")).toBeUndefined();
      expect(await stores[1]!.removeApp("client-3")).toBe(false);
      expect(await stores[1]!.changeApp("client-3", (one) => one)).toBe(false);
      expect(await stores[1]!.changeApp("client-4", (one) => ({ ...one, displayName: "New" }))).toBe(true);
      expect(await stores[0]!.app("Client-4")).toMatchObject({ displayName: "New" });
    });

    test("people are found by id and by name, and there is one of a name", async () => {
      const [one, two] = await open(2);
      expect(await one!.changePerson("ada@contoso.com", (known) => known ?? ada)).toEqual(ada);
      for (const name of ["a-1", "ADA@contoso.com"]) expect(await two!.person(name)).toEqual(ada);
      expect(await two!.changePerson("ada@CONTOSO.com", (known) => ({ ...known!, displayName: "Countess" }))).toMatchObject({
        id: "a-1",
        displayName: "Countess",
      });
      const made = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          [one!, two!][index % 2]!.changePerson("bob@contoso.com", (known) => known ?? { ...ada, id: `b-${index}`, userPrincipalName: "bob@contoso.com" }),
        ),
      );
      expect(new Set(made.map((person) => person!.id)).size).toBe(1);
      expect(await one!.people()).toHaveLength(2);
      expect(await two!.changePerson("a-1", () => undefined)).toBeUndefined();
      expect([await one!.person("ada@contoso.com"), await one!.changePerson("nobody", (known) => known)]).toEqual([undefined, undefined]);
    });

    test("one signing key, whoever asks first; a change is seen by all", async () => {
      const stores = await open(3);
      const keys = await Promise.all(stores.map((store) => store.signingKeys()));
      expect(new Set(keys.map(([key]) => key!.kid)).size).toBe(1);
      const fresh = await createSigningKey();
      expect(await stores[0]!.changeSigningKeys((known) => [fresh, ...known])).toHaveLength(2);
      for (const store of stores) expect((await store.signingKeys(true))[0]!.kid).toBe(fresh.kid);
    });

    test("a refresh token is replaced once, whoever is faster", async () => {
      const stores = await open(2);
      await stores[0]!.changeRefreshFamily("f", () => family);
      const rotated = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          stores[index % 2]!.changeRefreshFamily("f", (known) => (known?.hash === "h" ? { ...known, hash: `h${index}` } : known)),
        ),
      );
      const now = (await stores[1]!.refreshFamily("f"))!.hash;
      expect([now === "h", new Set(rotated.map((one) => one!.hash))]).toEqual([false, new Set([now])]);
      expect(await stores[1]!.changeRefreshFamily("f", () => undefined)).toBeUndefined();
      expect(await stores[0]!.refreshFamily("f")).toBeUndefined();
    });

    test("its state is all that it remembers, makes no key, and put into another store it is the same", async () => {
      const [store] = await open(1);
      expect(await store!.state()).toEqual({ keys: [], apps: [], people: [], families: [] });
      await store!.changeRefreshFamily("f", () => family);
      const [key] = await store!.signingKeys();
      const state = await store!.state();
      expect([state.keys, state.families]).toEqual([[key], [family]]);
      const other = createRecordIssuerStore(createMemoryRecords(Date.now));
      await putIssuerState(other, state);
      expect(await other.state()).toEqual(state);
    });
  });
}
