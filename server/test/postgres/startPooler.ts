import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Client } from "pg";
import { inject } from "vitest";
import { unprivileged } from "./startPostgres.ts";

const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

/** The machine's pgbouncer, or the one that `SECGRAPH_TEST_PGBOUNCER` names; undefined where there is none. */
export const pgbouncer: string | undefined =
  process.env["SECGRAPH_TEST_PGBOUNCER"] ?? folders.map((folder) => join(folder, "pgbouncer")).find((path) => existsSync(path));

/** Connections that it keeps to each database. */
export const connectionsBehind = 2;

/** Starts it in transaction mode before the server of this run, with its files in a folder. */
export async function startPooler(folder: string, port: number): Promise<ChildProcess> {
  const server = new URL(inject("postgres"));
  const version = /PgBouncer (\d+)\.(\d+)/.exec(spawnSync(pgbouncer!, ["--version"], { encoding: "utf8" }).stdout) ?? [];
  const knowsStatements = Number(version[1]) > 1 || Number(version[2]) >= 21;
  writeFileSync(join(folder, "users"), `"postgres" ""\n`);
  const lines = [
    "[databases]",
    `* = host=127.0.0.1 port=${server.port}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = trust",
    `auth_file = ${join(folder, "users")}`,
    "pool_mode = transaction",
    `default_pool_size = ${connectionsBehind}`,
    `logfile = ${join(folder, "log")}`,
    ...(knowsStatements ? ["max_prepared_statements = 200"] : []),
  ];
  writeFileSync(join(folder, "ini"), `${lines.join("\n")}\n`);
  const user = unprivileged();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const child = spawn(pgbouncer!, [join(folder, "ini")], { ...user, stdio: "ignore" });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const client = new Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    client.on("error", () => undefined);
    const up = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (up) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`pgbouncer did not start: ${readFileSync(join(folder, "log"), "utf8")}`);
}
