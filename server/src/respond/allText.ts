import type { Page, Row } from "../execute/outcome.ts";
import type { ListPlan } from "../plan/plan.ts";
import { contextUrl, entityUrl, shapeOf } from "./contextUrl.ts";
import { entityText, referenceText, type Printing } from "./entityText.ts";

/** What an answer of `$all` says beside its rows: where the next page is; the plan, and its part in which rows lie that do not say it themselves. */
export interface AllFrame {
  readonly nextLink: string | undefined;
  readonly part: number;
  readonly plan: ListPlan;
}

/** A page of `$all` as JSON text, in the frame of a collection; each row says where it lies and of what type it is (OData Protocol 10.2; JSON Format 4.5.1, 14). */
export function allText(page: Page, printing: Printing, { nextLink, part, plan }: AllFrame): string {
  const { serviceUrl, format } = printing;
  const { type, parts, references } = plan;
  const printings = parts!.map((one): Printing => ({ ...printing, ...one }));
  const print = references === true ? referenceText : itemText;
  const { projection, expand } = printings[part]!.query;
  const collection = references === true ? "$ref" : (type?.name ?? "Edm.EntityType");
  const shape = references === true ? "" : shapeOf(projection?.text ?? "", expand);
  const members = [
    ...(format.metadata === "none" ? [] : [`"@odata.context":${JSON.stringify(`${serviceUrl}/$metadata#Collection(${collection})${shape}`)}`]),
    ...(page.count === undefined ? [] : [`"@odata.count":${page.count}`]),
    ...(nextLink === undefined ? [] : [`"@odata.nextLink":${JSON.stringify(nextLink)}`]),
    `"value":[${page.rows.map((row) => print(row, printings[row.part ?? part]!)).join(",")}]`,
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
