import { isObject, type Json, type JsonObject } from "../json.ts";
import { parseTemplate, TemplateFault, type Placeholder, type Template } from "./parseTemplate.ts";
import { renderTemplate, valueOf, type Values } from "./renderTemplate.ts";
import { ValueFault } from "./valueFault.ts";

/** JSON whose texts are templates: a text that is one placeholder becomes the value itself, whatever its type; names stay as they are. */
export type JsonTemplate =
  | { readonly kind: "constant"; readonly value: Json }
  | { readonly kind: "value"; readonly placeholder: Placeholder }
  | { readonly kind: "text"; readonly template: Template }
  | { readonly kind: "array"; readonly items: readonly JsonTemplate[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, JsonTemplate])[] };

const deepest = 32;

/** Compiles a template written as a JSON document: `{"address": "{parameters.ip}", "why": "for {action.id}"}`. Throws a TemplateFault. */
export function parseJsonTemplate(text: string): JsonTemplate {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw new TemplateFault(`this is no JSON document (${(error as Error).message})`, 0);
  }
  return compile(json, 0);
}

function compile(json: Json, depth: number): JsonTemplate {
  if (depth > deepest) throw new TemplateFault(`JSON is nested ${deepest} times at most`, 0);
  if (typeof json === "string") return compileText(json);
  if (Array.isArray(json)) return { kind: "array", items: json.map((item: Json) => compile(item, depth + 1)) };
  if (!isObject(json)) return { kind: "constant", value: json };
  return { kind: "object", members: Object.entries(json).map(([name, value]) => [name, compile(value, depth + 1)] as const) };
}

function compileText(text: string): JsonTemplate {
  const template = parseTemplate(text);
  const [only = ""] = template;
  if (template.length > 1) return { kind: "text", template };
  return typeof only === "string" ? { kind: "constant", value: only } : { kind: "value", placeholder: only };
}

/** The placeholders of a template. */
export function placeholdersOf(compiled: JsonTemplate): readonly Placeholder[] {
  switch (compiled.kind) {
    case "constant":
      return [];
    case "value":
      return [compiled.placeholder];
    case "text":
      return compiled.template.filter((piece) => typeof piece !== "string");
    case "array":
      return compiled.items.flatMap(placeholdersOf);
    case "object":
      return compiled.members.flatMap(([, value]) => placeholdersOf(value));
  }
}

const wellFormed = (text: string, place: string): string => {
  if (!text.isWellFormed()) throw new ValueFault(`${place} is no well-formed text`);
  return text;
};

/** The JSON with its values; a member whose value may be absent, and is, is left out. Throws a ValueFault. */
export function renderJson(compiled: JsonTemplate, values: Values): Json {
  switch (compiled.kind) {
    case "constant":
      return compiled.value;
    case "value":
      return valueOf(compiled.placeholder, values);
    case "text":
      return renderTemplate(compiled.template, values, wellFormed);
    case "array":
      return compiled.items.map((item) => renderJson(item, values));
    case "object":
      return renderObject(compiled.members, values);
  }
}

function renderObject(members: readonly (readonly [string, JsonTemplate])[], values: Values): JsonObject {
  const made = Object.create(null) as Record<string, Json>;
  for (const [name, value] of members) {
    const rendered = renderJson(value, values);
    if (rendered !== null || value.kind !== "value") made[name] = rendered;
  }
  return made;
}
