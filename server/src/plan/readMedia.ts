import { problem } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { mediaMember, mediaOf } from "../base/media.ts";
import type { Annotation, EntityType, Property } from "../edm/types.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { SentBody } from "./plan.ts";
import { readEntity, type BodyRules } from "./readEntity.ts";

/** The content that is written, and where. */
export interface MediaWriting {
  /** The stream property; "" for the content of a media entity itself. */
  readonly name: string;
  readonly property?: Property | undefined;
}

/**
 * The body of a write of content (OData Protocol 11.4.7, 11.4.8) as the patch of its entity that it is; DELETE takes the content away.
 * Throws 415 for a media type that `Core.AcceptableMediaTypes` does not name, 400 for more bytes than MaxLength.
 */
export function readMediaBody(request: ODataRequest, writing: MediaWriting): SentBody {
  return {
    read(type) {
      requireContent(type, writing);
      const value: Json = request.method === "DELETE" ? null : contentOf(request, type, writing);
      const member = mediaMember(writing.name);
      const entity = { "@odata.type": `#${type.name}`, [member]: value };
      return { type, key: {}, entity, sent: new Set([member]), placeholders: [], related: [] };
    },
  };
}

/** True for a POST of content to the set of a media entity (OData Protocol 11.4.7.1); JSON is that of its properties. */
export function isMediaCreate({ contentType = "", once }: ODataRequest, { hasStream }: EntityType): boolean {
  return hasStream && once?.own !== true && contentType !== "" && !/^\s*(?:application|text)\/json\b/i.test(contentType);
}

/** The body of such a POST as an entity without properties. */
export function readMediaEntity(request: ODataRequest, rules: BodyRules): SentBody {
  return {
    read(type, mode) {
      const sent = readEntity({}, type, rules, mode);
      return { ...sent, entity: { ...sent.entity, [mediaMember("")]: contentOf(request, type, { name: "" }) } };
    },
  };
}

/** The content of the request, as an entity keeps it. */
function contentOf({ contentType = "", body = new Uint8Array(0) }: ODataRequest, type: EntityType, { name, property }: MediaWriting): Json {
  const media = contentType.split(";")[0]!.trim().toLowerCase();
  if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(media))
    throw problem("malformedJson", { detail: "The Content-Type header is missing." }, { target: "Content-Type" });
  const accepted = acceptableIn(property?.annotations ?? type.annotations);
  if (accepted !== undefined && !accepted.some((one) => one === media || one === "*/*" || (one.endsWith("/*") && media.startsWith(one.slice(0, -1))))) {
    throw problem("unsupportedMediaType", { what: `'${name || type.name}' takes ${accepted.join(", ")}, not '${media}'.` }, { target: "Content-Type" });
  }
  const { maxLength } = property ?? {};
  if (maxLength !== undefined && body.length > maxLength) {
    throw problem("badRequest", { what: `Property '${name}': expected at most ${maxLength} bytes, got ${body.length}.` }, { target: name });
  }
  return mediaOf(body, contentType);
}

function acceptableIn(annotations: readonly Annotation[]): readonly string[] | undefined {
  const value = annotations.find(({ term }) => term === "Core.AcceptableMediaTypes")?.value;
  return Array.isArray(value) ? (value as readonly Json[]).filter((one) => typeof one === "string").map((one) => one.toLowerCase()) : undefined;
}

/** A row may be of another type than the one that has the content. */
function requireContent(type: EntityType, { name }: MediaWriting): void {
  const fits = name === "" ? type.hasStream : type.allProperties.some((property) => property.name === name);
  if (!fits) throw problem("unknownProperty", { property: name || "$value", type: type.name }, { target: name || "$value" });
}
