import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { Row, WriteAnswer, WriteSet } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import { homeRow } from "./homeRow.ts";

const attempts = 5;

/**
 * Decides and writes; when a row moved between the two, decides anew from what is committed then, up to five
 * times. Throws 409 `nameAlreadyExists` for a taken key, 409 `conflict` when the row would not stand still.
 */
export async function attempt(permitted: Permitted, context: ExecuteContext, decideSet: () => Promise<WriteSet>): Promise<readonly Row[]> {
  for (let tried = 0; tried < attempts; tried += 1) {
    const writeSet = await decideSet();
    const own = writeSet.rows.length;
    const home = await homeRow(permitted, writeSet, context);
    const answer = await context.store.write(permitted, { ...writeSet, rows: [...writeSet.rows, ...home] });
    if (answer.kind === "written") return answer.rows.slice(0, own);
    if (answer.kind === "exists" && !isSeenNextTime(answer, permitted, writeSet)) throw taken(writeSet, answer.index, answer.unique);
  }
  throw problem("conflict", { what: "The entity is being changed by others; try again." }, { headers: { "Retry-After": "1" } });
}

/** What an upsert and the first write into a hub found absent has come to be in the meantime: the next decision sees it. */
function isSeenNextTime({ unique, index }: Extract<WriteAnswer, { kind: "exists" }>, { plan }: Permitted, { rows }: WriteSet): boolean {
  const row = rows[index];
  return unique === undefined && (plan.kind === "update" || row === undefined || row.place.definition.hub !== undefined);
}

function taken(writeSet: WriteSet, index: number, unique: readonly string[] | undefined): Error {
  const row = writeSet.rows[index]!;
  const what = unique === undefined ? `An object with the id '${row.id}' exists already.` : `An object with the same ${unique.join(", ")} exists already.`;
  return problem("nameAlreadyExists", { what }, { target: unique?.[0] ?? "id" });
}
