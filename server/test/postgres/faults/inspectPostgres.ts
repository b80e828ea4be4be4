import { Client, types } from "pg";
import { createModel } from "../../../src/edm/createModel.ts";
import { securityGraph } from "../../../src/graph/securityGraph.ts";
import { schemaOf } from "../../../src/store/schema.ts";
import { inspecting, type Inspection, type Row } from "../../process/inspecting.ts";

/** Reads a database beside its servers: `inspecting` finds nothing, every kept answer is complete, and nothing that writers marked is there twice. */
export async function inspectPostgres(url: string): Promise<Inspection> {
  const client = new Client({ connectionString: url, types: { getTypeParser: readAs } });
  await client.connect();
  const all = async (sql: string): Promise<Row[]> => (await client.query<Row>(sql)).rows;
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const looking = inspecting();
    let step = looking.next();
    while (step.done !== true) step = looking.next(await all(step.value));
    const incomplete = (await all(`SELECT "key" FROM "idempotency" WHERE "outcome" = ''`)).map(
      (row) => `the answer for the key ${String(row["key"])} is missing`,
    );
    const doubled = (await all(doubles())).map((row) => `doubled: ${String(row["marker"])} is there ${String(row["n"])} times`);
    return { ...step.value, faults: [...step.value.faults, ...incomplete, ...doubled] };
  } finally {
    await client.end();
  }
}

const bool = 16;

/** Booleans as the columns' values are told elsewhere: 1 and 0. */
function readAs(type: number): (text: string) => unknown {
  return type === bool ? (text) => (text === "t" ? 1 : 0) : (types.getTypeParser(type) as (text: string) => unknown);
}

/** What writers mark their resources with, by place (`writing.ts`). */
const marks: Readonly<Record<string, string>> = {
  secureScores: `"body"::jsonb->'vendorInformation'->>'subProvider'`,
  userSecurityProfiles: `"body"::jsonb->>'userPrincipalName'`,
  deviceAppManagementTasks: `"body"::jsonb->>'displayName'`,
};

function doubles(): string {
  const marked = schemaOf(createModel(securityGraph)).tables.flatMap(({ name, place: { path } }) => {
    const mark = marks[path.split("/").at(-1)!];
    return mark === undefined ? [] : [`SELECT ${mark} AS "marker" FROM "${name}"`];
  });
  if (marked.length !== 3) throw new Error("The writers' places are not those of the model.");
  return `SELECT "marker", count(*) AS n FROM (${marked.join(" UNION ALL ")}) AS m GROUP BY "marker" HAVING count(*) > 1`;
}
