import { requireOneOf } from "../auth/requireOneOf.ts";
import { problem } from "../base/errors.ts";
import type { HttpResponse } from "../base/http.ts";
import { instantOf } from "../base/instant.ts";
import { isObject, type Json } from "../base/json.ts";
import { requireConditions } from "../plan/conditions.ts";
import type { CallPlan } from "../plan/plan.ts";
import type { App, Called } from "../handle.ts";
import { ask, bodyOf, doingsOf, Refused, type Site } from "./callSite.ts";
import { plain, plainObject, type Implementation, type OperationCall, type Plain } from "./implementation.ts";
import { printResult } from "./printResult.ts";

/**
 * Calls an operation that is implemented beside the model (OData Protocol 11.5): what it is bound to is read first, as the caller may; what
 * the implementation reads and writes is one unit of work, which a refusal undoes. A function writes nothing. Throws 403, 501 for one without an implementation.
 */
export async function callOperation(app: App, called: Called, implementation: Implementation | undefined): Promise<HttpResponse> {
  const { plan, caller } = called;
  const { operation } = plan;
  requireOneOf(operation.definition.permissions?.[operation.kind === "action" ? "write" : "read"] ?? [], caller);
  if (implementation === undefined) {
    throw problem("notImplemented", { what: `The ${operation.kind} '${operation.qualifiedName}' is not implemented here.` }, { target: operation.name });
  }
  const parameters = plan.parameters();
  const run = async (within: App): Promise<HttpResponse> => {
    const site: Site = { app: quiet(within, operation.kind), caller, baseUrl: called.baseUrl, root: called.request.root };
    const bound = await boundTo(site, plan);
    const doings = doingsOf(site);
    const call: OperationCall = {
      parameters: plainObject(parameters),
      bound,
      path: plan.onPath.replace(/^\//, ""),
      caller: { tenant: caller.tenant, appId: caller.appId, user: caller.user },
      presence: called.presence,
      mayWait: called.mayWait,
      now: instantOf(within.execute.clock()),
      entities: (options = "") => doings.list(`${plan.onPath}${options === "" ? "" : `?${options.replaceAll(" ", "%20")}`}`),
      ...doings,
    };
    return printResult(site, called, (await implementation(call)) as Json | undefined);
  };
  try {
    return await (operation.kind === "action" && operation.definition.waits !== true ? app.together(run) : run(app));
  } catch (error) {
    if (error instanceof Refused) return error.response;
    throw error;
  }
}

/** What an operation does on its way counts as the one request that it is; a function's requests are reads alone. */
function quiet(app: App, kind: "action" | "function"): App {
  const { throttle: _, observe: __, disguise: ___, ...rest } = app;
  if (kind === "action") return rest;
  return { ...rest, makePlan: (request) => (request.method === "GET" ? app.makePlan(request) : refuseWrite()) };
}

function refuseWrite(): never {
  throw new Error("A function may not write.");
}

/** The entity or value that the operation is bound to, held to the conditions of the request; a collection is not read before it is asked for. */
async function boundTo(site: Site, { on, onPath, conditions }: CallPlan): Promise<Plain | undefined> {
  if (on === undefined) return undefined;
  if ("kind" in on && on.kind === "collection") {
    bodyOf(await ask(site, "GET", `${onPath}/$count`));
    return undefined;
  }
  const response = await ask(site, "GET", onPath);
  const json = bodyOf(response);
  requireConditions(conditions, response.headers["ETag"] ?? "");
  if (json === undefined) throw problem("notFound", { what: "There is nothing here that the operation could be bound to." });
  return "kind" in on ? plain(json) : plain(isObject(json) && Object.hasOwn(json, "value") ? json["value"]! : json);
}
