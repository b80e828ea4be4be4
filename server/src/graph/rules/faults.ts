import type { Refusal } from "../../edm/rules.ts";

/** What is wrong at a path of the body. */
export interface Fault {
  readonly target: string;
  readonly message: string;
}

/** All that is wrong, as one refusal: the first speaks, all stand in `details` (R38). */
export function refusedFor(faults: readonly Fault[]): Refusal | undefined {
  const [first] = faults;
  if (first === undefined) return undefined;
  const details = faults.map(({ target, message }) => ({ code: "BadRequest", message: told({ target, message }), target }));
  return { refuse: "badRequest", parameters: { what: told(first) }, extras: { target: first.target, details } };
}

function told({ target, message }: Fault): string {
  return `Property '${target}': ${message}`;
}
