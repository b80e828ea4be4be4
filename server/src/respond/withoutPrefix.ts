const token = /"(?:[^"\\]|\\.)*"(?=(:?))/g;

/**
 * A JSON text whose control information loses the prefix `odata.` in its names, as 4.01 has it (OData JSON Format 4.01, section 4.6): `@odata.context`
 * becomes `@context`, `tags@odata.type` becomes `tags@type`. Values stay as they are.
 */
export function withoutPrefix(json: string): string {
  if (!json.includes("@odata.")) return json;
  return json.replace(token, (text, colon: string) => (colon === ":" && text.includes("@odata.") ? text.replace("@odata.", "@") : text));
}
