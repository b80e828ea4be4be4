import type { Permitted } from "../auth/permitted.ts";

/** The role whose holder may send what the server otherwise sets. */
const importRole = "SecurityData.Import";

export function isImporter(permitted: Permitted): boolean {
  return permitted.caller.permissions.has(importRole);
}
