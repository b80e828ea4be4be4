import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockHolder, takeLock, withLock } from "../../src/base/fileLock.ts";
import { lockDataFolder, runningPorts } from "../../src/cli/dataFolder.ts";
import { temporaryFolder } from "./program.ts";

const here = { host: hostname(), started: "", notes: {} };

test("a folder is locked once, tells its ports, and is free again", () => {
  const folder = temporaryFolder();
  const lock = lockDataFolder(folder);
  lock.note({ port: "1", tlsPort: "2", https: "https://localhost:2" });
  expect(runningPorts(folder)).toEqual({ port: 1, tlsPort: 2 });
  expect(() => lockDataFolder(folder)).toThrow(`The data folder ${folder} is in use by process ${process.pid} (https://localhost:2).`);
  lock.release();
  expect(runningPorts(folder)).toBeUndefined();
  lockDataFolder(folder).release();
  expect(readdirSync(folder)).toEqual([]);
});

test("the lock of a process that has ended is taken over, also when another has its number or wrote half", () => {
  const path = join(temporaryFolder(), "lock");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const dead = [
    { ...here, pid },
    { ...here, pid: process.pid },
    { ...here, pid: process.ppid, started: "long ago" },
  ].map((holder) => JSON.stringify(holder));
  for (const text of [...dead, '{"pid":', ""]) {
    writeFileSync(path, text);
    const lock = takeLock(path);
    expect(lock).toHaveProperty("release");
    (lock as { release: () => void }).release();
    expect(existsSync(path)).toBe(false);
  }
});

test("the lock of another host stands while its heart beats", () => {
  const path = join(temporaryFolder(), "lock");
  writeFileSync(path, JSON.stringify({ ...here, host: "another", pid: 1 }));
  expect(takeLock(path)).toMatchObject({ host: "another", pid: 1 });
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(path, longAgo, longAgo);
  expect(lockHolder(path)).toBeUndefined();
  // The clock was a day ahead when the other host ended.
  const ahead = new Date(Date.now() + 24 * 3600_000);
  utimesSync(path, ahead, ahead);
  expect(lockHolder(path)).toBeUndefined();
  expect(takeLock(path)).toHaveProperty("release");
});

test.skipIf(process.platform === "win32")("what others may read of ours is taken from them; what is not ours stays as it is", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "tls"));
  const files = ["secgraph.sqlite", "secgraph.sqlite.before-20260101T000000000Z", "development.json", "tls/ca.pem", "notes.txt"];
  for (const name of files) writeFileSync(join(folder, name), "");
  for (const name of ["tls", ...files]) chmodSync(join(folder, name), 0o755);
  lockDataFolder(folder).release();
  const modes = ["tls", ...files].map((name) => `${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`);
  expect(modes).toEqual([...["tls", ...files.slice(0, -1)].map((name) => `${name} 700`), "notes.txt 755"]);
});

test("short work waits for its turn", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "count");
  writeFileSync(file, "0");
  await Promise.all(
    Array.from({ length: 10 }, () =>
      withLock(join(folder, "lock"), async () => {
        const count = Number(readFileSync(file, "utf8"));
        await new Promise((resolve) => setTimeout(resolve, 2));
        writeFileSync(file, String(count + 1));
      }),
    ),
  );
  expect(readFileSync(file, "utf8")).toBe("10");
});
