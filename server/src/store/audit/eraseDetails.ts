import { serverId } from "../../base/serverId.ts";
import { isObject, textOf, type Json } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import type { AuditEntry, TrailErasing } from "./auditEntry.ts";
import { erasable } from "./sealRecord.ts";

/** What stands beside a name and makes it a part of another one. */
const [before, behind] = ["[\\p{L}\\p{N}_%+@]|[\\p{L}\\p{N}_][.-]", "[\\p{L}\\p{N}_%+@]|[.-][\\p{L}\\p{N}_]"];

/** Makes what tells of a record as it is stored whether anything that can be erased of it names a person, in any case of letters. */
export function mentions(person: string): (body: string) => boolean {
  const name = person.normalize("NFC").replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const named = new RegExp(`(?<!${before})${name}(?!${behind})`, "iu");
  return (body) => {
    const record = parseStored(body);
    return [...erasable].some((member) => member !== "salt" && textsIn(record[member]).some((text) => named.test(plain(text))));
  };
}

/** Values stand as JSON in a text, and addresses of the web with escapes of their own. */
function plain(text: string): string {
  return text
    .replaceAll(/\\(?:u[\da-f]{4}|.)/gi, " ")
    .replaceAll(/%[2-7][\da-f]/gi, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)))
    .normalize("NFC");
}

/** The texts of a value, at any depth. */
function textsIn(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return value !== undefined && isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** A record without all that can be erased of it; undefined where nothing of that is left. Its seal stays what it was. */
export function erasedBody(body: string): string | undefined {
  const record = parseStored(body);
  if (textOf(record["salt"]) === "") return undefined;
  const kept = Object.entries(record).flatMap(([name, value]) => (name === "resources" ? [] : [[name, erasable.has(name) ? null : value] as const]));
  return JSON.stringify(Object.fromEntries(kept));
}

/** What a trail says of records whose details were erased: how many, and not whose. */
export function erasureEntry({ told, now }: TrailErasing): AuditEntry {
  return { verb: "eraseDetails", at: now, tenant: serverId, appId: serverId, user: null, category: "system", repeated: { occurrences: told, lastAt: now } };
}
