import type { Json, JsonObject } from "../../base/json.ts";
import { createEgress } from "../../egress/createEgress.ts";
import { EgressFault } from "../../egress/egressFault.ts";
import { developmentTenant } from "../../issuer/developmentApp.ts";
import { tenantId } from "../../issuer/tenants.ts";
import { ConfigurationFault, readConfiguration, storageFlags, type Configuration } from "../configuration.ts";
import { runningPorts } from "../dataFolder.ts";
import { openSecrets } from "../openSecrets.ts";
import { makeToken } from "../tokenCommand.ts";
import { hubPath, openAppDesk, type Desk, type Method } from "./desk.ts";
import { withApp } from "./withApp.ts";

/** The flags that say which hub is meant. */
export interface HubFlags {
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly tenant?: string;
  readonly hub?: string;
}

/**
 * Works at the desk of a hub: that of the server that has the data folder when one runs, else in the store itself. Throws a ConfigurationFault
 * when neither can be.
 */
export async function atDesk<T>(flags: HubFlags, work: (desk: Desk) => Promise<T>): Promise<T> {
  const configuration = localConfiguration(flags);
  const place = { tenant: tenantId(flags.tenant ?? developmentTenant), ...(flags.hub === undefined ? {} : { hub: flags.hub }) };
  const ports = runningPorts(configuration.data);
  return ports === undefined ? inStore(configuration, place, work) : overNetwork(ports.port, { ...flags, ...place }, work);
}

/** What a server with these data would be told about secrets, programs and addresses counts here too. */
export function localConfiguration(flags: HubFlags): Configuration {
  const { SECGRAPH_DATA, DATABASE_URL, SECGRAPH_SECRETS_KEY, SECGRAPH_NOTIFY_ALLOW, SECGRAPH_EXEC_ALLOW } = process.env;
  const env = { SECGRAPH_DATA, DATABASE_URL, SECGRAPH_SECRETS_KEY, SECGRAPH_NOTIFY_ALLOW, SECGRAPH_EXEC_ALLOW };
  return readConfiguration("development", { flags: storageFlags(flags), env });
}

interface Place {
  readonly tenant: string;
  readonly hub?: string;
}

async function inStore<T>(configuration: Configuration, place: Place, work: (desk: Desk) => Promise<T>): Promise<T> {
  return withApp(
    configuration,
    () => openSecrets(configuration),
    ({ app }) => work(openAppDesk(app, place)),
  );
}

async function overNetwork<T>(port: number, flags: HubFlags & Place, work: (desk: Desk) => Promise<T>): Promise<T> {
  const { tenant, hub, data, databaseUrl } = flags;
  const where = { ...(data === undefined ? {} : { data }), ...(databaseUrl === undefined ? {} : { databaseUrl }) };
  const bearer = await makeToken({ ...where, tenant, permissions: "Security.ReadWrite.All SecurityActions.ReadWrite.All", minutes: "5" });
  const egress = createEgress({ allow: [] });
  const base = `http://127.0.0.1:${port}/v1.0/${hubPath(hub)}`;
  const send = async (method: Method, path: string, body?: JsonObject): Promise<{ status: number; json: Json }> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    const limits = { headers: 60_000, total: 60_000, bytes: 64 * 1024 * 1024 };
    const url = `${base}/${path.replaceAll(" ", "%20")}`;
    const answer = await egress.send({ purpose: "connector", reach: "operator", method, url, bearer, limits, ...sent });
    if (answer.status === 401)
      throw new ConfigurationFault("The server that runs takes no tokens of this data folder: use the API with a token of your issuer, or stop it first.");
    return { status: answer.status, json: answer.body.length === 0 ? null : (JSON.parse(answer.body.toString()) as Json) };
  };
  try {
    return await work({ send });
  } catch (error) {
    if (error instanceof EgressFault) throw new ConfigurationFault(`The server that has the data folder cannot be asked at ${base}: ${error.message}`);
    throw error;
  } finally {
    await egress.close();
  }
}
