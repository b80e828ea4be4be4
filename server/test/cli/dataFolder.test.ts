import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
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
  expect(takeLock(path)).toHaveProperty("release");
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
