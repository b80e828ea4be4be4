import { problem } from "../base/errors.ts";
import { parsePath } from "../odata/parsePath.ts";
import { parseUri } from "../odata/parseUri.ts";
import type { ODataRequest } from "../odata/request.ts";
import { methodNotAllowed } from "./methods.ts";

/**
 * The request that a GET of `/$entity?$id=...` stands for (OData URL Conventions 4.3.4): that of the id's path, with the cast behind `$entity`.
 * The id is absolute, or relative to the service root. Any other request comes back as it is. Throws 404 for an id of another service, 405.
 */
export function followId(request: ODataRequest): ODataRequest {
  const [first, ...casts] = request.segments;
  if (first?.name.toLowerCase() !== "$entity") return request;
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed(["GET", "HEAD"]);
  const { id = "", ...options } = request.options;
  const segments = parsePath(pathOfId(id, request, "$id"));
  if (segments.length === 0 || segments[0]?.name.startsWith("$") === true) throw foreign(id, "$id");
  return { ...request, options, segments: [...segments, ...casts] };
}

/** The path behind the service root that an entity-id names: absolute, or relative to the root. `where` stands in the 404 for an id of another service. */
export function pathOfId(id: string, { serviceUrl }: Pick<ODataRequest, "serviceUrl">, where: string): string {
  if (/^[a-z][a-z\d+.-]*:/i.test(id) && !/^https?:/i.test(id)) throw foreign(id, where);
  if (!/^https?:/i.test(id)) return /[?#]/.test(id) ? "" : id;
  const { query, fragment } = parseUri(id);
  const isOurs = id.startsWith(`${serviceUrl}/`) && query === undefined && fragment === undefined;
  if (!isOurs) throw foreign(id, where);
  return id.slice(serviceUrl.length);
}

function foreign(id: string, where: string): Error {
  return problem("notFound", { what: `${where}: there is no entity with the id '${id.slice(0, 200)}' in this service.` }, { target: where });
}
