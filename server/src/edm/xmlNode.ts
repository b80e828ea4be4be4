import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { CsdlNode } from "./csdlNode.ts";

type Raw = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  trimValues: false,
  htmlEntities: true,
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
});

/** Reads an XML document; the answer's children hold the root element. Throws for what is not well-formed, with line and column. */
export function readXml(text: string): CsdlNode {
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw new Error(`Line ${verdict.err.line}, column ${verdict.err.col}: ${verdict.err.msg}`);
  return toNode(parser.parse(text) as Raw);
}

function toNode(raw: unknown): CsdlNode {
  if (typeof raw !== "object" || raw === null) return { attributes: {}, children: {}, text: typeof raw === "string" ? raw : "" };
  const attributes: Record<string, string> = {};
  const children: Record<string, readonly CsdlNode[]> = {};
  let text = "";
  for (const [name, value] of Object.entries(raw as Raw)) {
    if (name.startsWith("@")) attributes[name.slice(1)] = String(value);
    else if (name === "#text") text = String(value);
    else children[name] = (value as readonly unknown[]).map(toNode);
  }
  return { attributes, children, text };
}
