import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolderDurably, writeDurably } from "../base/durableFile.ts";
import { withLock } from "../base/fileLock.ts";
import type { AppRegistration, IssuerStore, Person, RefreshFamily, SigningKey } from "./issuerStore.ts";
import { createSigningKey } from "./signingKey.ts";

/** Families of refresh tokens that nobody used for so long are dropped when the file is written. */
const keptUnused = 180 * 24 * 3600 * 1000;

/**
 * The issuer's memory as JSON files of a folder (0700, files 0600). The server and the CLI may use it at once:
 * a change is made under a lock on the newest content and replaces the file whole; readers look whether the file moved.
 */
export function createFileIssuerStore(folder: string): IssuerStore {
  makeFolderDurably(folder);
  const lock = join(folder, "lock");
  const keys = jsonList<SigningKey>(join(folder, "keys.json"), "keys");

  async function makeFirstKey(): Promise<readonly SigningKey[]> {
    return withLock(lock, async () => {
      if (keys.read().length === 0) keys.write([await createSigningKey()]);
      return keys.read();
    });
  }

  const apps = jsonList<AppRegistration>(join(folder, "apps.json"), "apps");
  const people = jsonList<Person>(join(folder, "people.json"), "people");
  const families = jsonList<RefreshFamily>(join(folder, "refresh.json"), "families");
  return {
    state: async () => ({ keys: keys.read(), apps: apps.read(), people: people.read(), families: families.read() }),
    async signingKeys() {
      const known = keys.read();
      return known.length > 0 ? known : makeFirstKey();
    },
    changeSigningKeys: (change) =>
      withLock(lock, () => {
        keys.write(change(keys.read()));
        return keys.read();
      }),
    ...storeApps(lock, apps),
    ...storePeople(lock, people),
    ...storeRefreshFamilies(lock, families),
  };
}

function storeApps(lock: string, apps: JsonList<AppRegistration>): Pick<IssuerStore, "apps" | "app" | "putApp" | "removeApp" | "changeApp"> {
  function changeApps(change: (list: readonly AppRegistration[]) => readonly AppRegistration[]): Promise<boolean> {
    return withLock(lock, () => {
      const before = apps.read();
      const after = change(before);
      if (after === before) return false;
      apps.write(after);
      return true;
    });
  }
  return {
    apps: async () => apps.read(),
    app: async (clientId) => apps.read().find((app) => isNamed(app, clientId)),
    async putApp(app) {
      await changeApps((list) => [...list.filter((other) => !isNamed(other, app.clientId)), app]);
    },
    removeApp: (clientId) => changeApps((list) => (list.some((app) => isNamed(app, clientId)) ? list.filter((app) => !isNamed(app, clientId)) : list)),
    changeApp: (clientId, change) =>
      changeApps((list) => (list.some((app) => isNamed(app, clientId)) ? list.map((app) => (isNamed(app, clientId) ? change(app) : app)) : list)),
  };
}

function storePeople(lock: string, people: JsonList<Person>): Pick<IssuerStore, "people" | "person" | "changePerson"> {
  return {
    people: async () => people.read(),
    person: async (name) => people.read().find((person) => isPerson(person, name)),
    changePerson: (name, change) => changeOne(lock, people, { is: (person) => isPerson(person, name), change }),
  };
}

function storeRefreshFamilies(lock: string, families: JsonList<RefreshFamily>): Pick<IssuerStore, "refreshFamily" | "changeRefreshFamily"> {
  const isKept = ({ used }: RefreshFamily): boolean => Date.parse(used) > Date.now() - keptUnused;
  const pruned = { read: families.read, write: (list: readonly RefreshFamily[]) => families.write(list.filter(isKept)) };
  return {
    refreshFamily: async (id) => families.read().find((family) => family.id === id),
    changeRefreshFamily: (id, change) => changeOne(lock, pruned, { is: (family) => family.id === id, change }),
  };
}

interface OneChange<T> {
  readonly is: (item: T) => boolean;
  readonly change: (known: T | undefined) => T | undefined;
}

function changeOne<T>(lock: string, list: JsonList<T>, { is, change }: OneChange<T>): Promise<T | undefined> {
  return withLock(lock, () => {
    const items = list.read();
    const known = items.find(is);
    const next = change(known);
    if (next === known) return next;
    const others = items.filter((item) => item !== known);
    list.write(next === undefined ? others : [...others, next]);
    return next;
  });
}

function isNamed(app: AppRegistration, clientId: string): boolean {
  return app.clientId.toLowerCase() === clientId.toLowerCase();
}

function isPerson({ id, userPrincipalName }: Person, name: string): boolean {
  return id === name || userPrincipalName.toLowerCase() === name.toLowerCase();
}

interface JsonList<T> {
  readonly read: () => readonly T[];
  readonly write: (list: readonly T[]) => void;
}

/** A JSON file with one list that is parsed again when it was replaced; empty while it is not there. */
function jsonList<T>(path: string, name: string): JsonList<T> {
  let mark = "";
  let list: readonly T[] = [];
  return {
    read() {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      const now = stat === undefined ? "" : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
      if (now !== mark) {
        list = stat === undefined ? [] : ((JSON.parse(readFileSync(path, "utf8")) as Record<string, readonly T[]>)[name] ?? []);
        mark = now;
      }
      return list;
    },
    write: (next) => writeDurably(path, `${JSON.stringify({ [name]: next }, null, 2)}\n`),
  };
}
