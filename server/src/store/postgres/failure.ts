import { problem, type Problem } from "../../base/errors.ts";
import { tooSlow } from "../stoppedQuery.ts";
import { DatabaseError } from "./databaseError.ts";

/** What went wrong with PostgreSQL, told apart as far as the answer differs. */
export type Failure =
  | "unreachable"
  | "full"
  | "readonly"
  | "memory"
  | "time"
  | "conflict"
  | "busy"
  | "statement"
  | "unique"
  | "tooLong"
  | "tooComplex"
  | "rights"
  | "other";

/** By SQLSTATE (PostgreSQL, Appendix A), and by the class where that will do. */
const kinds: Readonly<Record<string, Failure>> = {
  "08": "unreachable",
  "53100": "full",
  "53200": "memory",
  "53300": "unreachable",
  "57014": "time",
  "57P01": "unreachable",
  "57P02": "unreachable",
  "57P03": "unreachable",
  "57P05": "unreachable",
  "25006": "readonly",
  "25P03": "unreachable",
  "40001": "conflict",
  "40P01": "conflict",
  "55P03": "busy",
  // A statement that is not there, there already, or of a table that has changed since.
  "26000": "statement",
  "42P05": "statement",
  "0A000": "statement",
  "23505": "unique",
  "54000": "tooLong",
  "54001": "tooComplex",
  "42501": "rights",
  "28": "rights",
  "3D000": "rights",
};

/** The kind of a failure; undefined for an error that is not the database's. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  const { state } = error;
  return state === undefined ? "unreachable" : (kinds[state] ?? kinds[state.slice(0, 2)] ?? "other");
}

/** Failures after which a connection is given up: it is gone, or leads to a server that no longer takes writes. */
export function endsConnection(failure: Failure | undefined): boolean {
  return failure === "unreachable" || failure === "readonly" || failure === "statement";
}

/** How the failure is told to a client; undefined for one that is a fault of ours. */
export function refusalOf(failure: Failure): Problem | undefined {
  const later = (what: string, seconds = 1): Problem => problem("unavailable", { what }, { headers: { "Retry-After": String(seconds) } });
  switch (failure) {
    case "full":
      return problem("insufficientStorage", { what: "The disk of the database is full; nothing was written." }, { headers: { "Retry-After": "1" } });
    case "time":
      return tooSlow();
    case "tooLong":
      return problem("badRequest", { what: "A value of an indexed property is too long: about 2600 bytes can be indexed." });
    case "tooComplex":
      return problem("badRequest", { what: "The expression is too complex." });
    case "readonly":
      return later("The database takes no writes at present; nothing was changed.");
    case "unreachable":
    case "rights":
      return later("The database cannot be reached at present.");
    case "memory":
    case "busy":
    case "conflict":
      return later("The database is too busy at present; nothing was changed. Try again.");
    default:
      return undefined;
  }
}
