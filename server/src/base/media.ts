import { createHash } from "node:crypto";
import { isObject, textOf, type Json, type JsonObject } from "./json.ts";

/** Content beside an entity's JSON: its own, or that of a stream property. */
export interface Media {
  readonly type: string;
  readonly etag: string;
  /** In base64url, as it is stored. */
  readonly content: string;
}

const ending = "@media";

/** The member under which an entity keeps its content (`name` is "") or that of a stream property. */
export function mediaMember(name: string): string {
  return `${name}${ending}`;
}

/** The stream property that a stored member belongs to, "" for the entity itself; undefined for any other member. */
export function mediaNameOf(member: string): string | undefined {
  return member.endsWith(ending) ? member.slice(0, -ending.length) : undefined;
}

/** Content as an entity keeps it. */
export function mediaOf(bytes: Uint8Array, type: string): JsonObject {
  const etag = `"${createHash("sha256").update(type).update("\0").update(bytes).digest("base64url").slice(0, 22)}"`;
  return { type, etag, content: Buffer.from(bytes).toString("base64url") };
}

/** The content that an entity keeps; undefined where there is none. */
export function readMedia(entity: JsonObject, name: string): Media | undefined {
  const stored: Json | undefined = entity[mediaMember(name)];
  if (!isObject(stored)) return undefined;
  return { type: textOf(stored["type"]), etag: textOf(stored["etag"]), content: textOf(stored["content"]) };
}
