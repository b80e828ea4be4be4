import { capabilitiesOf, placesByNavigation } from "../../src/edm/capabilities.ts";
import { annotationsOf } from "../../src/edm/propertyMarks.ts";
import type { Model } from "../../src/edm/model.ts";
import type { Annotation, ComplexType, EntityType, Parameter } from "../../src/edm/types.ts";

const short = (name: string) => name.replace("microsoft.graph.", "");
const shown = ({ type, collection, nullable }: Pick<Parameter, "type" | "collection" | "nullable">) =>
  `${collection ? `Collection(${short(type.name)})` : short(type.name)}${nullable ? "" : " not null"}`;

/** Everything that metadata says, as one line a fact; remarks that begin with `facts.` do not count. */
export function factsOf(model: Model): readonly string[] {
  const lines: string[] = [];
  const annotate = (target: string, annotations: readonly Annotation[]) => {
    for (const { term, value } of annotations) if (!term.startsWith("facts.")) lines.push(`annotation ${target} ${term} ${JSON.stringify(value)}`);
  };
  const places = placesByNavigation(model);
  for (const type of model.types) {
    const name = short(type.name);
    annotate(name, type.annotations);
    if (type.kind === "enum") lines.push(`enum ${name}${type.flags ? " flags" : ""}`, ...type.members.map((one) => `member ${name}/${one.name} ${one.value}`));
    else lines.push(structuredFact(type), ...type.properties.flatMap((one) => propertyFacts(name, one)));
    if (type.kind === "enum") continue;
    for (const property of type.properties) annotate(`${name}/${property.name}`, annotationsOf(property));
    for (const navigation of type.navigation) {
      lines.push(`navigation ${name}/${navigation.name} ${shown(navigation)}${navigation.containsTarget ? " contained" : ""}`);
      const place = places.get(navigation);
      annotate(`${name}/${navigation.name}`, [...navigation.annotations, ...(place === undefined ? [] : capabilitiesOf(place, () => false))]);
    }
  }
  for (const { kind, name, binding, parameters, returns } of model.operations) {
    const all = [binding!, ...parameters].map((one) => `${one.name}: ${shown(one)}${one.unicode === false ? " not unicode" : ""}`);
    lines.push(`${kind} ${name}(${all.join(", ")})${returns === undefined ? "" : ` returns ${shown(returns)}`}`);
  }
  for (const place of model.places.filter(({ parent }) => parent === undefined)) {
    lines.push(`${place.kind} ${place.name} ${short(place.type.name)}`);
    annotate(
      place.name,
      capabilitiesOf(place, () => false),
    );
  }
  return lines.toSorted();
}

function structuredFact(type: ComplexType | EntityType): string {
  const key = type.kind === "entity" && type.declaresKey ? ` key ${type.key.join(",")}` : "";
  const base = type.base === undefined ? "" : ` base ${short(type.base.name)}`;
  return `${type.kind} ${short(type.name)}${base}${type.abstract ? " abstract" : ""}${type.open ? " open" : ""}${key}`;
}

function propertyFacts(owner: string, property: ComplexType["properties"][number]): readonly string[] {
  const { name, maxLength, unicode } = property;
  const length = maxLength === undefined ? "" : ` length ${maxLength}`;
  const facts = [`property ${owner}/${name} ${shown(property)}${length}${unicode === false ? " not unicode" : ""}`];
  return property.default === undefined ? facts : [...facts, `default ${owner}/${name} ${JSON.stringify(property.default)}`];
}
