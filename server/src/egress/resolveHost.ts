import { lookup, Resolver } from "node:dns/promises";
import { EgressFault } from "./egressFault.ts";

/**
 * Finds all addresses of a host, IPv4 and IPv6, following aliases. `own`: as the machine does it (its hosts file and
 * search list included), for names that the operator wrote. Otherwise by the name service alone: a hostile one that
 * never answers must not hold the few threads that look-ups of the system run on. Ends when the signal says so.
 */
export type ResolveHost = (host: string, own: boolean, signal: AbortSignal) => Promise<readonly string[]>;

/** The look-up that the program uses; `servers` are those of the system unless a test names others. */
export function createResolveHost(servers?: readonly string[]): ResolveHost {
  return async (host, own, signal) => {
    const found = own ? await lookUp(host) : await askNameService(host, signal, servers);
    if (found.length === 0) throw new EgressFault("notFound");
    return found;
  };
}

async function lookUp(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch((error: unknown) => failed([error]));
  return found.map(({ address }) => address);
}

async function askNameService(host: string, signal: AbortSignal, servers: readonly string[] | undefined): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 1_500, tries: 3 });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel);
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    return found.length > 0 ? found : failed(answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : [])));
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

const isAbsent = new Set(["ENOTFOUND", "ENODATA"]);

/** No address of either kind: the name is not there, unless one of the answers is missing. */
function failed(errors: readonly unknown[]): never {
  const codes = errors.map((error) => (error as NodeJS.ErrnoException).code ?? "");
  const unsure = codes.find((code) => !isAbsent.has(code));
  throw unsure === undefined ? new EgressFault("notFound") : new EgressFault("nameService", { code: unsure });
}
