import { readConfiguration } from "../configuration.ts";
import type { Configuration, Mode, Sources } from "../configuration.ts";
import { settings } from "../settings.ts";
import type { Setting } from "../settings.ts";
import { unknownVariables } from "../unknownVariables.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** Reads the settings as a server would. */
export function checkConfiguration(mode: Mode, sources: Sources): { readonly findings: readonly Finding[]; readonly configuration: Configuration | undefined } {
  const unknown = unknownVariables(sources.env).map((name) =>
    warn("configuration", `${name} is set, but no setting has that name.`, `Unset it, or did you mean ${nearest(name)}?`),
  );
  try {
    const configuration = readConfiguration(mode, sources);
    return { findings: [...unknown, ok("configuration", `The settings make sense in ${mode} mode.`), ...risks(configuration)], configuration };
  } catch (error) {
    return {
      findings: [...unknown, fail("configuration", (error as Error).message, "Change the setting; docs/reference/configuration.md has them all.")],
      configuration: undefined,
    };
  }
}

/** Allowed, and yet worth a word. */
function risks({ mode, tenants, tlsPort, publicUrl, auth, devRemote, hosts, issuer }: Configuration): readonly Finding[] {
  const findings: Finding[] = [];
  if (mode === "production" && tenants === "*") {
    findings.push(warn("configuration", "Every tenant is accepted.", "Name those that are yours in SECGRAPH_TENANTS."));
  }
  if (
    mode === "production" &&
    tlsPort === "off" &&
    publicUrl?.startsWith("https:") !== true &&
    hosts.some((host) => !/^(?:localhost|127\..*|::1)$/.test(host))
  ) {
    findings.push(
      warn(
        "configuration",
        "https is off and no https address is public: tokens travel in the clear.",
        "Set SECGRAPH_TLS_PORT, or SECGRAPH_PUBLIC_URL to the address of the proxy that speaks https.",
      ),
    );
  }
  if (mode === "production" && issuer.length === 0 && publicUrl === undefined) {
    findings.push(
      warn("configuration", "The built-in issuer names itself by this machine's addresses.", "Set SECGRAPH_PUBLIC_URL to the address that clients use."),
    );
  }
  if (auth === "none") findings.push(warn("configuration", "Calls of this machine need no token.", "Unset SECGRAPH_AUTH once you are done trying."));
  if (devRemote === true)
    findings.push(
      warn(
        "configuration",
        "Development mode, with its demo data and printed secrets, listens beyond this machine.",
        "Use secgraph serve for anything that lasts.",
      ),
    );
  return findings;
}

function nearest(name: string): string {
  const all: readonly Setting<unknown>[] = Object.values(settings);
  return all.map(({ env }) => env).toSorted((one, other) => distance(name, one) - distance(name, other))[0]!;
}

/** Edits that lead from one text to the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
