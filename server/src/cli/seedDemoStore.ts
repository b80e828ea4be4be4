import { existsSync, rmSync } from "node:fs";
import { createService } from "../app.ts";
import type { Caller } from "../auth/caller.ts";
import { renameDurably } from "../base/durableFile.ts";
import { defaultBudgets } from "../base/limits.ts";
import type { Model } from "../edm/model.ts";
import { handle } from "../handle.ts";
import { developmentTenant } from "../issuer/developmentApp.ts";
import { openSqliteStore } from "../store/sqlite/openSqliteStore.ts";

/** Told how far the filling has come; the first call comes before any work. */
export type SeedProgress = (done: number, total: number) => void;

/**
 * Fills the demo hub of a new data file (DESIGN 4, Development mode): into a file beside it that is renamed when it
 * is whole, so that an interrupted start leaves nothing half filled. Does nothing where the file exists.
 */
export async function seedDemoStore(file: string, model: Model, progress: SeedProgress): Promise<void> {
  if (existsSync(file)) return;
  const { seedDemo } = await import("../emulator/seedDemo.ts");
  const growing = `${file}.filling`;
  for (const ending of ["", "-wal", "-shm"]) rmSync(growing + ending, { force: true });
  const today = Date.now();
  let moment = today;
  const clock = (): number => moment;
  const store = await openSqliteStore({ file: growing, model, clock });
  try {
    const { app } = await createService({ model, store, clock, authenticate: noToken, budgets: defaultBudgets, placeholders: [], faithful: [] });
    progress(0, 1);
    await seedDemo({
      send: (request, caller) => handle(app, request, caller),
      setClock: (milliseconds) => void (moment = milliseconds),
      today,
      tenant: developmentTenant,
      progress,
    });
  } finally {
    await store.close();
  }
  renameDurably(growing, file);
}

/** Every request of the demo brings its caller. */
function noToken(): Caller {
  throw new Error("The demo's requests carry no token.");
}
