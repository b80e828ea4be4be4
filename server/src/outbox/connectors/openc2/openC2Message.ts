import { isObject, type Json, type JsonObject } from "../../../base/json.ts";
import type { RenderedCall } from "../../../base/template/callTemplate.ts";
import type { Answered } from "../callOut.ts";

/** The versions of the HTTPS transfer specification. */
export type Transfer = "v1_0" | "v1_1";

/** A command on its way. */
export interface Sent {
  readonly url: string;
  readonly transfer: Transfer;
  readonly requestId: string;
  readonly command: JsonObject;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The request that carries a command: transfer 1.0 (3.2, 3.3) or 1.1 (3.3, 3.4). */
export function openC2Request({ url, transfer, requestId, command, now }: Sent): RenderedCall {
  const [type, accept] = transfer === "v1_0" ? ["openc2-cmd", "openc2-rsp"] : ["openc2", "openc2"];
  const body = transfer === "v1_0" ? command : { headers: { request_id: requestId, created: now }, body: { openc2: { request: command } } };
  const headers = {
    "content-type": `application/${type}+json;version=1.0`,
    accept: `application/${accept}+json;version=1.0`,
    "cache-control": "no-cache",
    date: new Date(now).toUTCString(),
    "x-request-id": requestId,
  };
  return { method: "POST", url, headers, body: JSON.stringify(body) };
}

/** An OpenC2 response (Language 3.3.2). */
export interface OpenC2Response {
  readonly status: number;
  readonly statusText: string | undefined;
  readonly results: JsonObject;
}

/**
 * Reads the response out of an answer: the content itself (1.0), or within a message (1.1). Undefined for what is none, or answers another request.
 */
export function readOpenC2Response({ text, headers }: Answered, requestId: string): OpenC2Response | undefined {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const { content, answers } = contentOf(json);
  const told = answers ?? headers["x-request-id"];
  if (told !== undefined && told !== requestId) return undefined;
  if (!isObject(content) || typeof content["status"] !== "number") return undefined;
  const { status, status_text: words, results } = content;
  return { status, statusText: typeof words === "string" ? words : undefined, results: isObject(results) ? results : {} };
}

function contentOf(json: Json): { readonly content: Json | undefined; readonly answers?: string } {
  if (!isObject(json) || !isObject(json["body"])) return { content: json };
  const openc2 = json["body"]["openc2"];
  const answers = isObject(json["headers"]) ? json["headers"]["request_id"] : undefined;
  return { content: isObject(openc2) ? openc2["response"] : undefined, ...(typeof answers === "string" && { answers }) };
}
