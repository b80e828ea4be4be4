import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { crashEnv } from "../test/process/crashRounds.ts";
import { inspectFile } from "../test/process/inspectFile.ts";
import { program, runToEnd, startGroup, startServer, waitFor, type ServerProcess } from "../test/process/server.ts";
import { openPatient, untilWell, type Patient } from "../test/disk/sickRounds.ts";

/** The same as server/test/disk/sickDisk.test.ts where there is no C compiler: with what Linux has for making a disk end. */
const temp = mkdtempSync(join(tmpdir(), "secgraph-real-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const emulator = [...program, "emulator"];

function works(...[command = "", ...args]: readonly string[]): boolean {
  return process.platform === "linux" && spawnSync(command, args).status === 0;
}

function skipped(needed: string, ...probe: readonly string[]): boolean {
  const missing = !works(...probe);
  if (missing) console.log(`Skipped: a test needs ${needed}, which does not work here.`);
  return missing;
}

async function fillAndEmpty(name: string, server: ServerProcess, { fill, empty, status }: Ends): Promise<readonly string[]> {
  const patient: Patient = await openPatient(server);
  await patient.writeUntil("acknowledged", 50);
  fill();
  await patient.writeUntil("refused", 50);
  expect(new Set(patient.told.refused.values())).toEqual(new Set([status]));
  expect(await patient.read()).toEqual([200]);
  expect([await patient.probe("/healthz"), await patient.probe("/readyz")]).toEqual([200, 503]);
  empty();
  const back = await untilWell(patient);
  await patient.writeUntil("acknowledged", 50);
  const faults = await patient.recount();
  console.log(
    `${name}: ${patient.told.acknowledged.size} acknowledged, ${patient.told.refused.size} refused, ${faults.length} faults, back in ${Math.round(back)} ms`,
  );
  server.signal("SIGTERM");
  const { code } = await server.ended;
  return code === 0 ? faults : [...faults, `The server ended with ${code}.`];
}

interface Ends {
  readonly fill: () => void;
  readonly empty: () => void;
  readonly status: number;
}

describe("a disk that comes to its end", () => {
  test.skipIf(skipped("prlimit", "prlimit", "--version"))("a file may grow no further (ulimit -f): 503 until it may", { timeout: 120_000 }, async () => {
    const data = join(temp, "limit");
    const server = await startServer({ command: emulator, data, env: crashEnv });
    const { pid } = JSON.parse(readFileSync(join(data, "lock"), "utf8")) as { readonly pid: number };
    const limit = (bytes: string): void => expect(spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]).status).toBe(0);
    const size = (): number => statSync(join(data, "secgraph.sqlite-wal")).size;
    const faults = await fillAndEmpty("ulimit -f", server, { fill: () => limit(String(size())), empty: () => limit("unlimited"), status: 503 });
    expect(faults).toEqual([]);
    expect(inspectFile(join(data, "secgraph.sqlite")).faults).toEqual([]);
  });

  test.skipIf(skipped("a mount of its own (unshare -rm)", "unshare", "-rm", "true"))(
    "a full file system: 507 until there is room",
    { timeout: 120_000 },
    async () => {
      const mount = join(temp, "mount");
      mkdirSync(mount);
      // Seen through the process that holds it, and gone with that.
      const holder = startGroup({
        command: ["unshare", "-rm", "sh", "-c", `mount -t tmpfs -o size=24m tmpfs "$0" && touch "$0/mounted" && exec sleep 600`, mount],
      });
      const inside = `/proc/${holder.pid}/root${mount}`;
      await waitFor(() => (existsSync(join(inside, "mounted")) ? true : undefined), { group: holder, patience: 10_000 });
      const enter = ["nsenter", "--target", String(holder.pid), "--user", "--mount", "--preserve-credentials"];
      const env = { ...crashEnv, SECGRAPH_DATA: join(mount, "data") };
      const server = await startServer({ command: [...enter, ...emulator], data: join(inside, "data"), env });
      const filler = join(inside, "filler");
      const faults = await fillAndEmpty("a full tmpfs", server, { fill: () => fillUp(filler), empty: () => rmSync(filler), status: 507 });
      expect(faults).toEqual([]);
      copyFileSync(join(inside, "data", "secgraph.sqlite"), join(temp, "copy.sqlite"));
      expect(inspectFile(join(temp, "copy.sqlite")).faults).toEqual([]);
      await holder.kill();
    },
  );
});

/** Takes what is left, to the last page. */
function fillUp(file: string): void {
  for (const block of [1 << 20, 1 << 12]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(block, 1), { flag: "a" });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
    }
  }
}

describe("a folder that may not be written", () => {
  const asNobody = isRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : [];
  test.skipIf(skipped("setpriv", ...(isRoot ? [...asNobody, process.execPath, "--version"] : ["true"])))(
    "is one clear line at the start (chmod)",
    { timeout: 60_000 },
    async () => {
      const data = join(temp, "closed");
      mkdirSync(data);
      if (isRoot) chownSync(data, nobody, nobody);
      chmodSync(data, 0o500);
      chmodSync(temp, 0o755);
      const { code, stdout, stderr } = await runToEnd({ command: [...asNobody, ...emulator], env: { ...crashEnv, PORT: "0", SECGRAPH_DATA: data, HOME: "/" } });
      expect([code, stdout, stderr.trim().split("\n")]).toEqual([1, "", [expect.stringMatching(/^secgraph: EACCES: permission denied, open '.+'$/)]]);
    },
  );
});
