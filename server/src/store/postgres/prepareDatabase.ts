import type { StoreSchema } from "../schema.ts";
import { connectionProblem, destinationOf } from "./connectionProblem.ts";
import { DatabaseError } from "./databaseError.ts";
import { isCurrent, isOutgrown, migrate, recordedVersion, type MigrationEvents } from "./migrate.ts";
import { requireFit } from "./requireFit.ts";
import { openSession, type Session } from "./session.ts";

export interface Preparing {
  readonly url: string;
  readonly ownerUrl?: string;
  readonly schema: StoreSchema;
  readonly events: MigrationEvents;
}

/**
 * Looks a database over before it serves and brings it forward as its owner where that is needed; one that a newer program has brought
 * forward stays as it is (`outgrown`). Throws a plain Error, one line, when it cannot serve.
 */
export async function prepareDatabase({ url, ownerUrl, schema, events }: Preparing): Promise<"current" | "outgrown"> {
  const isLeft = await withSession(ownerUrl ?? url, async (session) => {
    if (!isOutgrown(await recordedVersion(session), schema)) return false;
    await requireFit(session, schema);
    return true;
  });
  if (isLeft) return "outgrown";
  if (ownerUrl !== undefined && ownerUrl !== url) {
    await withSession(ownerUrl, async (session) => {
      await recordedVersion(session);
      await migrate(session, { schema, events, serving: userOf(url) });
    });
  }
  await withSession(url, async (session) => {
    if (!isCurrent(await recordedVersion(session), schema)) await migrate(session, { schema, events });
  });
  return "current";
}

async function withSession<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(url).catch((error: unknown) => {
    throw connectionProblem(error, url);
  });
  try {
    return await work(session);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const { server, database } = destinationOf(url);
    throw new Error(`The database '${database}' on ${server} cannot be used: ${error.message}`, { cause: error });
  } finally {
    await session.end();
  }
}

function userOf(url: string): string {
  return destinationOf(url).user;
}
