import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { appendFileSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { freePort } from "../process/freePort.ts";
import { findPostgres, type Postgres } from "./findPostgres.ts";

export interface PostgresOptions {
  /** The folder in which the data's own is made; that of temporary files when absent. */
  readonly folder?: string;
  /** Every commit on disk before it is told, as in production; without it nothing is synced. */
  readonly durable?: boolean;
  /** Further settings: lines of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly postgres?: Postgres;
  /** Further variables of the server's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** An empty folder that the write-ahead log is put into, in segments of 1 MB: a disk of its own, which the server's user may write to. */
  readonly walFolder?: string;
  /** The URL of a running server that this one follows: a hot standby by streaming replication. */
  readonly follows?: string;
}

/** A server of PostgreSQL of the tests' own, on 127.0.0.1, with the superuser `postgres` who needs no password. */
export interface PostgresServer extends Pick<Postgres, "bin" | "version"> {
  readonly port: number;
  /** The URL of the database `postgres`, as superuser. */
  readonly url: string;
  readonly data: string;
  /** What the server wrote to its log. */
  readonly log: () => string;
  readonly pid: () => number;
  /** False once its process has ended, however. */
  readonly isUp: () => boolean;
  /** Ends the server: `SIGINT` (fast, the default), `SIGQUIT` (immediate: as after a crash) or `SIGKILL`. */
  readonly halt: (signal?: "SIGINT" | "SIGQUIT" | "SIGKILL") => Promise<void>;
  /** Starts it again on the same port with the same data. */
  readonly resume: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** Makes a cluster in a temporary folder and starts its server; the caller stops it. As root it runs as another user. */
export async function startPostgres({
  durable = false,
  settings = {},
  postgres = findPostgres(),
  env = {},
  walFolder,
  follows,
  folder = tmpdir(),
}: PostgresOptions = {}): Promise<PostgresServer> {
  const user = unprivileged();
  const home = mkdtempSync(join(folder, "secgraph-pg-"));
  const data = join(home, "data");
  if (user !== undefined) chownSync(home, user.uid, user.gid);
  try {
    const { bin } = reachableBy(user, postgres, home);
    if (follows === undefined) initialize(bin, { data, user, walFolder });
    else await copyOf(follows, { data, user });
    const port = await freePort();
    const all = { ...(durable ? {} : unsynced), ...usual, ...settings, port };
    const standing = { bin, data, user, port, settings: all, env };
    let running = await launch(standing);
    return {
      bin,
      version: postgres.version,
      port,
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      data,
      log: () => readFileSync(join(home, "log"), "utf8"),
      pid: () => running.pid!,
      isUp: () => running.exitCode === null && running.signalCode === null,
      halt: (signal) => end(running, signal),
      resume: async () => void (running = await launch(standing)),
      async stop() {
        await end(running);
        rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

interface Standing {
  readonly bin: string;
  readonly data: string;
  readonly user: User | undefined;
  readonly port: number;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly env: Readonly<Record<string, string>>;
}

const unsynced = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", wal_level: "minimal", max_wal_senders: 0 };
const usual = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: 200,
  shared_buffers: "64MB",
  max_wal_size: "4GB",
  max_locks_per_transaction: 1024,
  deadlock_timeout: "200ms",
  log_min_messages: "warning",
  log_min_error_statement: "panic",
};

/** PostgreSQL refuses to run as root: the user `postgres`, else `nobody`. Undefined for an ordinary user. */
export function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = new Map(
    readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .map(([name = "", , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const user = users.get("postgres") ?? users.get("nobody");
  if (user === undefined) throw new Error("PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody'.");
  return user;
}

/** The programs, copied where the user may start them when it cannot reach them (a checkout below /root). */
function reachableBy(user: User | undefined, postgres: Postgres, home: string): Pick<Postgres, "bin"> {
  if (user === undefined || spawnSync(join(postgres.bin, "postgres"), ["--version"], { ...user, cwd: "/" }).status === 0) return postgres;
  if (postgres.origin === "system") throw new Error(`${postgres.bin} cannot be reached by the user ${user.uid}.`);
  cpSync(join(postgres.bin, ".."), join(home, "native"), { recursive: true, verbatimSymlinks: true });
  return { bin: join(home, "native", "bin") };
}

function initialize(bin: string, { data, user, walFolder }: Pick<Standing, "data" | "user"> & { readonly walFolder: string | undefined }): void {
  const wal = walFolder === undefined ? [] : ["--waldir", walFolder, "--wal-segsize=1"];
  const options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "-D", data, ...wal];
  const { status, stderr, error } = spawnSync(join(bin, "initdb"), options, { ...user, cwd: "/", encoding: "utf8" });
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
}

/** The data of a running server of this machine, set up to follow it: by its own functions (PostgreSQL 26.3.4), for the package brings no pg_basebackup. */
async function copyOf(url: string, { data, user }: Pick<Standing, "data" | "user">): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ from: string }>("SELECT current_setting('data_directory') AS from FROM pg_backup_start('standby', true)");
    const { status, stderr } = spawnSync("cp", ["-a", rows[0]!.from, data], { ...user, cwd: "/", encoding: "utf8" });
    if (status !== 0) throw new Error(`The data of the primary cannot be copied: ${stderr}`);
    const { rows: ended } = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop()");
    const { hostname, port, username } = new URL(url);
    rmSync(join(data, "postmaster.pid"));
    for (const name of readdirSync(join(data, "pg_wal"))) rmSync(join(data, "pg_wal", name), { recursive: true });
    mkdirSync(join(data, "pg_wal", "archive_status"));
    writeFileSync(join(data, "backup_label"), ended[0]!.labelfile);
    writeFileSync(join(data, "standby.signal"), "");
    appendFileSync(join(data, "postgresql.auto.conf"), `primary_conninfo = 'host=${hostname} port=${port} user=${username}'\n`);
    if (user === undefined) return;
    for (const path of ["pg_wal/archive_status", "backup_label", "standby.signal"]) chownSync(join(data, path), user.uid, user.gid);
  } finally {
    await client.end();
  }
}

/** Starts the server; again for a while when processes of one that was killed still hold its memory. */
async function launch(standing: Standing): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const child = begin(standing);
    if (await isUp(child, standing.port)) return child;
    const log = readFileSync(join(standing.data, "..", "log"), "utf8").slice(-1000);
    if (attempt === 50 || !log.includes("still in use")) throw new Error(`PostgreSQL did not start: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function begin({ bin, data, user, settings, env }: Standing): ChildProcess {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn("/bin/sh", ["-c", 'exec "$0" "$@" >> "$LOG" 2>&1', join(bin, "postgres"), "-D", data, ...options], {
    ...user,
    cwd: "/",
    env: { PATH: process.env["PATH"], LOG: join(data, "..", "log"), LC_ALL: "C", TZ: "UTC", ...env },
    stdio: "ignore",
  });
  const stop = (): unknown => child.kill("SIGINT");
  process.once("exit", stop);
  child.once("exit", () => process.off("exit", stop));
  return child;
}

async function isUp(child: ChildProcess, port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 600 && child.exitCode === null && child.signalCode === null; attempt += 1) {
    if (await answers(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  return false;
}

async function answers(port: number): Promise<boolean> {
  const client = new Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres", connectionTimeoutMillis: 2000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGINT"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}
