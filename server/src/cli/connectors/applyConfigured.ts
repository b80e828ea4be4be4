import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { isGuid } from "../../base/ids.ts";
import type { App } from "../../handle.ts";
import { tenantId } from "../../issuer/tenants.ts";
import type { HubGrant, StoreSystem } from "../../store/store.ts";
import { ConfigurationFault } from "../configuration.ts";
import { applyConnector } from "./applyConnector.ts";
import { openAppDesk } from "./desk.ts";
import { readJsonFile, withSecrets } from "./readConnectors.ts";

/** Where the connectors of a file go. */
interface Here {
  readonly app: App;
  readonly system: Pick<StoreSystem, "grants">;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes the connectors of a file (`SECGRAPH_CONNECTORS`) be there: `{"hubs": [{"tenant": ..., "connectors": [...]}]}`, a hub by the tenant whose home it is or by its
 * id. What is there as written is not touched, what is not written stays, nothing is removed. Throws one ConfigurationFault that names every fault by its path.
 */
export async function applyConfigured(file: string, here: Here): Promise<void> {
  const faults: string[] = [];
  const hubs = hubsOf(await readJsonFile(file), faults);
  const grants = await here.system.grants();
  for (const [index, hub] of hubs.entries()) {
    const at = `hubs[${index}]`;
    const where = placeOf(hub, grants);
    if (typeof where === "string") faults.push(`${at}: ${where}`);
    else faults.push(...(await applyHub(hub, where, { ...here, file, at })));
  }
  if (faults.length > 0) throw new ConfigurationFault(`SECGRAPH_CONNECTORS: ${file} cannot be applied:\n  ${faults.join("\n  ")}`);
}

function hubsOf(json: Json, faults: string[]): readonly JsonObject[] {
  const unknown = isObject(json) ? Object.keys(json).filter((name) => name !== "hubs" && name !== "$schema") : [];
  faults.push(...unknown.map((name) => `${name}: expected 'hubs' alone.`));
  const hubs = isObject(json) ? json["hubs"] : undefined;
  if (Array.isArray(hubs) && (hubs as readonly Json[]).every(isObject)) return hubs as readonly JsonObject[];
  faults.push('expected {"hubs": [{"tenant": ..., "connectors": [...]}]}.');
  return [];
}

interface HubPlace {
  readonly tenant: string;
  readonly hub?: string;
}

/** By which tenant the hub is reached; or why it is not. */
function placeOf(written: JsonObject, grants: readonly HubGrant[]): HubPlace | string {
  const { tenant, hub, connectors, ...others } = written;
  const [other] = Object.keys(others);
  if (other !== undefined) return `'${other}' is not known; expected tenant or hub, and connectors.`;
  if (!Array.isArray(connectors)) return "connectors: expected a list.";
  if (typeof tenant === "string" && tenant !== "" && hub === undefined) return { tenant: tenantId(tenant) };
  if (typeof hub !== "string" || !isGuid(hub) || tenant !== undefined) return "expected either tenant (an id or a name) or hub (an id).";
  const grant = grants.find((one) => one.hub === hub);
  return grant === undefined ? `hub: there is no hub '${hub}'.` : { tenant: grant.tenant, hub };
}

interface Applying extends Here {
  readonly file: string;
  readonly at: string;
}

async function applyHub(written: JsonObject, place: HubPlace, { app, env, file, at }: Applying): Promise<readonly string[]> {
  const desk = openAppDesk(app, place);
  const faults: string[] = [];
  for (const [index, body] of (written["connectors"] as readonly Json[]).entries()) {
    const here = `${at}/connectors[${index}]`;
    if (!isObject(body) || textOf(body["vendor"]) === "" || textOf(body["provider"]) === "") {
      faults.push(`${here}: expected a connector with vendor and provider.`);
      continue;
    }
    try {
      const applied = await applyConnector(desk, withSecrets(body, { env, file }));
      if ("faults" in applied) faults.push(...applied.faults.map((one) => `${here}: ${one}`));
    } catch (error) {
      faults.push(`${here}: ${(error as Error).message}`);
    }
  }
  return faults;
}
