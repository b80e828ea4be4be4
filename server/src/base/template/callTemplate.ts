import { isObject, textOf, type Json, type JsonObject } from "../json.ts";
import { isSettableField } from "../requestField.ts";
import { escapeForm, escapeHeader, escapeText, escapeXml } from "./escapes.ts";
import { parseJsonTemplate, placeholdersOf, renderJson, type JsonTemplate } from "./jsonTemplate.ts";
import { parseTemplate, TemplateFault, type Placeholder, type Template } from "./parseTemplate.ts";
import { placeholderFault } from "./placeholderFault.ts";
import { renderTemplate, type Escape, type Values } from "./renderTemplate.ts";
import { parseUrlTemplate, renderUrl, type UrlTemplate } from "./urlTemplate.ts";
import { ValueFault } from "./valueFault.ts";

/** Methods of a templated call. */
export type CallMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A call with placeholders, compiled. */
export interface CallTemplate {
  readonly method: CallMethod;
  readonly url: UrlTemplate;
  readonly headers: readonly (readonly [name: string, value: Template])[];
  readonly contentType: string;
  readonly body: BodyTemplate;
}

/** `whole`: everything that is known of the order, as JSON; `none`: no body. */
type BodyTemplate =
  | { readonly kind: "whole" | "none" }
  | { readonly kind: "json"; readonly template: JsonTemplate }
  | { readonly kind: "escaped"; readonly template: Template; readonly escape: Escape };

/** What is wrong with a call that was written down: the member and why. */
export interface CallFault {
  readonly member: string;
  readonly message: string;
}

/** A call with its values, ready to be sent. */
export interface RenderedCall {
  readonly method: CallMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const mediaType = /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w."-]+)*$/;
/** Characters of a header's value and bytes of a body, with their values. */
const [longestHeader, longestBody] = [8192, 1024 * 1024];

/**
 * Compiles a call from its members (`url`, `method`, `headers`, `contentType`, `body`); those that are null come from `usual`. `hasHandle`: it asks for or
 * stops work that runs on. Answers the template, or all of its faults.
 */
export function readCall(written: JsonObject, usual: JsonObject, hasHandle = false): CallTemplate | readonly CallFault[] {
  const of = (name: string): Json => written[name] ?? usual[name] ?? null;
  const faults: CallFault[] = [];
  const checked = (member: string, placeholders: readonly Placeholder[]): void => {
    for (const one of placeholders) {
      const message = placeholderFault(one, hasHandle);
      if (message !== undefined) faults.push({ member, message });
    }
  };
  const compiled = <T>(member: string, compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      faults.push({ member, message: `${error.message} (at character ${error.at + 1})` });
      return undefined;
    }
  };
  const method = textOf(of("method")) || (hasHandle ? "GET" : "POST");
  if (!methods.has(method)) faults.push({ member: "method", message: `'${method}' is none of ${[...methods].join(", ")}` });
  if (textOf(of("url")) === "") faults.push({ member: "url", message: "an address is needed" });
  const url = textOf(of("url")) === "" ? undefined : compiled("url", () => parseUrlTemplate(textOf(of("url"))));
  if (url !== undefined) checked("url", placeholdersIn([...url.path, ...url.query]));
  const headers = compiled("headers", () => readHeaders(of("headers")));
  for (const [, value] of headers ?? []) checked("headers", placeholdersIn(value));
  const contentType = textOf(of("contentType")) || "application/json";
  const body = compiled("body", () => readBody(of("body"), contentType, method));
  if (body !== undefined) checked("body", bodyPlaceholders(body));
  if (escapeOf(contentType) === undefined) {
    faults.push({ member: "contentType", message: "values can be escaped for JSON, XML, application/x-www-form-urlencoded and text/plain alone" });
  }
  if (faults.length > 0) return faults;
  return { method: method as CallMethod, url: url!, headers: headers!, contentType, body: body! };
}

