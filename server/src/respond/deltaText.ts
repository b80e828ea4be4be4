import { keyMembers } from "../edm/keyText.ts";
import type { ChangesOutcome } from "../execute/outcome.ts";
import { contextUrl } from "./contextUrl.ts";
import { entityText, type Printing } from "./entityText.ts";

/** Rows and removals of change tracking as JSON text, with exactly one of both links (R132, R134-R136; OData JSON Format 4.01, 15). `url`: where the link leads. */
export function deltaText({ changes, link, form }: ChangesOutcome, printing: Printing, url: string): string {
  const { serviceUrl, target, query, format } = printing;
  const set = `${contextUrl(serviceUrl, target, query)}${form === "odata" ? "/$delta" : ""}`;
  const context = format.metadata === "none" ? "" : `"@odata.context":${JSON.stringify(set)},`;
  const name = link.option === "$skiptoken" ? "@odata.nextLink" : "@odata.deltaLink";
  const type = target.cast ?? target.place.type;
  const items = changes.map(({ id, row, removed = "deleted" }) =>
    row === undefined ? `{"@removed":{"reason":"${removed}"},${JSON.stringify(keyMembers(type, id)).slice(1)}` : entityText(row, printing),
  );
  return `{${context}"${name}":${JSON.stringify(url)},"value":[${items.join(",")}]}`;
}
