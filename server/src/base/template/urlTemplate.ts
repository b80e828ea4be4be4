import { escapePath, escapeQuery } from "./escapes.ts";
import { parseTemplate, TemplateFault, type Template } from "./parseTemplate.ts";
import { renderTemplate, type Values } from "./renderTemplate.ts";
import { ValueFault } from "./valueFault.ts";

/** An address with placeholders in its path and its query. */
export interface UrlTemplate {
  readonly path: Template;
  readonly query: Template;
}

const start = /^https?:\/\/[^/?#\\@{}\s]+(?:[/?]|$)/i;

/** Compiles the address of a call: whom it goes to is literal, placeholders stand behind that alone. Throws a TemplateFault. */
export function parseUrlTemplate(text: string): UrlTemplate {
  const begin = start.exec(text)?.[0];
  if (begin === undefined) {
    throw new TemplateFault("an address begins with https:// (or http://) and a host in plain text; placeholders stand in its path and query alone", 0);
  }
  const template = parseTemplate(text);
  const [first] = template;
  if (template.length > 1 && typeof first === "string" && !/^https?:\/\/[^/?]+[/?]/i.test(first)) {
    throw new TemplateFault("a placeholder cannot be part of the host", begin.length);
  }
  if (template.some((piece) => typeof piece === "string" && piece.includes("#"))) throw new TemplateFault("an address has no fragment", text.indexOf("#"));
  return splitAtQuery(template);
}

function splitAtQuery(template: Template): UrlTemplate {
  const at = template.findIndex((piece) => typeof piece === "string" && piece.includes("?"));
  if (at === -1) return { path: template, query: [] };
  const piece = template[at] as string;
  const cut = piece.indexOf("?");
  return { path: [...template.slice(0, at), piece.slice(0, cut)], query: [piece.slice(cut), ...template.slice(at + 1)] };
}

/** The address with its values. Throws a ValueFault for one that would leave the place that the template names. */
export function renderUrl({ path, query }: UrlTemplate, values: Values): string {
  const written = renderTemplate(path, values, escapePath);
  // Two values side by side may make what none of them is.
  if (written.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) throw new ValueFault("a step of the path would lead elsewhere");
  return written + renderTemplate(query, values, escapeQuery);
}
