import { readFileSync } from "node:fs";
import type { ClientConfig } from "pg";

/** What `sslmode` may be: as in libpq (34.1.2), but for `allow` and `prefer`, which promise nothing; `no-verify` is another name of `require` without a root. */
const modes = ["disable", "require", "no-verify", "verify-ca", "verify-full"] as const;
type TlsMode = (typeof modes)[number];

const ofTls = ["sslmode", "sslrootcert", "sslcert", "sslkey", "uselibpqcompat"] as const;
/** Of several hosts the primary is looked for, whatever this says. */
const notForPg = "target_session_attrs";

/** How a client connects by a URL, TLS included. Throws an Error of one line for what of TLS cannot be used. */
export function clientSettings(url: string): ClientConfig {
  const given = new URL(url);
  const { searchParams } = given;
  if (![...ofTls, notForPg].some((name) => searchParams.has(name))) return { connectionString: url };
  const ssl = tlsOf(searchParams);
  for (const name of [...ofTls, notForPg]) searchParams.delete(name);
  return { connectionString: given.href, ...(ssl === undefined ? {} : { ssl }) };
}

/** The `sslmode` of a URL's query: what it says, else `verify-full` where certificates are named. Throws an Error that says what was expected. */
export function tlsModeOf(query: URLSearchParams): TlsMode | undefined {
  const given = query.get("sslmode");
  if (given === null) return query.has("sslrootcert") || query.has("sslcert") ? "verify-full" : undefined;
  const mode = modes.find((one) => one === given);
  if (mode === undefined) throw new Error(`sslmode ${modes.join(", ").replace(/, ([^,]*)$/, " or $1")}; this URL has another`);
  if (mode === "verify-ca" && !query.has("sslrootcert")) throw new Error("sslrootcert beside sslmode=verify-ca; this URL names none");
  return mode;
}

function tlsOf(query: URLSearchParams): ClientConfig["ssl"] {
  const mode = tlsModeOf(query);
  if (mode === undefined) return undefined;
  if (mode === "disable") return false;
  const root = query.get("sslrootcert");
  const ca = root === null || root === "system" ? undefined : fileOf(query, "sslrootcert");
  const own = query.has("sslcert") ? { cert: fileOf(query, "sslcert"), key: fileOf(query, "sslkey") } : {};
  const trust = ca === undefined ? {} : { ca };
  if (mode === "verify-full") return { ...own, ...trust };
  // With a root, libpq takes `require` for `verify-ca`: signed by it, whatever the name.
  return ca === undefined ? { ...own, rejectUnauthorized: false } : { ...own, ...trust, checkServerIdentity: () => undefined };
}

function fileOf(query: URLSearchParams, name: string): string {
  const path = query.get(name) ?? "";
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`the file of ${name} cannot be read (${path === "" ? "none is named" : path})`, { cause: error });
  }
}
