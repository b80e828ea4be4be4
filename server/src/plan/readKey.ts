import { problem } from "../base/errors.ts";
import type { EntityType } from "../edm/types.ts";
import type { Literal } from "../odata/expression.ts";
import type { Segment } from "../odata/options.ts";

/**
 * The key in parentheses behind a collection (OData URL Conventions 4.3.1): `('x')` or `(id='x')`.
 * Throws `badRequest` for a missing, unknown or composite part that the type does not have.
 */
export function readKey(type: EntityType, segment: Segment): string {
  const [only, second] = segment.arguments ?? [];
  const name = type.key[0];
  const wrong = only === undefined || second !== undefined || type.key.length !== 1;
  if (wrong || (only.name !== undefined && only.name.toLowerCase() !== name?.toLowerCase())) {
    throw problem(
      "badRequest",
      { what: `The key '${segment.raw}' does not fit '${type.name}', whose key is (${type.key.join(",")}).` },
      { target: segment.raw },
    );
  }
  if (only.value.kind === "alias") {
    throw problem("badRequest", { what: `The parameter alias '@${only.value.name}' in '${segment.raw}' has no value.` }, { target: segment.raw });
  }
  if (only.value.kind !== "literal" || only.value.literal === "null") {
    throw problem("badRequest", { what: `The key in '${segment.raw}' is not a literal.` }, { target: segment.raw });
  }
  return keyText(type, only.value, segment);
}

function keyText(type: EntityType, literal: Literal, segment: Segment): string {
  const property = type.allProperties.find((candidate) => candidate.name === type.key[0]);
  const isText = property?.type.name === "Edm.String";
  if (isText && literal.literal !== "string") {
    throw problem("badRequest", { what: `The key in '${segment.raw}' is a string and must stand in single quotes.` }, { target: segment.raw });
  }
  return literal.value;
}
