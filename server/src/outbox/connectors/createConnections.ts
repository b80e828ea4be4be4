import type { Connections } from "../dispatch/connection.ts";
import type { CallParts } from "./callOut.ts";
import type { AllowedProgram } from "./exec/allowedPrograms.ts";
import { execConnection } from "./exec/execConnection.ts";
import { httpConnection } from "./http/httpConnection.ts";
import { mockConnection } from "./mock/mockConnection.ts";
import { openC2Connection } from "./openc2/openC2Connection.ts";

/** What the kinds are made of. */
export interface ConnectionParts extends CallParts {
  /** What connectors of the kind `exec` may run; none is allowed by itself. */
  readonly programs: readonly AllowedProgram[];
}

/** The kinds of connectors to which actions are brought. Those of the kind `pull` come for them. */
export function createConnections(parts: ConnectionParts): Connections {
  return new Map([
    ["http", httpConnection(parts)],
    ["openc2", openC2Connection(parts)],
    ["exec", execConnection(parts.programs)],
    ["mock", mockConnection(parts.clock)],
  ]);
}
