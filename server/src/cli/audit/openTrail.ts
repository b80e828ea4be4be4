import { createModel } from "../../edm/createModel.ts";
import type { Model } from "../../edm/model.ts";
import { securityGraph } from "../../graph/securityGraph.ts";
import { schemaOf } from "../../store/schema.ts";
import { tableShapes, type TableShape } from "../../store/tableShapes.ts";
import type { Cells, TransferSource } from "../../store/transfer/ends.ts";
import { openSource } from "../transfer/openSource.ts";
import type { DataPlace } from "../transfer/place.ts";
import { refusing } from "../refusing.ts";

/** A hub with a trail. */
export interface TrailHub {
  readonly id: string;
  readonly n: string;
  /** Records that were ever written. */
  readonly audits: number;
}

/** A record as it is stored: `body` is null for those from before there were chains. */
export interface TrailRow {
  readonly hub: TrailHub;
  readonly number: number;
  readonly body: string | null;
  readonly seal: string | null;
  /** What columns repeat of it, by the names in the record. */
  readonly repeated: Readonly<Record<string, string | null>>;
}

/** The audit trails of a store as they stand in one moment. */
export interface Trail {
  readonly hubs: readonly TrailHub[];
  /** Rows of all trails. */
  readonly total: number;
  /** Rows by hub and number: of all hubs, or of one behind a number. */
  readonly rows: (hub?: TrailHub, after?: number) => AsyncGenerator<TrailRow>;
  /** A small value of the installation. */
  readonly value: (name: string) => Promise<string | undefined>;
  readonly close: () => Promise<void>;
}

const repeated = {
  at: "createdDateTime",
  tenant: "tenantId",
  app: "appId",
  user: "userPrincipalName",
  verb: "activity",
  first: "firstChange",
  last: "lastChange",
};

/** Opens the trails of a data folder or a database, beside a server or without one. Throws a ConfigurationFault that says why it cannot be done. */
export async function openTrail(place: DataPlace, model: Model = createModel(securityGraph)): Promise<Trail> {
  const schema = schemaOf(model);
  const source = await refusing(() => openSource(place, schema));
  const shapes = new Map(tableShapes(schema).map((shape) => [shape.name, shape]));
  const hubs: TrailHub[] = [];
  for await (const row of rowsOf(source, shapes.get("hubs")!)) hubs.push({ id: row["hub"]!, n: row["n"]!, audits: Number(row["audits"]) });
  const byNumber = new Map(hubs.map((hub) => [hub.n, hub]));
  return {
    hubs,
    total: source.counts.get("audit") ?? 0,
    async *rows(only, after = 0) {
      const behind = only === undefined ? undefined : [only.n, String(after)];
      for await (const row of rowsOf(source, shapes.get("audit")!, behind)) {
        const hub = byNumber.get(row["hub"]!) ?? { id: "", n: row["hub"]!, audits: 0 };
        if (only !== undefined && hub.n !== only.n) break;
        const values = Object.entries(repeated).map(([column, name]) => [name, row[column]!] as const);
        yield { hub, number: Number(row["seq"]), body: row["body"]!, seal: row["seal"]!, repeated: Object.fromEntries(values) };
      }
    },
    async value(name) {
      for await (const row of rowsOf(source, shapes.get("system_values")!)) if (row["name"] === name) return row["value"]!;
      return undefined;
    },
    close: source.close,
  };
}

async function* rowsOf(source: TransferSource, shape: TableShape, after?: Cells): AsyncGenerator<Readonly<Record<string, string | null>>> {
  const names = shape.columns.map(({ name }) => name);
  for await (const { rows } of source.read(shape, after)) {
    for (const row of rows) yield Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]));
  }
}
