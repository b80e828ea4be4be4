import type { PropertyDefinition } from "./resource.ts";
import type { Annotation, Property } from "./types.ts";

/**
 * The annotations of a property: its own, and those that say (Core vocabulary) who sets its value.
 * A value that the server makes up when the client sends none is `Core.ComputedDefaultValue`; a constant default is the facet `DefaultValue`.
 */
export function annotationsOf(property: Property): readonly Annotation[] {
  const { description, setBy, immutable, writeOnly } = property;
  const marks: Annotation[] = [];
  if (description !== undefined) marks.push({ term: "Core.Description", value: description });
  if (setBy === "server" || setBy === "token") marks.push({ term: "Core.Computed", value: true });
  if (setBy === "serverDefault" || (setBy === "clientDefault" && property.default === undefined))
    marks.push({ term: "Core.ComputedDefaultValue", value: true });
  if (immutable) marks.push({ term: "Core.Immutable", value: true });
  if (writeOnly) marks.push({ term: "Core.Permissions", value: "Write" });
  return [...marks, ...property.annotations];
}

/** The way back: what the annotations of a read property say, and those that say nothing of this kind. */
export function marksFrom(annotations: readonly Annotation[]): Partial<PropertyDefinition> {
  const isTrue = (term: string) => annotations.some((one) => one.term === term && one.value === true);
  const description = annotations.find((one) => one.term === "Core.Description")?.value;
  const others = annotations.filter(({ term }) => !known.has(term));
  return {
    ...(typeof description === "string" && { description }),
    ...(isTrue("Core.ComputedDefaultValue") && { setBy: "clientDefault" as const }),
    ...(isTrue("Core.Computed") && { setBy: "server" as const }),
    ...(isTrue("Core.Immutable") && { immutable: true }),
    ...(others.length > 0 && { annotations: others }),
  };
}

const known: ReadonlySet<string> = new Set(["Core.Description", "Core.Computed", "Core.ComputedDefaultValue", "Core.Immutable"]);
