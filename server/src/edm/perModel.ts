import type { Model } from "./model.ts";

/** A derivation that is made once for each model. */
export function perModel<Derived extends object | string>(derive: (model: Model) => Derived): (model: Model) => Derived {
  const made = new WeakMap<Model, Derived>();
  return (model) => {
    const known = made.get(model);
    if (known !== undefined) return known;
    const fresh = derive(model);
    made.set(model, fresh);
    return fresh;
  };
}
