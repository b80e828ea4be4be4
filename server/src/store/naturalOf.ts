import type { JsonObject } from "../base/json.ts";
import { alternateTextOf } from "../edm/alternateKey.ts";
import type { HubSettings } from "../edm/rules.ts";
import { naturalKeyOf } from "./naturalKeyOf.ts";
import type { Table } from "./schema.ts";

/** What the column `natural` is made of: the alternate key of a place that has one, else its natural key. */
export function naturalOf({ place: { alternate, definition } }: Pick<Table, "place">, entity: JsonObject): string | null {
  return alternate === undefined ? naturalKeyOf(definition.unique, entity) : alternateTextOf(alternate, entity);
}

/** What of it is written: an alternate key always, a natural one where the hub wants it to be unique. */
export function keptNatural({ place }: Pick<Table, "place">, { uniqueKeys }: HubSettings, natural: () => string | null): string | null {
  return uniqueKeys || place.alternate !== undefined ? natural() : null;
}

/** What no two rows share, for the answer to the second. */
export function uniqueNames({ place: { alternate, definition } }: Pick<Table, "place">): readonly string[] {
  return alternate?.parts.map(({ name }) => name) ?? definition.unique ?? [];
}
