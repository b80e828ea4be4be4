import type { Query } from "../plan/plan.ts";
import { keyColumns } from "./enter.ts";
import type { Reading } from "./reading.ts";
import type { Row } from "./store.ts";

/** What ends an element of a run's list where a query looks at the row of the path that its rows lie below: the key of that row. */
export function outerKey({ outer }: Query, { parents, id }: Row, { schema }: Pick<Reading, "schema">): readonly string[] {
  const table = outer === undefined ? undefined : schema.tableOf(outer);
  return table === undefined ? [] : [...parents, id].slice(0, keyColumns(table).length);
}
