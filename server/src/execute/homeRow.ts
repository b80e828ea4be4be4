import type { Permitted } from "../auth/permitted.ts";
import type { RowWrite, WriteSet } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import { emptyHub } from "./virtualRow.ts";

/** The row that the first write into a home hub writes beside its own, so that the hub is real and whole (DESIGN 2, Hub). */
export async function homeRow(permitted: Permitted, writeSet: WriteSet, { model, store }: ExecuteContext): Promise<readonly RowWrite[]> {
  const { scope, caller } = permitted;
  if (scope.kind !== "hub" || scope.hub.real || model.hub === undefined) return [];
  const { id } = scope.hub;
  if (writeSet.rows.some((row) => row.place.definition.hub !== undefined)) return [];
  if ((await store.directory.home(caller.tenant)).real) return [];
  const { fleet } = model.hub;
  const entity = emptyHub(fleet.type, id, caller.tenant);
  return [{ place: fleet, parents: [], id, expect: "absent", put: { type: fleet.type.name, entity }, changed: Object.keys(entity) }];
}
