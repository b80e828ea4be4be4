import type { Caller } from "../../src/auth/caller.ts";
import { permit } from "../../src/auth/permit.ts";
import { pathPlanner } from "../../src/wiring/pathPlanner.ts";
import type { App } from "../../src/handle.ts";

/** The body of a row as the store keeps it, with what no answer shows. */
export async function storedBody(app: App, path: string, caller: Caller): Promise<string> {
  const { plan } = pathPlanner(app)(path);
  if (plan.kind !== "get") throw new Error(`${path} is no row.`);
  const row = await app.execute.store.get(await permit(plan, caller, app.gate));
  if (row === undefined) throw new Error(`There is no row at ${path}.`);
  return row.body;
}
