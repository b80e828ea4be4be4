/** A Markdown table; cells hold no line breaks and no bare pipes. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Names as code, comma-separated. */
export function code(...names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

/** A document: paragraphs, headings and tables, a blank line between them. */
export function page(...blocks: readonly string[]): string {
  return `${blocks.join("\n\n")}\n`;
}

/** The part of a qualified name after its namespace. */
export function unqualified(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** A place as it stands in a URL below a service root, keys as `{id}`. */
export function url(place: { readonly path: string; readonly name: string; readonly parent?: Parameters<typeof url>[0]; readonly kind: string }): string {
  if (place.parent === undefined) return `/${place.name}`;
  return `${url(place.parent)}${place.parent.kind === "set" ? "/{id}" : ""}/${place.name}`;
}
