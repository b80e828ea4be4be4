import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeDurably } from "../base/durableFile.ts";
import { withLock } from "../base/fileLock.ts";
import type { AppRegistration, IssuerStore, SigningKey } from "./issuerStore.ts";
import { createSigningKey } from "./signingKey.ts";

interface AppsFile {
  readonly apps: readonly AppRegistration[];
}
interface KeysFile {
  readonly keys: readonly SigningKey[];
}

/**
 * The issuer's memory as two JSON files of a folder (0700, files 0600). The server and the CLI may use it at once:
 * a change is made under a lock on the newest content and replaces the file whole; readers look whether the file moved.
 */
export function createFileIssuerStore(folder: string): IssuerStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, "lock");
  const apps = jsonFile<AppsFile>(join(folder, "apps.json"), { apps: [] });
  const keys = jsonFile<KeysFile>(join(folder, "keys.json"), { keys: [] });

  function changeApps(change: (list: readonly AppRegistration[]) => readonly AppRegistration[]): Promise<boolean> {
    return withLock(lock, () => {
      const before = apps.read().apps;
      const after = change(before);
      if (after === before) return false;
      apps.write({ apps: after });
      return true;
    });
  }
  async function makeFirstKey(): Promise<readonly SigningKey[]> {
    return withLock(lock, async () => {
      if (keys.read().keys.length === 0) keys.write({ keys: [await createSigningKey()] });
      return keys.read().keys;
    });
  }

  return {
    async signingKeys() {
      const known = keys.read().keys;
      return known.length > 0 ? known : makeFirstKey();
    },
    apps: async () => apps.read().apps,
    app: async (clientId) => apps.read().apps.find((app) => isNamed(app, clientId)),
    async putApp(app) {
      await changeApps((list) => [...list.filter((other) => !isNamed(other, app.clientId)), app]);
    },
    removeApp: (clientId) => changeApps((list) => (list.some((app) => isNamed(app, clientId)) ? list.filter((app) => !isNamed(app, clientId)) : list)),
    changeApp: (clientId, change) =>
      changeApps((list) => (list.some((app) => isNamed(app, clientId)) ? list.map((app) => (isNamed(app, clientId) ? change(app) : app)) : list)),
  };
}

function isNamed(app: AppRegistration, clientId: string): boolean {
  return app.clientId.toLowerCase() === clientId.toLowerCase();
}

/** A JSON file that is parsed again when it was replaced; `empty` while it is not there. */
function jsonFile<T>(path: string, empty: T): { readonly read: () => T; readonly write: (value: T) => void } {
  let mark = "";
  let value = empty;
  return {
    read() {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      const now = stat === undefined ? "" : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
      if (now !== mark) {
        value = stat === undefined ? empty : (JSON.parse(readFileSync(path, "utf8")) as T);
        mark = now;
      }
      return value;
    },
    write: (next) => writeDurably(path, `${JSON.stringify(next, null, 2)}\n`),
  };
}
