import type { Permitted } from "../auth/permitted.ts";
import type { ChangeSetPlan } from "../plan/plan.ts";
import type { WriteSet } from "../store/store.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { DeepWrite } from "./deepWrite.ts";
import type { Outcome } from "./outcome.ts";
import { requireParents } from "./read.ts";
import { auditOf } from "./writeSetOf.ts";

/** PATCH of a collection with a delta payload (OData 4.01 Protocol 11.4.12): each item is an upsert or a removal, and all stand or none. */
export async function changeSet(permitted: Permitted<ChangeSetPlan>, context: ExecuteContext): Promise<Outcome> {
  const { target, items } = permitted.plan;
  await requireParents(permitted, target, context);
  const sent = items();
  let made: WriteSet | undefined;
  const rows = await attempt(permitted, context, async () => {
    const stamp = stampOf(permitted, context);
    const deep = new DeepWrite(stamp, { permitted, context });
    await deep.changeSet(target, sent);
    made = deep.joined({ rows: [], grants: [], messages: [], audit: auditOf(stamp, "change", context) });
    return made.rows.length === 0 ? undefined : made;
  });
  const own = rows.filter((_, index) => made?.rows[index]?.place === target.place);
  return { kind: "changedSet", rows: own.filter(({ body }) => body !== ""), removed: own.filter(({ body }) => body === "").map(({ id }) => id) };
}
