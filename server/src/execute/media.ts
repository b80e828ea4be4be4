import type { Permitted } from "../auth/permitted.ts";
import { notFound } from "../auth/permit.ts";
import { etagOf } from "../base/etag.ts";
import { readMedia } from "../base/media.ts";
import { parseStored } from "../base/parseJson.ts";
import { isUnmodified } from "../plan/conditions.ts";
import type { RowPlan } from "../plan/plan.ts";
import type { Row } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import type { Outcome } from "./outcome.ts";
import { find } from "./read.ts";
import { typeOf } from "./typeOf.ts";

/** GET of content (OData Protocol 11.2.4): its bytes with its media type and its own ETag; 204 where there is none. Throws 404 for an entity of a type that has none. */
export async function media(permitted: Permitted<Extract<RowPlan, { readonly kind: "media" }>>, context: ExecuteContext): Promise<Outcome> {
  const { target, name, conditions } = permitted.plan;
  const row = await find(permitted, target, context);
  const type = typeOf(row, context);
  if (name === "" ? !type.hasStream : !type.allProperties.some((property) => property.name === name)) throw notFound(target.key);
  const content = readMedia(parseStored(row.body), name);
  if (content === undefined) return { kind: "nothing" };
  if (isUnmodified(conditions, content.etag)) return { kind: "notModified", etag: content.etag };
  return { kind: "media", bytes: Buffer.from(content.content, "base64url"), type: content.type, etag: content.etag };
}

/** What the conditions of a write are about: the row, or the content that is written. */
export function etagOfContent(row: Row, name: string | undefined): string {
  if (name === undefined) return etagOf(row);
  return readMedia(parseStored(row.body), name)?.etag ?? "";
}
