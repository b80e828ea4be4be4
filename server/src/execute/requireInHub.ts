import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { EntityTarget } from "../plan/plan.ts";

/** An entity of another hub is as one that never existed. Throws 404. */
export function requireInHub({ scope }: Permitted, to: EntityTarget | undefined): void {
  const isElsewhere = to?.hub.kind === "named" && (scope.kind !== "hub" || scope.hub.id !== to.hub.id);
  if (isElsewhere || to?.hub.kind === "fleet") throw notFound(to.key);
}
