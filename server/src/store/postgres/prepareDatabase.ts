import type { StoreSchema } from "../schema.ts";
import { DatabaseError } from "./databaseError.ts";
import { isCurrent, migrate, recordedVersion, type MigrationEvents } from "./migrate.ts";
import { openSession, type Session } from "./session.ts";

export interface Preparing {
  readonly url: string;
  readonly ownerUrl?: string;
  readonly schema: StoreSchema;
  readonly events: MigrationEvents;
}

/** Looks a database over before it serves and brings it forward as its owner where that is needed. Throws a plain Error, one line, when it cannot serve. */
export async function prepareDatabase({ url, ownerUrl, schema, events }: Preparing): Promise<void> {
  if (ownerUrl !== undefined && ownerUrl !== url) {
    await withSession(ownerUrl, async (session) => {
      await recordedVersion(session);
      await migrate(session, { schema, events, serving: userOf(url) });
    });
  }
  await withSession(url, async (session) => {
    if (!isCurrent(await recordedVersion(session), schema)) await migrate(session, { schema, events });
  });
}

async function withSession<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  try {
    const session = await openSession(url);
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  } catch (error) {
    throw error instanceof DatabaseError ? new Error(`The database ${withoutPassword(url)} cannot be used: ${error.message}`, { cause: error }) : error;
  }
}

function userOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "***";
  return shown.href;
}
