import type { EntityType } from "../edm/types.ts";
import type { Page, Row } from "../execute/outcome.ts";
import { contextUrl, entityUrl } from "./contextUrl.ts";
import { entityText, type Printing } from "./entityText.ts";

/** What an answer of `$all` says beside its rows: where the next page is, and the type of all of them where the path says one. */
export interface AllFrame {
  readonly nextLink: string | undefined;
  readonly type: EntityType | undefined;
}

/** A page of `$all` as JSON text, in the frame of a collection; its rows lie in the set that `printing` is of, and each says so (OData Protocol 10.2; JSON Format 4.5.1). */
export function allText(page: Page, printing: Printing, { nextLink, type }: AllFrame): string {
  const { serviceUrl, query, format } = printing;
  const collection = type?.name ?? "Edm.EntityType";
  const selected = query.projection === undefined ? "" : `(${query.projection.text})`;
  const members = [
    ...(format.metadata === "none" ? [] : [`"@odata.context":${JSON.stringify(`${serviceUrl}/$metadata#Collection(${collection})${selected}`)}`]),
    ...(page.count === undefined ? [] : [`"@odata.count":${page.count}`]),
    ...(nextLink === undefined ? [] : [`"@odata.nextLink":${JSON.stringify(nextLink)}`]),
    `"value":[${page.rows.map((row) => itemText(row, printing)).join(",")}]`,
  ];
  return `{${members.join(",")}}`;
}

/** Stored bodies tell their type; the id is said at metadata=full anyway. */
function itemText(row: Row, printing: Printing): string {
  const { serviceUrl, target, query, format } = printing;
  const text = entityText(row, printing);
  if (format.metadata === "none") return text;
  const context = `"@odata.context":${JSON.stringify(contextUrl(serviceUrl, { ...target, kind: "entity", key: row.id }, query))},`;
  const id = format.metadata === "full" ? "" : `"@odata.id":${JSON.stringify(entityUrl(serviceUrl, target, row.id))},`;
  return `{${context}${id}${text.slice(1)}`;
}
