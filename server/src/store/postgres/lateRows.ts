import type { StoreSchema, Table } from "../schema.ts";
import { rewriteRows } from "./rewriteRows.ts";
import { roles } from "./scope.ts";
import { openSession, type Session } from "./session.ts";
import { workTexts } from "./workTexts.ts";

/** The kind of work that brings up rows which servers of the version before have written since a migration: only servers of the model can do it, so it is theirs. */
export function lateRowsKind(model: string): string {
  return `bring rows ${model.slice(0, 12)}`;
}

/** Minutes after a migration: servers of the version before may be there for so long. */
const passes = [10, 60];

/** Statements that put the work, for the migration's own transaction. */
export function lateRows({ model }: StoreSchema, reshaped: readonly Table[]): { readonly sql: string; readonly values: readonly unknown[] }[] {
  if (reshaped.length === 0) return [];
  const payload = payloadOf(reshaped);
  return passes.map((minutes) => ({ sql: workTexts.put, values: ["", lateRowsKind(model.version), `${minutes}`, minutes * 60_000, payload] }));
}

/** What is told of the tables whose rows are to be written anew. */
export function payloadOf(reshaped: readonly Table[]): string {
  return JSON.stringify({ places: reshaped.map(({ place }) => place.path) });
}

/** Makes the function that brings them up. It stops, and rejects, when it is told to. */
export function createLateRows(url: string, schema: StoreSchema): (payload: string, stop: AbortSignal) => Promise<void> {
  return async (payload, stop) => {
    const { places } = JSON.parse(payload) as { readonly places: readonly string[] };
    const login = await openSession(url);
    try {
      const session = servingSession(login);
      const rewritten = (): void => stop.throwIfAborted();
      for (const table of schema.tables) if (places.includes(table.place.path)) await rewriteRows({ session, schema, rewritten }, table);
    } finally {
      await login.end();
    }
  };
}

/** Works as the role of the system: who serves owns no table. */
function servingSession(login: Session): Session {
  const transaction: Session["transaction"] = (work) =>
    login.transaction(async () => {
      await login.rows("SELECT set_config('role', $1, true)", [roles.system]);
      return work();
    });
  return { ...login, transaction };
}
