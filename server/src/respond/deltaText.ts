import { keyMembers } from "../edm/keyText.ts";
import type { Change, ChangesOutcome } from "../execute/outcome.ts";
import type { Tracked } from "../plan/plan.ts";
import { contextUrl, entityUrl } from "./contextUrl.ts";
import { entityText, type Printing } from "./entityText.ts";

/** What an answer with changes needs beside them. */
export interface DeltaFrame {
  /** Where the link leads. */
  readonly url: string;
  /** In OData 4.01. */
  readonly isNew: boolean;
  /** The sets of a whole hub. */
  readonly parts?: readonly Tracked[];
}

/**
 * Rows and removals of change tracking as JSON text, with exactly one of both links (R132, R134-R136; OData JSON Format 4.01, 15). In the form of OData 4.0 a
 * removal is a deleted entity with its id (JSON Format 4.0, 14.3). What a whole hub has comes from several sets: each item says from which.
 */
export function deltaText(outcome: ChangesOutcome, printing: Printing, frame: DeltaFrame): string {
  const { changes, link } = outcome;
  const isPlain = printing.format.metadata === "none";
  const context = isPlain ? "" : `"@odata.context":${JSON.stringify(contextOf(outcome, printing, frame))},`;
  const name = link.option === "$skiptoken" ? "@odata.nextLink" : "@odata.deltaLink";
  const items = changes.map((change) => itemText(change, outcome, { printing: partOf(change, printing, frame), frame }));
  return `{${context}"${name}":${JSON.stringify(frame.url)},"value":[${items.join(",")}]}`;
}

function contextOf({ form }: ChangesOutcome, { serviceUrl, target, query }: Printing, { parts }: DeltaFrame): string {
  const set = parts === undefined ? contextUrl(serviceUrl, target, query) : `${serviceUrl}/$metadata#Collection(${baseOf(parts)})`;
  return form === "odata" ? `${set}/$delta` : set;
}

/** The type that all of them have in common. */
function baseOf(parts: readonly Tracked[]): string {
  const [first] = parts;
  let type = first!.target.place.type;
  while (type.base !== undefined) type = type.base;
  return type.name;
}

function partOf({ part }: Change, printing: Printing, { parts }: DeltaFrame): Printing {
  return part === undefined || parts === undefined ? printing : { ...printing, ...parts[part]! };
}

interface Item {
  readonly printing: Printing;
  readonly frame: DeltaFrame;
}

function itemText({ id, row, removed = "deleted" }: Change, { form }: ChangesOutcome, { printing, frame: { parts, isNew } }: Item): string {
  const { serviceUrl, target, query, format } = printing;
  const control = parts === undefined || format.metadata === "none" ? "" : `"@odata.id":${JSON.stringify(entityUrl(serviceUrl, target, id))},`;
  if (row !== undefined) {
    if (control === "") return entityText(row, printing);
    const context = `"@odata.context":${JSON.stringify(contextUrl(serviceUrl, { ...target, kind: "entity", key: id }, query))},`;
    return `{${context}${format.metadata === "full" ? "" : control}${entityText(row, printing).slice(1)}`;
  }
  if (form === "odata" && !isNew) {
    const context = `${contextUrl(serviceUrl, { ...target, kind: "collection" }, { expand: [] })}/$deletedEntity`;
    return `{"@odata.context":${JSON.stringify(context)},"id":${JSON.stringify(entityUrl(serviceUrl, target, id))},"reason":"${removed}"}`;
  }
  const key = JSON.stringify(keyMembers(target.cast ?? target.place.type, id)).slice(1);
  return `{"@removed":{"reason":"${removed}"},${control}${key}`;
}
