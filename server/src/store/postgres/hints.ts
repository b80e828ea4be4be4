import type { Client } from "pg";
import { createAlarm } from "../../base/alarm.ts";
import { primaryClient } from "./primaryClient.ts";

/** Tells servers that there may be something to do. Hints get lost: nobody may rely on one. */
export interface Hints {
  readonly listen: (hint: () => void) => () => void;
  /** Tells this server. */
  readonly ring: () => void;
  /** Calls when others told of something: in which hubs, or undefined for any. */
  readonly hear: (news: News) => () => void;
  /** Tells the others in which hubs there is something, once a second at most. */
  readonly tellOthers: (hubs: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

type News = (hubs: readonly string[] | undefined) => void;

export interface HintSettings {
  /** The database; one that a pooler hands on per transaction hears no hints, and does no harm. */
  readonly url: string;
  readonly channel?: string;
  /** Milliseconds after which a connection that was lost is opened again. */
  readonly again?: number;
}

/** Listens on a connection of its own (LISTEN), which is opened when somebody listens first. */
export function createHints({ url, channel = "secgraph_work", again = 5000 }: HintSettings): Hints {
  const { Primary } = primaryClient(url);
  const { calls, hearing, ring, heard } = createAudience();
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const news = createNews(async (hubs) => {
    await client?.query("SELECT pg_notify($1, $2)", [channel, payloadOf(hubs)]);
  });
  const listenWith = <Call>(set: Set<Call>, call: Call): (() => void) => {
    set.add(call);
    if (client === undefined && timer === undefined && !isClosed) open();
    return () => void set.delete(call);
  };

  function lost(one: Client): void {
    if (client !== one) return;
    client = undefined;
    void one.end().catch(() => undefined);
    if (!isClosed) timer = setTimeout(open, again).unref();
  }

  function open(): void {
    const one = new Primary({ application_name: "secgraph hints", keepAlive: true });
    client = one;
    one.on("error", () => lost(one));
    one.on("end", () => lost(one));
    one.on("notification", (told) => void (isOwn(told, one) || heard(told.payload)));
    // What came while nobody listened is found by looking.
    one.connect().then(() => one.query(`LISTEN "${channel}"`)).then(() => heard(), () => lost(one)); // prettier-ignore
  }

  return {
    listen: (call) => listenWith(calls, call),
    hear: (call) => listenWith(hearing, call),
    ring,
    tellOthers: news.tellOthers,
    async close() {
      isClosed = true;
      await news.stop();
      clearTimeout(timer);
      calls.clear();
      hearing.clear();
      const one = client;
      client = undefined;
      await one?.end().catch(() => undefined);
    },
  };
}

/** Who listens to whatever comes, and who to what others tell. */
function createAudience() {
  const calls = new Set<() => void>();
  const hearing = new Set<News>();
  const ring = (): void => {
    for (const call of calls) call();
  };
  return {
    calls,
    hearing,
    ring,
    heard: (payload?: string): void => {
      ring();
      const hubs = hubsOf(payload);
      for (const call of hearing) call(hubs);
    },
  };
}

/** What this server told itself comes back too. */
function isOwn({ processId }: { readonly processId: number }, client: Client): boolean {
  return (client as unknown as { readonly processID?: number }).processID === processId;
}

/** Milliseconds between two hints to others: what comes meanwhile is told with the next. */
const pause = 1000;

/** Tells at once, and what comes within a second after it with the next. */
function createNews(tellNow: (hubs: ReadonlySet<string>) => Promise<void>): Pick<Hints, "tellOthers"> & { readonly stop: () => Promise<void> } {
  let [hubs, told] = [new Set<string>(), -Infinity];
  const alarm = createAlarm(async () => {
    const wait = hubs.size > 0 ? told + pause - performance.now() : Infinity;
    if (wait > 0) return wait;
    const news = hubs;
    [hubs, told] = [new Set(), performance.now()];
    await tellNow(news).catch(() => undefined);
    return Infinity;
  });
  return {
    tellOthers(written) {
      for (const hub of written) hubs.add(hub);
      alarm.ring();
    },
    stop: alarm.stop,
  };
}

/** Bytes of a payload that PostgreSQL takes (below 8000); what is more means anything. */
const longest = 7000;

function payloadOf(hubs: ReadonlySet<string>): string {
  const text = JSON.stringify([...hubs]);
  return hubs.has("") || Buffer.byteLength(text) > longest ? "" : text;
}

function hubsOf(payload = ""): readonly string[] | undefined {
  try {
    return payload === "" ? undefined : (JSON.parse(payload) as readonly string[]);
  } catch {
    return undefined;
  }
}
