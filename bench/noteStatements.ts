import { Client } from "pg";
import { parameterText } from "../server/src/store/postgres/parameterText.ts";
import type { Pipeline, Statement } from "../server/src/store/postgres/pipeline.ts";

/** A statement as the product sent it to PostgreSQL. */
export interface Sent {
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** It puts the transaction into the scope of a hub, for row-level security. */
  readonly scopes: boolean;
}

/** Notes what the product sends on any connection of this process, while a list stands. */
export interface Notes {
  readonly of: (work: () => Promise<unknown>) => Promise<readonly Sent[]>;
}

export function noteStatements(): Notes {
  let noted: Sent[] | undefined;
  const prototype = Client.prototype as unknown as { query: (this: Client, asked: Partial<Pipeline>, ...more: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (asked, ...more) {
    if (noted !== undefined && asked.statements !== undefined) noted.push(...asked.statements.map(sentOf));
    return query.call(this, asked, ...more);
  };
  return {
    async of(work) {
      const own: Sent[] = (noted = []);
      try {
        await work();
      } finally {
        noted = undefined;
      }
      return own;
    },
  };
}

function sentOf({ sql, values }: Statement): Sent {
  return { text: sql, values: values.map(parameterText), scopes: sql.includes("set_config") };
}
