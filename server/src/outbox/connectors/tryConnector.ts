import { randomUUID } from "node:crypto";
import { problem } from "../../base/errors.ts";
import { textOf, type JsonObject } from "../../base/json.ts";
import type { Secrets } from "../../base/secrets.ts";
import type { Connections, Order, Report } from "../dispatch/connection.ts";
import { connectorOf, type Connector } from "../dispatch/connector.ts";
import { openCredentials } from "../dispatch/openCredentials.ts";
import { deskFor, type DeskFor } from "../pull/deskFor.ts";
import type { PullCall } from "../pull/pulling.ts";

export interface TrialParts extends DeskFor {
  readonly connections: Connections;
  readonly secrets?: Pick<Secrets, "open"> | undefined;
  /** The tenant in whose name a hub's actions go out. */
  readonly tenantOf: (hub: string) => Promise<string | undefined>;
}

/** Makes the operation `testConnection` of securityConnector: whether the endpoint is there and takes the credentials. Nothing is carried out. */
export function tryConnector(parts: TrialParts): (call: PullCall) => Promise<JsonObject> {
  return async (call) => {
    const { hub, desk } = await deskFor(call, parts);
    const id = textOf((call.bound as JsonObject)["id"]);
    const entity = await desk.row(`connectors/${encodeURIComponent(id)}`);
    if (entity === undefined) throw problem("notFound", { what: `There is no connector with the id '${id}' any more.` });
    const tenant = (await parts.tenantOf(hub)) ?? call.caller.tenant;
    return shown(await reportOf(connectorOf(entity), { hub, tenant, parts }));
  };
}

interface Where {
  readonly hub: string;
  readonly tenant: string;
  readonly parts: TrialParts;
}

async function reportOf(connector: Connector, { hub, tenant, parts }: Where): Promise<Report | undefined> {
  const test = parts.connections.get(connector.kind)?.test;
  if (test === undefined) return undefined;
  const secrets = openCredentials(connector.stored, hub, parts.secrets?.open);
  if (secrets === undefined)
    return { kind: "failed", retry: false, error: { code: "secrets", message: "Its credentials cannot be opened with the keys of this server." } };
  const milliseconds = Math.min(connector.limits.timeoutSeconds, 30) * 1000;
  const action = { id: randomUUID(), name: "", parameters: {}, reason: null, clientContext: null, duration: null };
  const common = { hub, tenant, connector: connector.entity, secrets, action };
  const order: Order = { ...common, attempt: 1, fencingToken: 0, reportTo: "", deadline: Date.now() + milliseconds };
  return test(order, AbortSignal.timeout(milliseconds)).catch(
    () => ({ kind: "unknown", error: { code: "connector", message: "It did not end in time." } }) as const,
  );
}

function shown(report: Report | undefined): JsonObject {
  if (report === undefined)
    return { outcome: "untested", statusCode: null, message: "Connectors of this kind are tried by their first action.", response: null };
  const { statusCode = null, response = null } = report;
  const message = "error" in report ? report.error.message : null;
  return { outcome: report.kind === "completed" ? "reached" : "failed", statusCode, message, response };
}
