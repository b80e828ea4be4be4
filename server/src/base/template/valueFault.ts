/** A value that cannot stand where a template wants it. Its message names the place, never the value. */
export class ValueFault extends Error {
  override readonly name = "ValueFault";
}
