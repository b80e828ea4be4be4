import type { Permitted } from "../../auth/permitted.ts";
import type { CollectionTarget, EntityTarget } from "../../plan/plan.ts";
import { fillRows } from "../fillRows.ts";
import { countOf, listPage } from "../listReads.ts";
import { requirePermitted, targetOf } from "../reading.ts";
import { ofCast, rowText, wantedRow, type WantedRow } from "../rowByKey.ts";
import type { Row, StoreReads } from "../store.ts";
import type { SqliteReading } from "./reading.ts";

type Lists = Pick<StoreReads, "list" | "count" | "get" | "complete">;

export function createReads(reading: SqliteReading): Lists {
  return {
    async list(permitted) {
      requirePermitted(permitted);
      return reading.pages.get(permitted, () => listPage(reading, permitted));
    },
    async count(permitted) {
      requirePermitted(permitted);
      const { target, query } = permitted.plan;
      return countOf(reading, permitted, { target, query });
    },
    get(permitted) {
      requirePermitted(permitted);
      return getRow(reading, permitted, targetOf(permitted.plan));
    },
    async complete(permitted, row, query) {
      requirePermitted(permitted);
      const { place, cast } = targetOf(permitted.plan);
      const [filled] = await fillRows(reading, { permitted, query, place, cast }, [row]);
      return filled!;
    },
  };
}

function getRow(reading: SqliteReading, permitted: Permitted, target: CollectionTarget | EntityTarget): Row | undefined {
  const wanted = wantedRow(permitted, reading, target);
  if (wanted === undefined) return undefined;
  const { place, id, owned } = wanted;
  const { recent } = reading;
  const row = id === undefined || owned.sql !== "" ? readRow(reading, wanted) : (recent.find(place, id) ?? recent.keep(place, readRow(reading, wanted)));
  return ofCast(row, wanted);
}

function readRow({ connection, numberOf, dialect }: SqliteReading, wanted: WantedRow): Row | undefined {
  const { place, id, owned } = wanted;
  const { hub, parents } = place;
  const keys = [numberOf(hub), ...parents, ...(id === undefined ? [] : [id])];
  const row = connection.prepare(rowText(wanted, dialect)).get([...keys, ...owned.values]);
  if (row === undefined) return undefined;
  const [found, seq, type, body] = row as [string, number, string, string];
  return { hub, parents, id: found, seq, type, body };
}
