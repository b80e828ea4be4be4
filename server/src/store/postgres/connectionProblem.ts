import { tlsModeOf } from "./clientSettings.ts";
import { DatabaseError } from "./databaseError.ts";
import { hostsOf } from "./hostsOf.ts";

/** Where a URL leads, without its password. */
export interface Destination {
  /** `host:port`, or the folder of a Unix socket. */
  readonly server: string;
  readonly database: string;
  readonly user: string;
}

/** Reads a URL of PostgreSQL (libpq, 34.1.1.2). Throws an Error that says what was expected, and never repeats the URL: it may hold a password. */
export function destinationOf(url: string): Destination {
  const wanted = "postgres://user:password@host:port/database";
  if (!/^postgres(?:ql)?:\/\//i.test(url)) throw new Error(`a URL of PostgreSQL (${wanted}); this one has another scheme`);
  const each = hostsOf(url);
  if (each.length > 1) {
    const all = each.map(destinationOf);
    return { ...all[0]!, server: all.map(({ server }) => server).join(" and ") };
  }
  if (!URL.canParse(url.replace(/^[a-z]+:/i, "http:")) && !/^[a-z]+:\/\/\//i.test(url))
    throw new Error(`a URL of PostgreSQL (${wanted}); this one cannot be read`);
  const { hostname, port, pathname, searchParams, username } = new URL(url);
  const database = decodeURIComponent(pathname.replace(/^\//, ""));
  if (database === "") throw new Error(`a URL of PostgreSQL (${wanted}); this one names no database`);
  const host = hostname === "" ? (searchParams.get("host") ?? "") : decodeURIComponent(hostname);
  tlsModeOf(searchParams);
  if (host === "") throw new Error(`a URL of PostgreSQL (${wanted}); this one names no host`);
  return {
    server: host.startsWith("/") ? host : `${host}:${port === "" ? "5432" : port}`,
    database,
    user: decodeURIComponent(username) || (searchParams.get("user") ?? process.env["USER"] ?? ""),
  };
}

const byState: Readonly<Record<string, (to: Destination, message: string) => string>> = {
  "3D000": ({ server, database }) =>
    `There is no database '${database}' on ${server}. Make it there: CREATE DATABASE "${database}" ENCODING 'UTF8' TEMPLATE template0`,
  "28P01": ({ server, user }) => `${server} does not let the user '${user}' in: the password is wrong, or there is no such user`,
  "28000": ({ server, user }, message) =>
    message.includes("no encryption")
      ? `${server} does not let the user '${user}' in without TLS: add sslmode=verify-full to the URL, and sslrootcert where the CA is not a public one`
      : `${server} does not let the user '${user}' in: look at pg_hba.conf and at the user's right to log in`,
  "53300": ({ server }) => `${server} has no connection free: raise its max_connections, or lower SECGRAPH_DATABASE_CONNECTIONS`,
  "57P03": ({ server }) => `${server} is starting or stopping: try again in a moment`,
  "42501": ({ server, database, user }) =>
    `The user '${user}' may not connect to '${database}' on ${server}: GRANT CONNECT ON DATABASE "${database}" TO "${user}"`,
};

const byCode: Readonly<Record<string, (to: Destination) => string>> = {
  ECONNREFUSED: ({ server }) => `Nothing listens at ${server}: is PostgreSQL running there?`,
  ENOTFOUND: ({ server }) => `The host of ${server} is not known here`,
  EAI_AGAIN: ({ server }) => `The host of ${server} is not known here: the name service does not answer`,
  EHOSTUNREACH: ({ server }) => `${server} cannot be reached from here`,
  ENETUNREACH: ({ server }) => `${server} cannot be reached from here`,
  ETIMEDOUT: ({ server }) => `${server} does not answer: look at the address and at firewalls`,
  ESTANDBY: ({ server }) => `Of ${server} none is a primary`,
  ENOENT: ({ server }) => `There is no socket of PostgreSQL in ${server}`,
};

const untrusted = ({ server }: Destination): string =>
  `TLS with ${server}: the CA of its certificate is not trusted here. Name the CA's file in the URL, sslrootcert=..., or leave the certificate unchecked with sslmode=require`;

/** What is wrong with TLS, by the code of Node's error. */
const byTlsCode: Readonly<Record<string, (to: Destination) => string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  CERT_HAS_EXPIRED: ({ server }) => `TLS with ${server}: its certificate has expired`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ server }) =>
    `TLS with ${server}: its certificate is for other names. Use one of them in the URL, or sslmode=verify-ca, which checks the CA alone`,
};

/** What pg says itself, without a code. */
const byMessage: readonly (readonly [RegExp, (to: Destination) => string])[] = [
  [/does not support SSL/, ({ server }) => `${server} offers no TLS: set ssl = on there, or leave sslmode and sslrootcert out of the URL`],
  [/client password must be a/, ({ server, user }) => `${server} wants a password of the user '${user}', and the URL has none`],
];

/** One line for people about a connection that could not be made: without password, stack or SQL. */
export function connectionProblem(error: unknown, url: string): Error {
  const to = destinationOf(url);
  const first = firstCause(error);
  const code = first.code ?? "";
  const known = byState[code] ?? byCode[code] ?? byTlsCode[code] ?? byMessage.find(([said]) => said.test(first.message))?.[1];
  if (known !== undefined) return new Error(known(to, first.message).replace(/(?<![?.])$/, "."), { cause: error });
  if (/timeout/i.test(first.message)) return new Error(`${byCode["ETIMEDOUT"]!(to)}.`, { cause: error });
  if (/certificate|SSL|TLS|self[- ]signed/i.test(first.message)) {
    return new Error(`TLS with ${to.server} fails: ${sentence(first.message)} (sslmode and sslrootcert in the URL: docs/how-to/postgresql.md).`, {
      cause: error,
    });
  }
  if (/terminated unexpectedly|ECONNRESET|unexpected|message/i.test(`${first.message} ${code}`)) {
    return new Error(`What answers at ${to.server} does not speak PostgreSQL's protocol, or ended the connection.`, { cause: error });
  }
  return new Error(`The database '${to.database}' on ${to.server} cannot be used: ${sentence(first.message)}.`, { cause: error });
}

function sentence(message: string): string {
  return message.split("\n", 1)[0]!.replace(/\.$/, "");
}

type Caused = Error & { readonly code?: string };

/** Of several addresses that were tried, the first one's failure. */
function firstCause(error: unknown): Caused {
  const cause = (error instanceof DatabaseError ? error.cause : error) as Caused;
  return cause instanceof AggregateError ? (cause.errors[0] as Caused) : cause;
}
