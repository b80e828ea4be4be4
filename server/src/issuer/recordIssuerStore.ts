import { AliasTaken } from "../base/records.ts";
import type { Records, RecordSet } from "../base/records.ts";
import type { AppRegistration, IssuerStore, Person, RefreshFamily, SigningKey } from "./issuerStore.ts";
import { createSigningKey } from "./signingKey.ts";

/** Families of refresh tokens that nobody used for so long go. */
const keptUnused = 180 * 24 * 3600 * 1000;

/** Milliseconds that this server relies on the keys it read. */
const keysFor = 500;

interface Ring {
  readonly keys: readonly SigningKey[];
}

/**
 * The issuer's memory as records that several servers share. What one changes the others see at once; that keys were
 * changed within a second, and a new key as soon as a token of it comes.
 */
export function createRecordIssuerStore(records: Records): IssuerStore {
  const rings = records<Ring>({ name: "signing keys" });
  const families = records<RefreshFamily>({ name: "refresh family", life: { milliseconds: keptUnused, since: "changed" } });
  const apps = records<AppRegistration>({ name: "app" });
  const people = records<Person>({ name: "person", aliasOf: ({ userPrincipalName }) => userPrincipalName.toLowerCase() });
  const keys = keepFor(keysFor, async () => {
    const known = await rings.find("ring");
    if (known !== undefined) return known.keys;
    const fresh = await createSigningKey();
    return (await rings.change("ring", (ring) => ring ?? { keys: [fresh] }))!.keys;
  });
  return {
    async state() {
      const ring = await rings.find("ring");
      return { keys: ring?.keys ?? [], apps: await apps.all(), people: await people.all(), families: await families.all() };
    },
    signingKeys: keys.read,
    async changeSigningKeys(change) {
      const next = await rings.change("ring", (ring) => ({ keys: change(ring?.keys ?? []) }));
      keys.forget();
      return next!.keys;
    },
    ...storeApps(apps),
    ...storePeople(people),
    refreshFamily: families.find,
    changeRefreshFamily: families.change,
  };
}

function storeApps(apps: RecordSet<AppRegistration>): Pick<IssuerStore, "apps" | "app" | "putApp" | "removeApp" | "changeApp"> {
  const changeKnown = async (clientId: string, change: (app: AppRegistration) => AppRegistration | undefined): Promise<boolean> => {
    let wasKnown = false;
    await apps.change(clientId.toLowerCase(), (known) => {
      wasKnown = known !== undefined;
      return known === undefined ? undefined : change(known);
    });
    return wasKnown;
  };
  return {
    apps: apps.all,
    app: (clientId) => apps.find(clientId.toLowerCase()),
    async putApp(app) {
      await apps.change(app.clientId.toLowerCase(), () => app);
    },
    removeApp: (clientId) => changeKnown(clientId, () => undefined),
    changeApp: changeKnown,
  };
}

function storePeople(people: RecordSet<Person>): Pick<IssuerStore, "people" | "person" | "changePerson"> {
  const find = async (name: string): Promise<Person | undefined> => (await people.find(name)) ?? people.findByAlias(name.toLowerCase());
  return {
    people: people.all,
    person: find,
    async changePerson(name, change) {
      for (;;) {
        const key = ((await find(name)) ?? change(undefined))?.id;
        if (key === undefined) return undefined;
        try {
          return await people.change(key, change);
        } catch (error) {
          // Somebody else has got the name meanwhile: then it is known.
          if (!(error instanceof AliasTaken) || (await people.findByAlias(name.toLowerCase())) === undefined) throw error;
        }
      }
    },
  };
}

/** Reads something and relies on it for a while; those who ask at the same moment share one reading. */
function keepFor<T>(milliseconds: number, load: () => Promise<T>): { readonly read: (fresh?: boolean) => Promise<T>; readonly forget: () => void } {
  let kept: { readonly value: T; readonly at: number } | undefined;
  let loading: Promise<T> | undefined;
  async function loadNow(): Promise<T> {
    const at = performance.now();
    try {
      const value = await load();
      kept = { value, at };
      return value;
    } finally {
      loading = undefined;
    }
  }
  return {
    async read(fresh = false) {
      if (!fresh && kept !== undefined && performance.now() - kept.at < milliseconds) return kept.value;
      return (loading ??= loadNow());
    },
    forget: () => void (kept = undefined),
  };
}
