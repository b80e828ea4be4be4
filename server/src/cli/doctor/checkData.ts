import { X509Certificate, createPrivateKey } from "node:crypto";
import { accessSync, constants, existsSync, globSync, readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { inspectDatabase } from "../../store/sqlite/inspectDatabase.ts";
import type { Configuration } from "../configuration.ts";
import { restoreMark } from "../dataFolder.ts";
import { dataFile } from "../openStore.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** The data folder is its owner's alone, and this user may write to it. */
export function checkPermissions({ data }: Pick<Configuration, "data">): readonly Finding[] {
  if (!existsSync(data)) return [ok("permissions", `${data} is not there yet; the first start makes it.`)];
  const findings: Finding[] = [];
  try {
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    findings.push(fail("permissions", `This user may not read and write ${data}.`, "Run as the user whom the folder belongs to (chown)."));
  }
  if (existsSync(join(data, restoreMark)))
    findings.push(fail("permissions", `A restore into ${data} was interrupted.`, "Run secgraph restore again, with --force."));
  const paths = ["", ...globSync("**/*", { cwd: data })].map((name) => join(data, name));
  const open = process.platform === "win32" ? [] : paths.filter(isOpen);
  if (open.length > 0) {
    const some = `${open.slice(0, 5).join(", ")}${open.length > 5 ? ` and ${open.length - 5} more` : ""}`;
    findings.push(fail("permissions", `Others of this machine may read or change ${some}.`, `chmod -R go-rwx ${data}`));
  }
  return findings.length > 0 ? findings : [ok("permissions", `${data} is its owner's alone.`)];
}

/** Certificates may be read, but in a folder that others cannot enter nothing can. */
function isOpen(path: string): boolean {
  const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
  return (mode & (path.endsWith(".pem") && !path.endsWith("-key.pem") ? 0o022 : 0o077)) !== 0;
}

/** The data file is whole and of a version that this program reads. */
export function checkDatabase({ data }: Pick<Configuration, "data">): readonly Finding[] {
  const file = dataFile(data);
  if (!existsSync(file)) return [ok("database", "There are no data yet; the first start makes the file.")];
  try {
    const { version, known, counts, faults } = inspectDatabase(file, "quick");
    if (version > known)
      return [
        fail("database", `The data are of store version ${version}; this program knows ${known}.`, "Start the newer version, or restore a backup of before."),
      ];
    if (version === 0) return [fail("database", `${file} is a SQLite database, but not one of secgraph.`, "Choose another data folder.")];
    if (faults.length > 0)
      return [
        fail(
          "database",
          `The data are damaged: ${faults.slice(0, 3).join("; ")}.`,
          "Stop the server and restore the last backup (secgraph restore --force keeps the damaged data aside).",
        ),
      ];
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const older =
      version < known ? [warn("database", `The data are of store version ${version}.`, `The next start brings them to version ${known}, after a copy.`)] : [];
    return [ok("database", `Whole, store version ${version}, ${rows} rows in all tables.`), ...older, ...checkLog(file)];
  } catch (error) {
    return [fail("database", `${file} cannot be read: ${(error as Error).message}.`, "Check the disk, then restore the last backup.")];
  }
}

/** More than a server leaves standing whose disk takes what is written. */
const largeLog = 128 * 1024 * 1024;

/** The write-ahead log is brought into the data file again and again. */
function checkLog(file: string): readonly Finding[] {
  const { size } = statSync(`${file}-wal`, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size <= largeLog) return [];
  const megabytes = Math.round(size / 1024 / 1024);
  return [
    warn(
      "database",
      `The write-ahead log has ${megabytes} MB: it does not get into the data file.`,
      "Look for store.checkpoint_failed in the server's log, and see that the disk is well and has room.",
    ),
  ];
}

const day = 24 * 3600 * 1000;

/** The certificates of https: how long they are good, and for which names. */
export function checkCertificates(configuration: Configuration, now: number = Date.now()): readonly Finding[] {
  const { tlsPort, tlsCert, tlsKey, data } = configuration;
  if (tlsPort === "off") return [ok("certificates", "https is off.")];
  if (tlsCert !== undefined && tlsKey !== undefined)
    return checkPair({ name: "the configured certificate", cert: tlsCert, key: tlsKey, names: namesOf(configuration), now, renewed: false });
  const tls = (name: string): string => join(data, "tls", name);
  if (!existsSync(tls("ca.pem"))) return [ok("certificates", "There is no local CA yet; the first start makes it.")];
  const ca = checkPair({ name: "the local CA", cert: tls("ca.pem"), key: tls("ca-key.pem"), names: [], now, renewed: false });
  const leaf = existsSync(tls("server.pem"))
    ? checkPair({ name: "the server's certificate", cert: tls("server.pem"), key: tls("server-key.pem"), names: namesOf(configuration), now, renewed: true })
    : [];
  return [...ca, ...leaf];
}

/** What clients call this server, as far as the settings say. */
function namesOf({ hosts, publicUrl }: Configuration): readonly string[] {
  const named = hosts.filter((host) => host !== "::" && host !== "0.0.0.0");
  return [...named, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, "")])];
}

interface Pair {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly names: readonly string[];
  readonly now: number;
  /** The server makes it anew by itself. */
  readonly renewed: boolean;
}

function checkPair({ name, cert, key, names, now, renewed }: Pair): readonly Finding[] {
  const check = "certificates";
  let found: X509Certificate;
  try {
    found = new X509Certificate(readFileSync(cert));
    if (!found.checkPrivateKey(createPrivateKey(readFileSync(key))))
      return [fail(check, `The key in ${key} is not that of ${name}.`, "Put the key there that belongs to the certificate.")];
  } catch (error) {
    return [
      fail(check, `Of ${name} the files ${cert} and ${key} cannot be read: ${(error as Error).message}.`, "Put a certificate and its key there, as PEM."),
    ];
  }
  const left = Math.floor((Date.parse(found.validTo) - now) / day);
  const missing = names.filter((host) => (isIP(host) === 0 ? found.checkHost(host) : found.checkIP(host)) === undefined);
  const remedy = renewed ? "The next start makes a new one." : "Renew it.";
  if (left < 0) return [(renewed ? warn : fail)(check, `${sentence(name)} ended ${-left} days ago.`, remedy)];
  if (missing.length > 0) return [(renewed ? warn : fail)(check, `${sentence(name)} does not name ${missing.join(", ")}.`, remedy)];
  if (left < 30) return [warn(check, `${sentence(name)} ends in ${left} days.`, remedy)];
  return [ok(check, `${sentence(name)} is good for ${left} days${names.length === 0 ? "" : ` and for ${names.join(", ")}`}.`)];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
