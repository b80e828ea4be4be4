import type { Permitted } from "../auth/permitted.ts";
import type { Awaitable } from "../base/awaitable.ts";
import type { RowPlan } from "../plan/plan.ts";
import { action } from "./action.ts";
import type { ExecuteContext } from "./context.ts";
import { changeSet } from "./changeSet.ts";
import { create } from "./create.ts";
import { delta } from "./delta.ts";
import { expandedTokens } from "./expandedTokens.ts";
import { link } from "./link.ts";
import { listAll } from "./listAll.ts";
import { media } from "./media.ts";
import { once } from "./once.ts";
import type { Outcome } from "./outcome.ts";
import { count, get, list, property } from "./read.ts";
import { remove } from "./remove.ts";
import { setProperty, update } from "./update.ts";

type Of<K extends RowPlan["kind"]> = Permitted<Extract<RowPlan, { readonly kind: K }>>;

/** Carries a permitted plan out. Throws Problems; anything else thrown is a fault of ours. */
export function execute(permitted: Permitted, context: ExecuteContext): Awaitable<Outcome> {
  switch (permitted.plan.kind) {
    case "list":
      return permitted.plan.parts === undefined ? list(permitted as Of<"list">, context) : listAll(permitted as Of<"list">, context);
    case "delta":
      return delta(permitted as Of<"delta">, context);
    case "count":
      return count(permitted as Of<"count">, context);
    case "get":
      return get(permitted as Of<"get">, context);
    case "media":
      return media(permitted as Of<"media">, context);
    case "property":
      return property(permitted as Of<"property">, context);
    case "create":
      return shaped(
        permitted,
        once(permitted, context, (within) => create(permitted as Of<"create">, within)),
        context,
      );
    case "update":
      return shaped(permitted, update(permitted as Of<"update">, context), context);
    case "setProperty":
      return setProperty(permitted as Of<"setProperty">, context);
    case "delete":
      return remove(permitted as Of<"delete">, context);
    case "changeSet":
      return changeSet(permitted as Of<"changeSet">, context);
    case "link":
      return link(permitted as Of<"link">, context);
    case "action":
      return once(permitted, context, (within) => action(permitted as Of<"action">, within));
  }
}

/** The written entity with what the query wants beside its body: computed values, members that stay, related entities. */
function shaped(permitted: Permitted, writing: Promise<Outcome>, context: ExecuteContext): Promise<Outcome> {
  const { plan } = permitted;
  const query = "query" in plan ? plan.query : undefined;
  if (query === undefined || (query.shaping === undefined && query.expand.length === 0)) return writing;
  return writing.then(async (outcome) => {
    if (outcome.kind !== "created" && outcome.kind !== "updated") return outcome;
    const row = await context.store.complete(permitted, outcome.row, query);
    return { ...outcome, row, expanded: expandedTokens([row], query.expand, permitted, context) };
  });
}
