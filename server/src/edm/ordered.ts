import type { Annotation, Property } from "./types.ts";

/** Collections of values keep their order, unless the model says otherwise (`Core.Ordered`). */
export function isOrdered({ annotations }: Property): boolean {
  return !isRefused(annotations, "Core.Ordered");
}

/** Whether an item can be put at a place of its own (`Core.PositionalInsert`). */
export function takesPositions(property: Property): boolean {
  return isOrdered(property) && !isRefused(property.annotations, "Core.PositionalInsert");
}

/** What the odata profile tells of a collection of values beside the model's own word on it. */
export function orderedAnnotations(property: Property): readonly Annotation[] {
  const { collection, setBy, annotations } = property;
  if (!collection || !isOrdered(property)) return [];
  const isWritten = setBy !== "server" && setBy !== "token" && takesPositions(property);
  const terms = isWritten ? ["Core.Ordered", "Core.PositionalInsert"] : ["Core.Ordered"];
  return terms.filter((term) => !annotations.some((one) => one.term === term)).map((term) => ({ term, value: true }));
}

function isRefused(annotations: readonly Annotation[], term: string): boolean {
  return annotations.some((one) => one.term === term && one.value === false);
}
