import type { App } from "../handle.ts";
import { parseRequest, splitTarget } from "../odata/parseRequest.ts";
import type { PlanPath } from "../outbox/notify/followed.ts";

/** What a path below a root means, asked by nobody's request. */
export function pathPlanner({ syntax, makePlan }: Pick<App, "syntax" | "makePlan">): PlanPath {
  return (path) => {
    const target = `/v1.0/${/%[0-9a-f]{2}/i.test(path) ? path : encodeURI(path)}`.replaceAll(/\/{2,}/g, "/");
    const request = parseRequest({ method: "GET", target, headers: {}, baseUrl: "" }, splitTarget(target)!, syntax);
    return { plan: makePlan(request), options: Object.keys(request.options) };
  };
}
