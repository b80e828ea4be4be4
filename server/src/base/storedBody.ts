import type { JsonObject } from "./json.ts";

const start = '{"@odata.etag":';

/** An entity as rows keep it: JSON text with the etag of its version first, so that it is an item of an answer as it stands. */
export function bodyOf(entity: JsonObject, seq: number): string {
  return withEtag(JSON.stringify(entity), seq);
}

/** The text of an entity with members, with the etag of a version put first. */
export function withEtag(text: string, seq: number): string {
  return `${start}"W/\\"${seq}\\"",${text.slice(1)}`;
}

/** The text of the entity alone. */
export function withoutEtag(body: string): string {
  return body.startsWith(start) ? `{${body.slice(body.indexOf(",") + 1)}` : body;
}

/** The version that the text of a row says it is of; undefined for a text without one. */
export function seqOf(body: string): number | undefined {
  const found = /^"W\/\\"(\d+)\\""/.exec(body.slice(start.length, start.length + 30));
  return body.startsWith(start) && found !== null ? Number(found[1]) : undefined;
}
