interface Told {
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
}

/** A failure of PostgreSQL or of the connection to it. Its message is for the operator's log, never for an answer. */
export class DatabaseError extends Error {
  /** SQLSTATE (PostgreSQL, Appendix A); undefined where the connection failed. */
  readonly state: string | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  /** Which of the statements that were asked for failed; undefined where the connection did. */
  readonly statement: number | undefined;

  constructor(cause: Error & Told, statement?: number) {
    super(cause.message, { cause });
    this.name = "DatabaseError";
    this.state = cause.code !== undefined && /^[0-9A-Z]{5}$/.test(cause.code) ? cause.code : undefined;
    this.constraint = cause.constraint;
    this.table = cause.table;
    this.statement = this.state === undefined ? undefined : statement;
  }

  /** The same failure, of a statement counted otherwise. */
  at(statement: number): DatabaseError {
    return new DatabaseError(this.cause as Error & Told, statement);
  }
}
