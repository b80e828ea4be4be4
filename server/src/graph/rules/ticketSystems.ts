import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { inboundContext, inboundSecretOf, withInboundSecret } from "../../edm/inboundSecret.ts";
import type { Decision, Draft, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

const shortestSecret = 32;
const mostMappings = 100;

/** POST of a ticket system. */
export const registerTicketSystem: Rule = {
  decide(draft, _, stamp) {
    const inboundPath = `/securities/${stamp.hub}/ticketSystems/${textOf(draft.entity["id"])}/inbound`;
    return kept({ ...draft, entity: withMembers(draft.entity, { inboundPath, createdDateTime: stamp.now }) }, stamp);
  },
};

/** PATCH of a ticket system. */
export const changeTicketSystem: Rule = { decide: (draft, _, stamp) => kept(draft, stamp) };

function kept({ entity, before }: Draft, stamp: Stamp): Decision | Refusal {
  const refusal = secretRefusal(entity) ?? mapRefusal(entity);
  if (refusal !== undefined) return refusal;
  const secret = textOf(entity["secret"]);
  if (secret !== "" && stamp.seal === undefined) return noKey;
  const sealed = secret === "" ? inboundSecretOf(before ?? {}) : stamp.seal!(secret, inboundContext(stamp.hub, textOf(entity["id"])));
  return { entity: withMembers(entity, { secret: null, lastModifiedDateTime: stamp.now, ...withInboundSecret(sealed) }) };
}

/** Without a key nothing is sealed, and nothing unsealed is kept. */
const noKey: Refusal = {
  refuse: "notImplemented",
  parameters: { what: "This server keeps no secrets: its data are in a database, so it needs a key of its own. Its operator sets SECGRAPH_SECRETS_KEY." },
  extras: { target: "secret" },
};

function secretRefusal({ secret = null }: JsonObject): Refusal | undefined {
  if (secret === null || textOf(secret).length >= shortestSecret) return undefined;
  return invalid("secret", `Property 'secret': expected at least ${shortestSecret} characters, got ${textOf(secret).length}.`);
}

function mapRefusal({ statusMap }: JsonObject): Refusal | undefined {
  const mappings = (Array.isArray(statusMap) ? (statusMap as readonly Json[]) : []).filter(isObject);
  if (mappings.length > mostMappings) return invalid("statusMap", `Property 'statusMap': expected at most ${mostMappings}, got ${mappings.length}.`);
  const seen = new Set<string>();
  for (const { externalStatus } of mappings) {
    const name = textOf(externalStatus).trim().toLowerCase();
    if (name === "" || seen.has(name)) return invalid("statusMap", `Property 'statusMap': '${textOf(externalStatus)}' is empty or stands there twice.`);
    seen.add(name);
  }
  return undefined;
}
