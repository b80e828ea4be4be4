import { problem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";

let told = 0;

/** The refusal of a server that has enough to do (R50); those who are told at the same time come back one to three seconds later. */
export function busy(): Problem {
  told = (told + 1) % 3;
  return problem("unavailable", { what: "The server has as much to do as it can. Retry later." }, { headers: { "Retry-After": String(told + 1) } });
}
