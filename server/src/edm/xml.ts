/** An XML element to be printed; attributes that are undefined are left out. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: readonly XmlElement[];
  /** Text instead of children. */
  readonly text?: string;
}

/** Makes an element. */
export function element(name: string, attributes: XmlElement["attributes"] = {}, children: readonly XmlElement[] = []): XmlElement {
  return { name, attributes, children };
}

/** Prints a whole document, two spaces a level. */
export function printXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${print(root, "")}`;
}

function print({ name, attributes, children, text }: XmlElement, indent: string): string {
  const written = Object.entries(attributes).map(([key, value]) => (value === undefined ? "" : ` ${key}="${escape(value)}"`));
  const open = `${indent}<${name}${written.join("")}`;
  if (text !== undefined) return `${open}>${escape(text)}</${name}>\n`;
  if (children.length === 0) return `${open}/>\n`;
  return `${open}>\n${children.map((child) => print(child, `${indent}  `)).join("")}${indent}</${name}>\n`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;" };

function escape(text: string): string {
  return text.replaceAll(/[&<>"\n\r\t]/g, (character) => entities[character]!);
}
