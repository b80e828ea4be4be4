import { serverId } from "../../base/serverId.ts";
import type { Awaitable } from "../../base/awaitable.ts";
import { Problem } from "../../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../../base/http.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { notFound, permit, type Gate } from "../../auth/permit.ts";
import type { Caller } from "../../auth/caller.ts";
import type { Rule } from "../../edm/rules.ts";
import { system } from "../../edm/systemPermission.ts";
import { attempt } from "../../execute/attempt.ts";
import { stampOf, type ExecuteContext } from "../../execute/context.ts";
import { changeSetOf, decideChange, writesNothing } from "../../execute/rowChange.ts";
import type { EntityTarget, Plan } from "../../plan/plan.ts";
import type { Row } from "../../store/store.ts";
import type { PlanPath } from "../notify/followed.ts";

/** A step of the dispatch: how the audit names it, what decides it, and what that is told. */
export interface Step {
  readonly name: string;
  readonly rule: Rule;
  readonly sent?: Readonly<Record<string, Json | object | undefined>>;
}

/** What the dispatcher reads and writes of one hub, in the name of the server. */
export interface Desk {
  /** The entities on the first page of a path below the hub; no copy of the data that may be behind is asked. */
  readonly rows: (path: string) => Promise<readonly JsonObject[]>;
  /** A single entity below the hub; undefined where there is none. */
  readonly row: (path: string) => Promise<JsonObject | undefined>;
  readonly count: (path: string) => Promise<number>;
  /** Decides a step of an action from what is committed, and writes it: the entity as it is then; undefined where the rule refuses, for somebody was faster. */
  readonly act: (id: string, step: Step) => Promise<JsonObject | undefined>;
  /** The same; throws the refusal. */
  readonly demand: (id: string, step: Step) => Promise<JsonObject>;
  /** An ordinary request without a body of interest; false where it is refused. */
  readonly post: (path: string, body: JsonObject) => Promise<boolean>;
}

/** What desks are made of. */
export interface DeskParts {
  readonly planPath: PlanPath;
  readonly gate: Gate;
  readonly context: ExecuteContext;
  /** Answers a request of a caller who need not show a token. */
  readonly send: (request: HttpRequest, caller: Caller) => Awaitable<HttpResponse>;
  /** Told of rows that cannot be read, which are left out. */
  readonly onFault: (error: unknown) => void;
  /** The path of the actions below a hub. */
  readonly actions: string;
  /** In whose name it is written, where that is not the server's. */
  readonly as?: Pick<Caller, "appId" | "user">;
}

const server = { appId: serverId, user: null };

/** Opens the desk of a hub that a tenant reaches. */
export function openDesk(hub: string, tenant: string, parts: DeskParts): Desk {
  const { planPath, gate, context, send, actions, onFault, as = server } = parts;
  const caller: Caller = { tenant, appId: as.appId, user: as.user, kind: "application", permissions: new Set([system]), expires: Number.MAX_SAFE_INTEGER };
  const set = `securities/${encodeURIComponent(hub)}`;
  const planOf = (path: string): Plan => planPath(`${set}/${path}`).plan;
  const target = (id: string): ReturnType<typeof writing> => {
    const plan = planOf(`${actions}/${encodeURIComponent(id)}`);
    // Callers say ids too: what leads to a segment of another meaning, or to the set itself, is no action.
    if (plan.kind !== "get") throw notFound(id);
    return writing(plan);
  };
  return {
    async rows(path) {
      const plan = planOf(path);
      if (plan.kind !== "list") throw new Error(`${path} is no list.`);
      const reading = await permit({ kind: "delta", target: plan.target, query: plan.query, start: { at: "now", links: "" } }, caller, gate);
      return (await context.store.list(reading)).rows.flatMap((row) => readable(row, onFault));
    },
    async row(path) {
      const row = await context.store.get(await permit(writing(planOf(path)), caller, gate));
      return row === undefined ? undefined : entityOf(row);
    },
    async count(path) {
      const plan = planOf(path);
      if (plan.kind !== "count") throw new Error(`${path} is no count.`);
      return context.store.count(await permit(plan, caller, gate));
    },
    act: (id, step) => decided(target(id), step, { caller, gate, context }).catch(passedOver),
    demand: async (id, step) => decided(target(id), step, { caller, gate, context }),
    async post(path, body) {
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", target: `/v1.0/${set}/${path}`, headers, baseUrl: "http://localhost", body: Buffer.from(JSON.stringify(body)) };
      const { status } = await send(request, caller);
      if (status >= 500) throw new Error(`POST ${path.split("/")[0]} was answered ${status}.`);
      return status < 300;
    },
  };
}

/** A plan that writes where another reads: what is decided from is read where it is written. */
function writing(plan: Plan): Extract<Plan, { readonly kind: "delete" }> & { readonly target: EntityTarget } {
  if (plan.kind !== "get") throw new Error("That is no entity.");
  return { kind: "delete", target: plan.target, conditions: plan.conditions };
}

async function decided(plan: ReturnType<typeof writing>, { name, rule, sent = {} }: Step, { caller, gate, context }: Acting): Promise<JsonObject> {
  const permitted = await permit(plan, caller, gate);
  const { place, key } = plan.target;
  let entity: JsonObject = {};
  const [row] = await attempt(permitted, context, async () => {
    const stored = await context.store.get(permitted);
    if (stored === undefined) throw notFound(key);
    const change = { place, row: stored, expect: stored.seq, verb: "action", name, sent: sent as JsonObject, rule } as const;
    const stamp = stampOf(permitted, context);
    const decision = await decideChange(change, stamp, { permitted, context });
    entity = decision.entity;
    return writesNothing(decision) ? undefined : changeSetOf(change, decision, stamp, { permitted, context });
  });
  return row === undefined ? entity : entityOf(row);
}

/** Somebody was faster. */
function passedOver(error: unknown): undefined {
  if (error instanceof Problem && error.status < 500) return undefined;
  throw error;
}

interface Acting extends Pick<DeskParts, "gate" | "context"> {
  readonly caller: Caller;
}

function readable(row: Row, onFault: DeskParts["onFault"]): readonly JsonObject[] {
  try {
    return [entityOf(row)];
  } catch (error) {
    onFault(error);
    return [];
  }
}

function entityOf({ body }: Row): JsonObject {
  return parseStored(body);
}
