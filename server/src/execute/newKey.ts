import { problem } from "../base/errors.ts";
import { textOf, type Json } from "../base/json.ts";
import { keyTextOf } from "../edm/keyText.ts";
import type { Stamp } from "../edm/rules.ts";
import type { Property } from "../edm/types.ts";
import type { CollectionTarget, EntityTarget, SentEntity } from "../plan/plan.ts";
import type { Running } from "./decide.ts";

/**
 * The key of an entity about to be made: the client's own where the place takes one; what it leaves out, or may not say, is a new
 * GUID, and of a whole number the next one (`Core.Computed`, `Core.ComputedDefaultValue`). Throws 400 for a part that the client has to give.
 */
export async function newKey(target: CollectionTarget | EntityTarget, sent: SentEntity, stamp: Stamp, running: Running): Promise<string> {
  const { place } = target;
  const isClients = place.definition.clientId === true;
  if (isClients && sent.id !== undefined) return sent.id;
  const { type } = sent;
  const members: Record<string, Json> = isClients ? { ...sent.key } : {};
  for (const name of type.key) {
    if (Object.hasOwn(members, name)) continue;
    const property = type.allProperties.find((one) => one.name === name)!;
    members[name] = property.default ?? (await made(property, { target, stamp, running }));
  }
  return keyTextOf(type, members) ?? stamp.newId();
}

interface Making {
  readonly target: CollectionTarget | EntityTarget;
  readonly stamp: Stamp;
  readonly running: Running;
}

async function made(property: Property, { target, stamp, running }: Making): Promise<Json> {
  const { name, setBy } = property;
  const type = property.type.name;
  const isMade = target.place.definition.requiresKey !== true || setBy !== "client";
  if (isMade && (type === "Edm.Guid" || type === "Edm.String")) return stamp.newId();
  if (isMade && /^Edm\.(?:Byte|SByte|Int)/.test(type)) return next(name, target, running);
  throw problem("badRequest", { what: `Property '${name}' is required: it is part of the key.` }, { target: name });
}

/** One more than the greatest that stands there. */
async function next(path: string, { place, parents }: CollectionTarget | EntityTarget, { permitted, context }: Running): Promise<Json> {
  const { greatest } = await context.store.ruleReads(permitted, { greatest: { kind: "greatest", place: place.path, parents, path } });
  const value = BigInt(textOf(greatest) || 0) + 1n;
  return Number.isSafeInteger(Number(value)) ? Number(value) : JSON.rawJSON(String(value));
}
