import { schemaOf } from "../../server/src/store/schema.ts";
import { tableShapes } from "../../server/src/store/tableShapes.ts";
import { createModel } from "../../server/src/edm/createModel.ts";
import { securityGraph } from "../../server/src/graph/securityGraph.ts";

/** What differs between engines in the statements that copy the first hub. */
export interface Copying {
  /** A GUID made of a text. */
  readonly guid: (text: string) => string;
  /** The numbers from 2 to a parameter, as a table `k(k)`. */
  readonly numbers: string;
  readonly tenant: string;
}

/** Rows of a hub have numbers so far behind those of the one before. */
const stride = 100_000;

/**
 * Statements that copy the first hub into others, whose greatest number is their only parameter. Ids differ, sequences are each hub's own. Rows come as they come in life: one of every
 * hub, then the next of every hub; so a hub's rows lie scattered.
 */
export function copyStatements({ guid, numbers, tenant }: Copying): string[] {
  const hubId = guid(`'hub ' || k.k`);
  const newId = `CASE WHEN s."id" = h."hub" THEN ${hubId} ELSE ${guid(`s."id" || k.k`)} END`;
  const values: Readonly<Record<string, string>> = {
    hub: "k.k",
    n: `s."n" + (k.k - 1) * ${stride}`,
    id: newId,
    body: `replace(s."body", s."id", ${newId})`,
  };
  const copied = tableShapes(schemaOf(createModel(securityGraph))).filter(
    ({ name, columns }) => columns.some((column) => column.name === "hub" && column.kind === "integer") && name !== "outbox" && name !== "dynamic_names",
  );
  return [
    `INSERT INTO "hubs" ("hub", "n", "seq", "audits", "settings", "at") SELECT ${hubId}, k.k, s."seq", s."audits", s."settings", s."at" FROM "hubs" AS s, ${numbers} WHERE s."n" = 1`,
    `INSERT INTO "hub_access" ("hub", "tenant", "role") SELECT ${hubId}, '${tenant}', 'manager' FROM ${numbers}`,
    ...copied.map(({ name, columns, key }) => {
      const list = columns.map((column) => `"${column.name}"`).join(", ");
      const picked = columns.map((column) => values[column.name] ?? `s."${column.name}"`).join(", ");
      const order = [...key.filter((column) => column !== "hub"), ""].slice(0, -1).map((column) => `s."${column}"`);
      const [first, ...rest] = order;
      return `INSERT INTO "${name}" (${list}) SELECT ${picked} FROM "${name}" AS s JOIN "hubs" AS h ON h."n" = 1, ${numbers} WHERE s."hub" = 1 ORDER BY ${[first, "k.k", ...rest].join(", ")}`;
    }),
  ];
}
