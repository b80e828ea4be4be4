import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { withLock } from "../../src/base/fileLock.ts";
import { root, startGroup } from "../process/server.ts";

/** Where the real clients are. */
export const clients: string = join(root, "clients");

/** Milliseconds that an installation may take. */
const patience = 300_000;

/** Installs the packages of clients/, or of a folder in it, unless those of its lock file are there. Fails, and says why, without a registry. */
export async function installClients(folder = ""): Promise<void> {
  const place = join(clients, folder);
  const wanted = createHash("sha256")
    .update(readFileSync(join(place, "package-lock.json")))
    .digest("hex");
  const stamp = join(place, "node_modules", ".installed");
  const isInstalled = (): boolean => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isInstalled()) return;
  const run = async (): Promise<void> => (isInstalled() ? undefined : install(place, () => writeFileSync(stamp, wanted)));
  await withLock(join(tmpdir(), `secgraph-clients-${wanted.slice(0, 16)}`), run, patience);
}

async function install(place: string, done: () => void): Promise<void> {
  const begun = Date.now();
  const name = relative(root, place).replaceAll("\\", "/");
  console.log(`Installing real clients once (npm ci in ${name}) ...`);
  const group = startGroup({ command: ["npm", "ci", "--no-progress", "--prefer-offline"], folder: place });
  const still = setInterval(() => console.log(`... npm ci has run for ${Math.round((Date.now() - begun) / 1000)} s`), 10_000);
  const cut = setTimeout(() => void group.kill(), patience);
  const { code, stdout, stderr } = await group.ended;
  clearInterval(still);
  clearTimeout(cut);
  if (code !== 0) {
    const why = code === null ? `took longer than ${patience / 1000} s` : `ended with code ${code}`;
    throw new Error(
      `Real clients are not installed, so nothing can be said about them: npm ci in ${name} ${why}. It needs the package registry, or a cache that has seen it.\n${stdout}${stderr}`,
    );
  }
  done();
  console.log(`... installed in ${Math.round((Date.now() - begun) / 1000)} s`);
}
