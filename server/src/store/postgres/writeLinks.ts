import type { Scalar } from "../../plan/typed.ts";
import { linkStatements } from "../linkWrites.ts";
import { statementsOf } from "../statements.ts";
import type { RowKey, WriteAnswer } from "../store.ts";
import type { Applying } from "./applyWriteSet.ts";
import type { Step } from "./connections.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import type { HubState, Numbered } from "./hubStates.ts";
import type { Result } from "./pipeline.ts";
import type { Placed } from "./rowSteps.ts";
import { Withdrawn } from "./withdrawn.ts";

/** The rows at the ends of the changed relations that the WriteSet does not write itself. */
function others({ writeSet: { links = [] } }: Applying, placed: readonly Placed[]): RowKey[] {
  const ends = links.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));
  const known = new Set(placed.map(({ row }) => nameOf(row)));
  return [...new Map(ends.map((end) => [nameOf(end), end])).values()].filter((end) => !known.has(nameOf(end)));
}

function nameOf({ place, parents, id }: RowKey): string {
  return JSON.stringify([place.path, ...parents, id]);
}

/** What has to be known of those rows: their numbers. They stay until the transaction ends, for who deletes one waits for the hub's counters. */
export function endSteps(applying: Applying, placed: readonly Placed[], hub: Numbered | undefined): Step[] {
  return others(applying, placed).map(({ place, parents, id }) => {
    const table = applying.schema.tableOf(place);
    if (table === undefined || hub === undefined) throw new Error(`${place.path} has no rows of its own.`);
    return { scope: hub.scope, sql: statementsOf(table, dialect).find, values: [hub.n, ...parents, id] };
  });
}

interface Linking {
  readonly applying: Applying;
  readonly state: HubState;
  readonly placed: readonly Placed[];
  /** Of `placed`, in their order. */
  readonly numbers: readonly Scalar[];
}

/** The steps that change relations, given what `endSteps` found. Throws `moved` where an end is not there. */
export function linkSteps(found: readonly Result[], { applying, state, placed, numbers }: Linking): Step[] {
  const { links = [] } = applying.writeSet;
  const known = new Map(placed.map(({ row }, index): [string, Scalar | undefined] => [nameOf(row), numbers[index]]));
  for (const [index, end] of others(applying, placed).entries()) known.set(nameOf(end), found[index]?.rows[0]?.[0]);
  const numberOf = (end: RowKey): Scalar => {
    const n = known.get(nameOf(end));
    if (n === undefined) throw new Withdrawn({ kind: "moved", index: 0 } satisfies WriteAnswer);
    return n;
  };
  return links.flatMap((write) => {
    const ends = { dialect, hub: state.n, from: numberOf(write.from), ...(write.to && { to: numberOf(write.to) }) };
    return linkStatements(write, applying.schema, ends).map(({ sql, values }): Step => ({ scope: state.scope, sql, values }));
  });
}
