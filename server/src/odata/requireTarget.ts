import { problem } from "../base/errors.ts";
import type { OptionName, QueryOptions, Segment } from "./options.ts";

/** What path and options must say together, whatever the model is (ABNF `odataRelativeUri`): `$entity` names its entity by `$id`, and is shaped only behind a cast. */
export function requireTarget(segments: readonly Segment[], options: QueryOptions): void {
  const [first, cast] = segments;
  if (first === undefined || first.name.toLowerCase() !== "$entity") return;
  if (options.id === undefined) throw problem("badRequest", { what: "$entity: expected the option $id, which names the entity." }, { target: "$id" });
  if (cast !== undefined) return;
  const shaping: readonly OptionName[] = ["select", "expand"];
  const found = shaping.find((name) => options[name] !== undefined);
  if (found === undefined) return;
  throw problem(
    "badRequest",
    { what: `$${found}: expected a type behind $entity, as in /$entity/ns.Type, before an entity can be shaped.` },
    { target: `$${found}` },
  );
}
