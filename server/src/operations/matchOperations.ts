import type { BoundOperation, Model } from "../edm/model.ts";
import type { Implementation, Implementations } from "./implementation.ts";

/** The implementation of each operation that has one. Throws for a name that is no operation of the model, and for what is no function. */
export function matchOperations(model: Model, written: Implementations): ReadonlyMap<BoundOperation, Implementation> {
  const found = new Map<BoundOperation, Implementation>();
  const used = new Set<string>();
  for (const operation of model.operations) {
    if (operation.definition.permissions === undefined) continue;
    const forms = formsOf(operation);
    for (const form of forms) if (Object.hasOwn(written, form)) used.add(form);
    const form = forms.find((one) => Object.hasOwn(written, one));
    if (form !== undefined) found.set(operation, requireFunction(form, written[form]));
  }
  const stray = Object.keys(written).find((name) => !used.has(name));
  if (stray !== undefined) throw new Error(`'${stray}' is no operation of the model${hintOf(model)}`);
  return found;
}

function requireFunction(name: string, value: unknown): Implementation {
  if (typeof value !== "function") throw new Error(`'${name}' is no function`);
  return value as Implementation;
}

function hintOf({ operations }: Model): string {
  const names = [...new Set(operations.map(({ name }) => name))];
  return names.length === 0 ? ", which has none" : `: it has ${names.slice(0, 20).join(", ")}`;
}

/** What may name it, the most exact form first. */
function formsOf({ name, qualifiedName, binding, parameters }: BoundOperation): readonly string[] {
  const list = `(${parameters.map((parameter) => parameter.name).join(",")})`;
  const bare = [`${name}${list}`, name, qualifiedName];
  if (binding === undefined) return bare;
  const { name: full } = binding.type;
  const type = full.startsWith("Edm.") ? full : full.slice(full.lastIndexOf(".") + 1);
  const owner = binding.collection ? `Collection(${type})` : type;
  return [`${owner}/${name}${list}`, `${owner}/${name}`, ...bare];
}
