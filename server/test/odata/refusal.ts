import { Problem } from "../../src/base/errors.ts";

/** The message of the refusal that `act` ends in, or "accepted". */
export function refusal(act: () => unknown): string {
  try {
    act();
    return "accepted";
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}
