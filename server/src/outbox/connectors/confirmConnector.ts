import { problem } from "../../base/errors.ts";
import type { Egress } from "../../egress/createEgress.ts";
import { EgressFault } from "../../egress/egressFault.ts";
import type { Confirmation } from "../../edm/rules.ts";

/** Whether a connector's address may be called, as far as its text says. Throws 400 that names the property, and never more of the network than the operator's list. */
export function confirmDestination({ value, target }: Confirmation, { admit }: Partial<Pick<Egress, "admit">>): null {
  try {
    admit?.(value, "public");
    return null;
  } catch (error) {
    if (!(error instanceof EgressFault)) throw error;
    const { outward, reason } = error;
    const what = notPublic.has(reason) ? "connectors reach public https addresses, and what the operator's SECGRAPH_NOTIFY_ALLOW names besides." : outward;
    throw problem("badRequest", { what: `Property '${target}': ${what}` }, target === undefined ? {} : { target });
  }
}

const notPublic: ReadonlySet<string> = new Set(["scheme", "port", "forbidden"]);

/** Whether a connector in a tenant's hub may run a program: the operator's list says so. Throws 400. */
export function confirmProgram({ value, target }: Confirmation, tenant: string, fault: (program: string, tenant: string) => string | undefined): null {
  const why = fault(value, tenant);
  if (why === undefined) return null;
  throw problem("badRequest", { what: `Property '${target}': ${why}` }, target === undefined ? {} : { target });
}

/** Why a program may not be run where the operator has named none. */
export function noneAllowed(program: string): string {
  return `'${program.slice(0, 128)}' is not among the programs that this server may run; its operator has named none.`;
}
