import type { EntityType } from "../edm/types.ts";
import type { Row } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";

/** The type of a stored row. */
export function typeOf(row: Row, context: ExecuteContext): EntityType {
  const type = context.model.findType(row.type);
  if (type?.kind !== "entity") throw new Error(`The store holds a row of the unknown type ${row.type}.`);
  return type;
}
