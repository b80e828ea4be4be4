import { XMLParser, XMLValidator } from "fast-xml-parser";

/** A parsed XML element: attributes by name, children by tag (without prefix) in document order. */
export interface XmlNode {
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Readonly<Record<string, readonly XmlNode[]>>;
  readonly text: string;
}

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

/** Reads an XML document; the answer's children hold the root element. */
export function readXml(text: string): XmlNode {
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw new Error(`Line ${verdict.err.line}, column ${verdict.err.col}: ${verdict.err.msg}`);
  return toNode(parser.parse(text) as Raw);
}

function toNode(raw: unknown): XmlNode {
  if (typeof raw !== "object" || raw === null) return { attributes: {}, children: {}, text: typeof raw === "string" ? raw : "" };
  const attributes: Record<string, string> = {};
  const children: Record<string, readonly XmlNode[]> = {};
  let text = "";
  for (const [name, value] of Object.entries(raw as Raw)) {
    if (name.startsWith("@")) attributes[name.slice(1)] = String(value);
    else if (name === "#text") text = String(value);
    else children[name] = (value as readonly unknown[]).map(toNode);
  }
  return { attributes, children, text };
}

/** The children with a tag, none when there are none. */
export function childrenOf(node: XmlNode, tag: string): readonly XmlNode[] {
  return node.children[tag] ?? [];
}