function placeholdersIn(template: Template): readonly Placeholder[] {
  return template.filter((piece) => typeof piece !== "string");
}

function bodyPlaceholders(body: BodyTemplate): readonly Placeholder[] {
  if (body.kind === "json") return placeholdersOf(body.template);
  return body.kind === "escaped" ? placeholdersIn(body.template) : [];
}

/** Set by what the call is, never by its template. */
const own: ReadonlySet<string> = new Set(["content-type", "idempotency-key", "x-fencing-token", "x-request-id"]);

function readHeaders(headers: Json): readonly (readonly [string, Template])[] {
  const read: [string, Template][] = [];
  for (const pair of Array.isArray(headers) ? (headers as readonly Json[]) : []) {
    const name = isObject(pair) ? textOf(pair["name"]) : "";
    const value = isObject(pair) ? textOf(pair["value"]) : "";
    if (!isSettableField(name) || own.has(name.toLowerCase())) throw new TemplateFault(`the field '${name}' is not to be set`, 0);
    if (read.some(([other]) => other.toLowerCase() === name.toLowerCase())) throw new TemplateFault(`the field '${name}' is there twice`, 0);
    const template = parseTemplate(value);
    if (template.some((piece) => typeof piece === "string" && !/^[\t\u0020-\u007e]*$/.test(piece))) {
      throw new TemplateFault(`the value of '${name}' has characters that no field has`, 0);
    }
    read.push([name, template]);
  }
  return read;
}

function escapeOf(contentType: string): "json" | Escape | undefined {
  if (!mediaType.test(contentType)) return undefined;
  const type = contentType.split(";")[0]!.toLowerCase();
  if (type === "application/json" || type.endsWith("+json")) return "json";
  if (type === "application/xml" || type === "text/xml" || type.endsWith("+xml")) return escapeXml;
  if (type === "application/x-www-form-urlencoded") return escapeForm;
  return type === "text/plain" ? escapeText : undefined;
}

function readBody(body: Json, contentType: string, method: string): BodyTemplate {
  const hasNone = method === "GET" || method === "DELETE";
  if (typeof body !== "string") return { kind: hasNone ? "none" : "whole" };
  if (body === "") return { kind: "none" };
  if (method === "GET") throw new TemplateFault("a GET has no body", 0);
  const escape = escapeOf(contentType) ?? escapeText;
  if (escape === "json") return { kind: "json", template: parseJsonTemplate(body) };
  return { kind: "escaped", template: parseTemplate(body), escape };
}

/** The call with its values; `whole` is the body of one that has no template. Throws a ValueFault. */
export function renderCall({ method, url, headers, contentType, body }: CallTemplate, values: Values, whole: JsonObject): RenderedCall {
  const fields: Record<string, string> = {};
  for (const [name, template] of headers) {
    const value = renderTemplate(template, values, escapeHeader).trim();
    if (value.length > longestHeader) throw new ValueFault(`the field ${name} would have more than ${longestHeader} characters`);
    if (value !== "") fields[name.toLowerCase()] = value;
  }
  const address = renderUrl(url, values);
  if (address.length > 4096) throw new ValueFault("the address would have more than 4096 characters");
  const text = renderBody(body, values, whole);
  if (text === undefined) return { method, url: address, headers: fields };
  if (Buffer.byteLength(text) > longestBody) throw new ValueFault(`the body would be larger than ${longestBody} bytes`);
  const type = body.kind === "whole" ? "application/json" : contentType;
  return { method, url: address, headers: { ...fields, "content-type": type }, body: text };
}

function renderBody(body: BodyTemplate, values: Values, whole: JsonObject): string | undefined {
  switch (body.kind) {
    case "none":
      return undefined;
    case "whole":
      return JSON.stringify(whole);
    case "json":
      return JSON.stringify(renderJson(body.template, values));
    case "escaped":
      return renderTemplate(body.template, values, body.escape);
  }
}
