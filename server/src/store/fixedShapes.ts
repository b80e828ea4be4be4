import type { fixedNames } from "./schema.ts";

/** A column of a fixed table: what it holds, `?` when it may be null, `count` for a whole number that begins at 0. */
export type FixedColumn = "text" | "text?" | "integer" | "integer?" | "count";

/** A table that every store has, whatever the model. */
export interface FixedShape {
  readonly columns: Readonly<Record<string, FixedColumn>>;
  readonly key: readonly string[];
  /** The column by whose value the table is divided, where an engine can: each part has the key for itself. */
  readonly dividedBy?: string;
  /** Rows are long: in SQLite, they lie in the order in which they come. In the tree of a key, one of more than 1002 bytes takes a page of its own. */
  readonly long?: true;
}

/** The fixed tables, in the order in which they are made. */
export const fixedShapes: Readonly<Record<(typeof fixedNames)[number], FixedShape>> = {
  hubs: { columns: { hub: "text", n: "integer", seq: "integer", audits: "integer", settings: "text", at: "text" }, key: ["hub"] },
  hub_access: { columns: { hub: "text", tenant: "text", role: "text" }, key: ["hub", "tenant"] },
  changes: {
    columns: { hub: "integer", seq: "integer", place: "text", parents: "text", id: "text", verb: "text", changed: "text", at: "text" },
    key: ["hub", "seq"],
    dividedBy: "at",
  },
  outbox: { columns: { hub: "integer", audit: "integer", n: "integer", kind: "text", payload: "text", at: "text" }, key: ["hub", "audit", "n"] },
  // `body`: the whole record as JSON text but for its seal, of which the other columns repeat what is looked for.
  audit: {
    columns: {
      hub: "integer",
      seq: "integer",
      at: "text",
      tenant: "text",
      app: "text",
      user: "text?",
      verb: "text",
      first: "integer?",
      last: "integer?",
      seal: "text?",
      body: "text?",
    },
    key: ["hub", "seq"],
    long: true,
  },
  idempotency: {
    columns: { hub: "text", app: "text", path: "text", key: "text", hash: "text", outcome: "text", at: "text" },
    key: ["hub", "app", "path", "key"],
  },
  dynamic_names: { columns: { hub: "integer", place: "text", name: "text" }, key: ["hub", "place", "name"] },
  // Work that is handed out (`leases.ts`). `ready`: when it is due, or when the lease of its owner ends; null: given up.
  leased_work: {
    columns: {
      hub: "text",
      kind: "text",
      key: "text",
      ready: "integer?",
      again: "integer?",
      owner: "text?",
      token: "count",
      attempts: "count",
      payload: "text",
      note: "text?",
    },
    key: ["hub", "kind", "key"],
  },
  system_values: { columns: { name: "text", value: "text" }, key: ["name"] },
  schema_versions: { columns: { number: "integer", store: "integer", model: "text", shapes: "text", at: "text" }, key: ["number"] },
};
