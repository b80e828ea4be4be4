import type { Json } from "../base/json.ts";
import type { CsdlNames } from "./csdlNames.ts";
import type { CsdlNode } from "./csdlNode.ts";
import type { PropertyDefinition } from "./resource.ts";

/** An attribute that is true or false; false where it is absent. Throws for any other text. */
export function flag({ attributes }: CsdlNode, name: string, place: string): boolean {
  const text = attributes[name];
  if (text !== undefined && text !== "true" && text !== "false") throw new Error(`${place}: ${name} is true or false, not '${text}'`);
  return text === "true";
}

/** The `Type` of an element, as the model knows it. */
export function typeOf({ attributes }: CsdlNode, place: string, names: Pick<CsdlNames, "shorten">): { type: string; collection?: boolean } {
  const text = attributes["Type"];
  if (text === undefined || text === "") throw new Error(`${place}: a Type is missing`);
  const item = /^Collection\((.*)\)$/.exec(text)?.[1];
  return item === undefined ? { type: names.shorten(text) } : { type: names.shorten(item), collection: true };
}

function count(text: string | undefined, name: string, place: string): number | undefined {
  if (text === undefined || text.toLowerCase() === "max") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${place}: ${name} is a whole number, not '${text}'`);
  return Number(text);
}

/** The facets of CSDL 7.2. `max` says nothing; a scale may also be `variable` or `floating`. Throws for what is none. */
export function facets(node: CsdlNode, place: string): Omit<PropertyDefinition, "type"> {
  const { MaxLength, Precision, Scale, Unicode, SRID } = node.attributes;
  const maxLength = count(MaxLength, "MaxLength", place);
  const precision = count(Precision, "Precision", place);
  const scale = Scale === "variable" || Scale === "floating" ? Scale : count(Scale, "Scale", place);
  if (precision !== undefined && typeof scale === "number" && scale > precision)
    throw new Error(`${place}: Scale ${scale} is larger than Precision ${precision}`);
  return {
    ...(node.attributes["Nullable"] !== undefined && !flag(node, "Nullable", place) && { nullable: false }),
    ...(maxLength !== undefined && { maxLength }),
    ...(precision !== undefined && { precision }),
    ...(scale !== undefined && { scale }),
    ...(Unicode !== undefined && { unicode: flag(node, "Unicode", place) }),
    ...(SRID !== undefined && { srid: SRID }),
  };
}

/** A `DefaultValue` as the value of its type: numbers as numbers, exact where a JavaScript number is not. */
export function defaultValue(type: string, text: string): Json {
  if (type === "Edm.Boolean") return text === "true";
  if (!/^Edm\.(?:S?Byte|Int16|Int32|Int64|Single|Double|Decimal)$/.test(type) || !/^[-+]?\d/.test(text) || !Number.isFinite(Number(text))) return text;
  return String(Number(text)) === text ? Number(text) : JSON.rawJSON(text.replace(/^\+/, ""));
}
