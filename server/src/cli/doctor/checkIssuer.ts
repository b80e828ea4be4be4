import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readKeySet } from "../../auth/readKeySet.ts";
import { createEgress } from "../../egress/createEgress.ts";
import type { Egress } from "../../egress/createEgress.ts";
import { getJson } from "../../egress/getJson.ts";
import type { Configuration } from "../configuration.ts";
import { openIssuerMemory } from "../issuerMemory.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

const check = "issuer";
/** Tokens are taken five minutes before and after their time. */
const skew = { warn: 30_000, fail: 300_000 };

/** Outside issuers answer, have keys and know the time; the built-in one has its key. */
export async function checkIssuers(configuration: Configuration): Promise<readonly Finding[]> {
  const egress = createEgress();
  const outside = await Promise.all(configuration.issuer.map((name) => checkOutside(egress, name, configuration.jwks)));
  await egress.close();
  return [...outside.flat(), ...(configuration.builtinIssuer ? await checkBuiltin(configuration) : [])];
}

async function checkOutside(egress: Egress, name: string, jwks: string | undefined): Promise<readonly Finding[]> {
  const remedy = "Check the name, the network, the proxy and the firewall between this machine and the issuer.";
  try {
    if (jwks !== undefined && !/^https?:/i.test(jwks)) return [keysFound(name, JSON.parse(readFileSync(jwks, "utf8")))];
    const discovery = `${name.replace("{tenantid}", "common").replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { json, date } = await getJson(egress, jwks ?? discovery);
    if (jwks !== undefined) return [keysFound(name, json), ...clockFindings(name, date)];
    const { issuer, jwks_uri: address } = json as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
    if (typeof address !== "string") return [fail(check, `${discovery} names no jwks_uri.`, "Set SECGRAPH_JWKS to the issuer's key set.")];
    const own =
      issuer === name || name.includes("{tenantid}")
        ? []
        : [
            fail(
              check,
              `The issuer calls itself '${String(issuer).slice(0, 200)}', not '${name}'.`,
              "Set SECGRAPH_ISSUER exactly to that name: tokens carry it.",
            ),
          ];
    return [...own, keysFound(name, (await getJson(egress, address)).json), ...clockFindings(name, date)];
  } catch (error) {
    return [fail(check, `${name} cannot be reached: ${(error as Error).message.replace(/\.$/, "")}.`, remedy)];
  }
}

function keysFound(name: string, document: unknown): Finding {
  const { size } = readKeySet(document);
  return size === 0 ? fail(check, `${name} has no key that can verify tokens.`, "Check SECGRAPH_JWKS.") : ok(check, `${name} answers and has ${size} keys.`);
}

function clockFindings(name: string, date: number): readonly Finding[] {
  if (Number.isNaN(date)) return [];
  // The header is in whole seconds.
  const off = Math.round((Date.now() - date - 500) / 1000);
  const says = `This machine's clock is ${Math.abs(off)} s ${off < 0 ? "behind" : "ahead of"} ${name}'s.`;
  const remedy = "Let a time service (chrony, systemd-timesyncd) set the clock: tokens are refused outside their time.";
  if (Math.abs(off) * 1000 >= skew.fail) return [fail("clock", says, remedy)];
  return [Math.abs(off) * 1000 >= skew.warn ? warn("clock", says, remedy) : ok("clock", says)];
}

/** Nothing was ever started here. */
async function isNew({ databaseUrl, data }: Configuration): Promise<boolean> {
  if (databaseUrl === undefined) return !existsSync(join(data, "issuer", "keys.json"));
  const { inspectDatabase } = await import("../../store/postgres/inspectDatabase.ts");
  const found = await inspectDatabase(databaseUrl).catch(() => undefined);
  return found !== undefined && found.recorded === undefined && found.foreign.length === 0;
}

async function checkBuiltin(configuration: Configuration): Promise<readonly Finding[]> {
  if (await isNew(configuration)) return [ok(check, "The built-in issuer has no key yet; the first start makes it.")];
  try {
    const { store, close } = await openIssuerMemory(configuration);
    const [keys, apps, people] = [await store.signingKeys(), await store.apps(), await store.people()];
    await close();
    return [ok(check, `The built-in issuer has ${keys.length} keys, ${apps.length} applications and ${people.length} people.`)];
  } catch (error) {
    const says = `The built-in issuer's memory cannot be read: ${(error as Error).message.replace(/\.$/, "")}.`;
    return [fail(check, says, configuration.databaseUrl === undefined ? "Restore the last backup." : "See what is said of the database.")];
  }
}
