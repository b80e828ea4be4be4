import type { Model, Place } from "../../server/src/edm/model.ts";
import type { ComplexType, EntityType, EnumType, NavigationProperty, Property, SetBy } from "../../server/src/edm/types.ts";
import { code, page, table, unqualified, url } from "./markdown.ts";

const setters: Readonly<Record<SetBy, string>> = {
  client: "client",
  clientDefault: "client, else server",
  server: "server",
  serverDefault: "server, or an importer",
  token: "token",
  connector: "connector",
};

/** `docs/reference/resources.md`: every place and every type, from the model. */
export function resourcesPage(model: Model): string {
  const entities = model.types.filter((type) => type.kind === "entity" && type.name !== `${model.namespace}.entity`);
  const actions = model.operations.filter(({ kind }) => kind === "action");
  const complex = model.types.filter((type) => type.kind === "complex");
  const enums = model.types.filter((type) => type.kind === "enum");
  return page(
    "# Resources",
    "Generated from the model by `node run.mjs tools/docs/write.ts`.",
    "Every entity has an `id`. *Open* types take and keep members that they do not declare; all others refuse them. Marked **+**: additions to what Graph publishes. What stands under `/security` stands under `/securities/{id}` too.",
    "## Places",
    table(["URL", "rows", "may be", "order without `$orderby`", "natural key"], model.places.map(placeRow)),
    "A natural key is enforced where the hub's setting `uniqueKeys` is on.",
    "## Actions",
    table(["Action", "bound to", "parameters", "answers"], actions.map(operationRow)),
    "Every set whose rows are listed and that is not a set of hubs has the function `delta`: its rows, and then what changed. So has a hub: all that it holds.",
    "## Entity types",
    ...entities.flatMap((type) => (type.kind === "entity" ? structuredSection(type) : [])),
    "## Complex types",
    ...complex.flatMap((type) => (type.kind === "complex" ? structuredSection(type) : [])),
    "## Enumerations",
    table(
      ["Type", "members"],
      enums.map((type) => (type.kind === "enum" ? enumRow(type) : [])),
    ),
  );
}

function placeRow(place: Place): readonly string[] {
  const { defaultOrder, unique, extension } = place.definition;
  const order = (defaultOrder ?? []).map(({ path, descending }) => `\`${path}\`${descending === true ? ", newest first" : ""}`);
  const verbs = [...place.verbs].map(
    (verb) => ({ list: "listed", get: "read", create: "created", update: "changed", upsert: "upserted", delete: "deleted" })[verb],
  );
  return [
    code(url(place)) + (extension === true ? " **+**" : ""),
    code(unqualified(place.type.name)),
    verbs.join(", "),
    order.join("; ") || "`id`",
    code(...(unique ?? [])),
  ];
}

function operationRow({ name, binding, parameters, returns, definition }: Model["operations"][number]): readonly string[] {
  const shown = parameters.map((parameter) => `${code(parameter.name)}: ${typeText(parameter)}`);
  return [
    code(name),
    binding === undefined ? "" : typeText(binding),
    shown.join(", "),
    returns === undefined ? String(definition.emptyStatus ?? 204) : typeText(returns),
  ];
}

function typeText({ type, collection }: { readonly type: { readonly name: string }; readonly collection: boolean }): string {
  const name = unqualified(type.name);
  return code(collection ? `Collection(${name})` : name);
}

function structuredSection(type: ComplexType | EntityType): readonly string[] {
  const base = type.base === undefined || unqualified(type.base.name) === "entity" ? "" : ` It has all that ${code(unqualified(type.base.name))} has.`;
  const navigation = type.navigation.length === 0 ? [] : [`Contains: ${type.navigation.map(navigationText).join(", ")}.`];
  const remark = `${type.open ? "Open." : "Closed."}${base}`;
  const properties = type.properties.length === 0 ? [] : [table(["Property", "Type", "null", "set by", "default", ""], type.properties.map(propertyRow))];
  return [`### ${unqualified(type.name)}`, remark, ...properties, ...navigation];
}

function navigationText({ name, type, extension }: NavigationProperty): string {
  return `${code(name)} (${unqualified(type.name)})${extension ? " **+**" : ""}`;
}

function propertyRow(property: Property): readonly string[] {
  const { name, nullable, collection, setBy, immutable, extension, maxLength, description = "" } = property;
  const limits = [immutable && "Not changed after.", maxLength !== undefined && `At most ${maxLength} characters.`].filter((text) => text !== false);
  return [
    code(name) + (extension ? " **+**" : ""),
    typeText(property),
    nullable && !collection ? "yes" : "no",
    setters[setBy],
    property.default === undefined ? "" : code(JSON.stringify(property.default).replaceAll('"', "")),
    [description, ...limits].filter((text) => text !== "").join(" "),
  ];
}

function enumRow({ name, members }: EnumType): readonly string[] {
  return [code(unqualified(name)), members.map((member) => `\`${member.name}\` ${member.value}`).join(", ")];
}
