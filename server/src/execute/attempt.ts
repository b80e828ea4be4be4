import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { Row, WriteSet } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";

const attempts = 5;

/**
 * Decides and writes; when a row moved between the two, decides anew from what is committed then, up to five
 * times. Throws 409 `nameAlreadyExists` for a taken key, 409 `conflict` when the row would not stand still.
 */
export async function attempt(
  permitted: Permitted,
  context: ExecuteContext,
  decideSet: () => Promise<WriteSet>,
): Promise<readonly Row[]> {
  for (let tried = 0; tried < attempts; tried += 1) {
    const writeSet = await decideSet();
    const answer = await context.store.write(permitted, writeSet);
    if (answer.kind === "written") return answer.rows;
    if (answer.kind === "exists") throw taken(writeSet, answer.index, answer.unique);
  }
  throw problem("conflict", { what: "The entity is being changed by others; try again." }, { headers: { "Retry-After": "1" } });
}

function taken(writeSet: WriteSet, index: number, unique: readonly string[] | undefined): Error {
  const row = writeSet.rows[index]!;
  const what =
    unique === undefined
      ? `An object with the id '${row.id}' exists already.`
      : `An object with the same ${unique.join(", ")} exists already.`;
  return problem("nameAlreadyExists", { what }, { target: unique?.[0] ?? "id" });
}
