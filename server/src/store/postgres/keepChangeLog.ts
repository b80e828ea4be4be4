import { horizonOf, periodOf } from "../horizon.ts";
import type { Tended } from "../store.ts";
import type { Connections } from "./connections.ts";

/** Makes partitions of the change log ahead of time and drops those that are too old; what lies outside of them goes in portions. */
export async function keepChangeLog(
  connections: Pick<Connections, "run">,
  now: string,
  { days, most }: { readonly days: number | undefined; readonly most: number },
): Promise<Tended> {
  const values = [now, days === undefined ? null : horizonOf(now, days), periodOf(days), most];
  const [result] = await connections.run({ kind: "system" }, [{ sql: "SELECT secgraph_keep_changes($1, $2, $3, $4)", values }]);
  return result!.rows[0]![0] as Tended;
}
