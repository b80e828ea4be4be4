import { createHash } from "node:crypto";
import { isObject, type Json } from "../base/json.ts";

/** The SHA-256 of a JSON value in canonical order of names: equal for bodies that say the same. */
export function bodyHash(value: Json | undefined): string {
  return createHash("sha256")
    .update(JSON.stringify(canonical(value ?? null)))
    .digest("base64url");
}

function canonical(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => canonical(item));
  if (!isObject(value)) return value;
  const names = Object.keys(value).toSorted();
  return names.map((name) => [name, canonical(value[name]!)]);
}
