import { workStatements } from "../workStatements.ts";
import { postgresDialect } from "./dialect.ts";

/** Milliseconds since 1970 by the database's clock, which all servers go by. */
export const databaseNow = `(extract(epoch FROM statement_timestamp()) * 1000)::bigint`;

/** The texts of the lease table; moments are given as milliseconds from now. */
export const workTexts = workStatements(postgresDialect, (milliseconds) => `(${databaseNow} + ${milliseconds}::bigint)`);
