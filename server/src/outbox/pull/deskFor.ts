import { permit } from "../../auth/permit.ts";
import type { Caller } from "../../auth/caller.ts";
import { system } from "../../edm/systemPermission.ts";
import { openDesk, type Desk, type DeskParts } from "../dispatch/desk.ts";

/** What desks for callers of operations are made of. */
export type DeskFor = Omit<DeskParts, "as">;

/** The desk of the hub in which an operation is called, in the name of the caller: who may call it is asked before. */
export async function deskFor(
  { path, caller }: { readonly path: string; readonly caller: Pick<Caller, "tenant" | "appId" | "user"> },
  parts: DeskFor,
): Promise<{ readonly hub: string; readonly desk: Desk }> {
  const server: Caller = { ...caller, kind: "application", permissions: new Set([system]), expires: Number.MAX_SAFE_INTEGER };
  const { plan } = parts.planPath(path);
  const { scope } = await permit(plan as Parameters<typeof permit>[0], server, parts.gate);
  if (scope.kind !== "hub") throw new Error(`${path} lies in no hub.`);
  return { hub: scope.hub.id, desk: openDesk(scope.hub.id, caller.tenant, { ...parts, as: caller }) };
}
