import { isAbsolute } from "node:path";

/** A program that the operator lets connectors run. */
export interface AllowedProgram {
  /** What connectors call it: they never name paths. */
  readonly name: string;
  readonly path: string;
  /** The only tenant whose connectors may; absent: all. */
  readonly tenant?: string;
}

const form = /^(?:([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\/)?([\w.-]{1,128})=(.+)$/i;

/**
 * Reads `SECGRAPH_EXEC_ALLOW`: entries `name=/path/of/program`, with `tenant/` in front for the connectors of one tenant alone. Throws an Error that says what
 * was expected.
 */
export function readAllowedPrograms(text: string): readonly AllowedProgram[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [, tenant, name, path = ""] = form.exec(entry) ?? [];
      if (name === undefined || !isAbsolute(path)) throw new Error(`name=/path/of/program, such as firewall=/opt/secgraph/firewall.mjs (not '${entry}')`);
      return { name, path, ...(tenant !== undefined && { tenant: tenant.toLowerCase() }) };
    });
}

/** The program of a name that a tenant's connectors may run; what is for the tenant alone goes first. */
export function programFor(name: string, tenant: string, allowed: readonly AllowedProgram[]): AllowedProgram | undefined {
  const named = allowed.filter((one) => one.name === name);
  return named.find((one) => one.tenant === tenant.toLowerCase()) ?? named.find((one) => one.tenant === undefined);
}
