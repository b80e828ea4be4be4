import { problem } from "../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { csdlJson } from "../edm/csdlJson.ts";
import { csdlXml } from "../edm/csdlXml.ts";
import type { Model } from "../edm/model.ts";
import { openapi } from "../edm/openapi.ts";
import { requireVersion } from "../edm/requireVersion.ts";
import { serviceDocument } from "../edm/serviceDocument.ts";
import { parseAccept } from "../odata/parseAccept.ts";
import { parseOptions } from "../odata/parseOptions.ts";
import { serviceUrlOf, withoutSlashes, type Target } from "../odata/parseRequest.ts";
import { commonHeaders, jsonType, type RequestIds } from "./headers.ts";
import { withoutPrefix } from "./withoutPrefix.ts";

interface Document {
  readonly type: string;
  readonly body: string;
}

type Printer = (served: Served, http: HttpRequest, target: Target) => Document;

const json = "application/json;charset=utf-8";

/** Documents of a service root, by path in lower case (R6, R7). */
const documents = new Map<string, Printer>(
  Object.entries<Printer>({
    "": ({ model }, http, target) => ({
      type: jsonType(parseAccept(http.headers["accept"], parseOptions(target.query).options.format)),
      body: JSON.stringify(serviceDocument(model, serviceUrlOf(http, target.root))),
    }),
    "/$metadata": ({ model, profile }, http, target) =>
      wantsJson(http, target) ? { type: json, body: csdlJson(model, profile) } : { type: "application/xml;charset=utf-8", body: csdlXml(model, profile) },
    "/openapi.json": ({ model, roots }, http, target) => {
      parseAccept(undefined, parseOptions(target.query).options.format);
      return {
        type: json,
        body: openapi(
          model,
          roots.map((root) => serviceUrlOf(http, root)),
        ),
      };
    },
  }),
);
/** With its dollar sign percent-encoded. */
const longest = Math.max(...[...documents.keys()].map((path) => path.length)) + 2;

/** $metadata is XML unless JSON alone is asked for: clients send `Accept: application/json` first of several (Q15). */
function wantsJson(http: HttpRequest, target: Target): boolean {
  const { format } = parseOptions(target.query).options;
  if (format !== undefined) return /^(?:application\/)?xml$/i.test(format) ? false : parseAccept(undefined, format) !== undefined;
  const accept = wanted(http.headers["accept"] ?? "");
  return /json/i.test(accept) && !/xml|\*\/\*/i.test(accept);
}

/** The media ranges without those that are not acceptable (RFC 9110, 12.4.2). Throws 406 where they all are. */
function wanted(accept: string): string {
  const ranges = accept.slice(0, 2000).split(",");
  const left = ranges.filter((range) => !/;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/i.test(range));
  if (left.length === 0)
    throw problem("notAcceptable", { what: `Only application/xml and application/json are served here, not '${accept}'.` }, { target: "Accept" });
  return left.join(",");
}

/** Documents have a format and nothing else to choose (R17, R73). */
function refuseOtherOptions(target: Target, model: Model): void {
  const { options } = parseOptions(target.query);
  requireVersion(options.schemaversion, model);
  const other = Object.keys(options).find((name) => name !== "format" && name !== "schemaversion");
  if (other === undefined) return;
  throw problem("badRequest", { what: `The query option $${other} cannot be applied to a document of the service.` }, { target: `$${other}` });
}

/** What is served, and where. */
export interface Served {
  readonly model: Model;
  /** Every root under which the model is served. */
  readonly roots: readonly string[];
  readonly profile: "graph" | "odata";
}

/** Answers the public documents of a service root; undefined for any other path. Throws 405 for a method that does not read. */
export function document(served: Served, http: HttpRequest, target: Target, ids: RequestIds): HttpResponse | undefined {
  const path = withoutSlashes(target.path);
  const printer = path.length > longest ? undefined : documents.get(path.toLowerCase().replace("%24", "$"));
  if (printer === undefined) return undefined;
  if (http.method !== "GET" && http.method !== "HEAD") {
    throw problem("methodNotAllowed", { allowed: "GET, HEAD" }, { headers: { Allow: "GET, HEAD" } });
  }
  refuseOtherOptions(target, served.model);
  const { type, body } = printer(served, http, target);
  const isNew = ids.odataVersion === "4.01" && path === "";
  return {
    status: 200,
    headers: { ...commonHeaders(ids), "Content-Type": isNew ? type.replaceAll("odata.", "") : type },
    body: isNew ? withoutPrefix(body) : body,
  };
}
