import { instantOf } from "../../base/instant.ts";
import type { Origin } from "../../base/origin.ts";
import type { HubDirectory } from "../../auth/hubDirectory.ts";
import type { AuditCategory, AuditEntry } from "../../store/audit/auditEntry.ts";
import type { StoreSystem } from "../../store/store.ts";

/** Something that the audit shall know although it changed no row. */
export interface Note {
  readonly category: Exclude<AuditCategory, "change">;
  /** The hub that it was about, where that is known; else the home of the tenant. */
  readonly hub?: string | undefined;
  readonly tenant: string;
  readonly appId: string;
  readonly user: string | null;
  /** The method of a refused request; signIn, signOut, token; what a command did. */
  readonly activity: string;
  /** Of a request the template of the path, never the path. */
  readonly path?: string | undefined;
  readonly failure?: { readonly status: number; readonly code: string };
  readonly origin: Origin;
  /** When it was, in milliseconds since 1970, where that is not now. */
  readonly at?: number;
}

export interface NoteSettings {
  readonly store: { readonly system: Pick<StoreSystem, "note">; readonly directory: Pick<HubDirectory, "home"> };
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly pseudonymOf: (user: string) => string;
  readonly onFault: (error: unknown) => void;
  /** Milliseconds for which the same is gathered before it is written: refusals, and sign-ins. */
  readonly gather?: { readonly refusal: number; readonly signIn: number };
}

/** Gathers notes in memory and writes them behind the requests. */
export interface Notes {
  readonly add: (note: Note) => void;
  /** Writes what was gathered. */
  readonly flush: () => Promise<void>;
  /** Writes what was gathered and gathers no more. */
  readonly stop: () => Promise<void>;
}

/** Different notes that are kept of one tenant, and of all, until they are written; of what comes beyond the number alone. */
const most = { ofTenant: 100, ofAll: 5000 };
const usual = { refusal: 60_000, signIn: 1000 };

interface Gathered {
  readonly note: Note;
  readonly first: number;
  last: number;
  count: number;
}

/**
 * Makes the gatherer: what the same caller was refused for the same reason at the same place within a minute is one record with the number of
 * times. However many requests come, so many different ones are kept; nothing is done as long as there is nothing.
 */
export function createNotes(settings: NoteSettings): Notes {
  const { clock, gather = usual } = settings;
  const [refusal, signIn] = [createPile(gather.refusal), createPile(gather.signIn)];
  const kinds = { refusal, signIn, system: createPile(gather.signIn) };
  let isStopped = false;
  let writing: Promise<void> = Promise.resolve();

  const write = (pile: Pile): Promise<void> => {
    const gathered = pile.take();
    if (gathered.length > 0) writing = writing.then(() => writeNotes(gathered, settings));
    return writing;
  };
  return {
    add(note) {
      if (isStopped) return;
      const pile = kinds[note.category];
      pile.add(note, note.at ?? clock());
      pile.wake(() => void write(pile));
    },
    flush: () => Promise.all(Object.values(kinds).map(write)).then(() => undefined),
    async stop() {
      isStopped = true;
      for (const pile of Object.values(kinds)) await write(pile);
    },
  };
}

interface Pile {
  readonly add: (note: Note, now: number) => void;
  /** Rings once, when what is there has been gathered long enough. */
  readonly wake: (ring: () => void) => void;
  readonly take: () => Gathered[];
}

function createPile(milliseconds: number): Pile {
  const gathered = new Map<string, Gathered>();
  const byTenant = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function keyOf(note: Note): string {
    const { hub, tenant, appId, user, activity, path, failure, origin, at } = note;
    return JSON.stringify([hub, tenant, appId, user, activity, path, at, failure?.code, failure?.status, note.category === "signIn" ? origin.address : ""]);
  }
  return {
    add(note, now) {
      const key = keyOf(note);
      const known = gathered.get(key);
      if (known !== undefined) {
        known.last = now;
        known.count += 1;
        return;
      }
      const ofTenant = byTenant.get(note.tenant) ?? 0;
      const isTooMuch = ofTenant >= most.ofTenant || gathered.size >= most.ofAll;
      const kept = isTooMuch ? summary(note, gathered.size >= most.ofAll) : note;
      const at = isTooMuch ? keyOf(kept) : key;
      const before = gathered.get(at);
      byTenant.set(kept.tenant, (byTenant.get(kept.tenant) ?? 0) + 1);
      if (before === undefined) gathered.set(at, { note: kept, first: now, last: now, count: 1 });
      else Object.assign(before, { last: now, count: before.count + 1 });
    },
    wake(ring) {
      timer ??= setTimeout(ring, milliseconds).unref();
    },
    take() {
      clearTimeout(timer);
      timer = undefined;
      const all = [...gathered.values()];
      gathered.clear();
      byTenant.clear();
      return all;
    },
  };
}

/** What is told of notes that are too many to be kept one by one: that they were. Where even the tenants are too many, it is told of none in particular. */
function summary({ category, tenant, origin: { requestId } }: Note, isOfAll: boolean): Note {
  const failure = { status: 0, code: "TooManyToTell" };
  return { category, tenant: isOfAll ? "" : tenant, appId: "", user: null, activity: "several", failure, origin: { requestId } };
}

/** Writes notes hub by hub. Those of tenants without a hub have nowhere to go. */
async function writeNotes(gathered: readonly Gathered[], settings: NoteSettings): Promise<void> {
  const { store, onFault } = settings;
  const byHub = new Map<string, AuditEntry[]>();
  try {
    for (const one of gathered) {
      const hub = await hubOf(one.note, store);
      if (hub !== undefined) byHub.set(hub, [...(byHub.get(hub) ?? []), entryOf(one, settings)]);
    }
  } catch (error) {
    onFault(error);
  }
  for (const [hub, entries] of byHub) {
    try {
      await store.system.note(hub, entries);
    } catch (error) {
      onFault(error);
    }
  }
}

async function hubOf({ hub, tenant }: Note, { directory }: NoteSettings["store"]): Promise<string | undefined> {
  if (hub !== undefined) return hub;
  if (tenant === "") return undefined;
  const home = await directory.home(tenant);
  return home.real ? home.id : undefined;
}

function entryOf({ note, first, last, count }: Gathered, { pseudonymOf }: NoteSettings): AuditEntry {
  const { category, tenant, appId, user, activity, path, failure, origin } = note;
  return {
    verb: activity,
    at: instantOf(first),
    tenant,
    appId,
    user,
    category,
    origin,
    path,
    repeated: { occurrences: count, lastAt: instantOf(last) },
    ...(user === null ? {} : { pseudonym: pseudonymOf(user) }),
    ...(failure === undefined ? {} : { refusal: failure }),
  };
}
