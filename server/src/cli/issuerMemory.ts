import { join } from "node:path";
import type { Records } from "../base/records.ts";
import { createFileIssuerStore } from "../issuer/fileIssuerStore.ts";
import type { IssuerStore } from "../issuer/issuerStore.ts";
import type { Configuration } from "./configuration.ts";
import { refusing } from "./refusing.ts";

/** What the built-in issuer knows, and what it keeps between two requests. */
export interface IssuerMemory {
  readonly store: IssuerStore;
  /** Sessions, codes and failures, where several servers share them. */
  readonly records?: Records;
  readonly pageSecret?: Uint8Array;
  /** The clock that those servers agree on. */
  readonly steady?: () => number;
  readonly close: () => Promise<void>;
}

/** The issuer's memory of a data folder. */
export function openIssuerStore(data: string): IssuerStore {
  return createFileIssuerStore(join(data, "issuer"));
}

/** The issuer's memory as configured: files of the data folder, or the database that the servers share. Throws a ConfigurationFault of one line when that has none. */
export async function openIssuerMemory({ data, databaseUrl }: Pick<Configuration, "data" | "databaseUrl">): Promise<IssuerMemory> {
  if (databaseUrl === undefined) return { store: openIssuerStore(data), close: () => Promise.resolve() };
  const { openSharedMemory } = await import("./sharedMemory.ts");
  return refusing(() => openSharedMemory(databaseUrl));
}
