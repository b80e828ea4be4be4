import { problem, type Problem } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Property } from "../edm/types.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { PropertyTarget } from "./plan.ts";
import { plainValue } from "./readKey.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The body of a write to a property's `$value` (OData Protocol 11.4.9.1) in wire form: text as it is, numbers with every digit, of Edm.Binary the bytes
 * themselves, or base64url where it is sent as text. Throws 400 for what is no UTF-8, and for U+0000, which no store holds.
 */
export function rawValue({ body = new Uint8Array(0), contentType }: Pick<ODataRequest, "body" | "contentType">, { property, steps }: PropertyTarget): Json {
  if (property?.type.name === "Edm.Binary" && contentType?.toLowerCase().startsWith("text/") !== true) return Buffer.from(body).toString("base64url");
  const refused = (what: string): Problem => problem("badRequest", { what: `Property '${steps.join("/")}': ${what}.` }, { target: steps.join("/") });
  const text = textOf(body);
  if (text === undefined) throw refused("the value is not UTF-8");
  if (text.includes("\0")) throw refused("the value holds U+0000, which cannot be stored");
  return property === undefined ? text : typed(property, text);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function typed(property: Property, text: string): Json {
  const plain = plainValue(property, text.trim());
  return typeof plain === "string" ? text : plain;
}
