import type { Client } from "pg";
import { createAlarm } from "../../base/alarm.ts";
import { primaryClient } from "./primaryClient.ts";

/** Tells servers that there may be something to do. Hints get lost: nobody may rely on one. */
export interface Hints {
  readonly listen: (hint: () => void) => () => void;
  /** Tells this server. */
  readonly ring: () => void;
  /** Tells the others, once a second at most. */
  readonly tellOthers: () => void;
  readonly close: () => Promise<void>;
}

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
  const calls = new Set<() => void>();
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const news = createNews(async () => {
    await client?.query(`NOTIFY "${channel}"`);
  });
  const ring = (): void => {
    for (const call of calls) call();
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
    one.on("notification", ring);
    // What came while nobody listened is found by looking.
    one.connect().then(() => one.query(`LISTEN "${channel}"`)).then(ring, () => lost(one)); // prettier-ignore
  }

  return {
    listen(call) {
      calls.add(call);
      if (client === undefined && timer === undefined && !isClosed) open();
      return () => void calls.delete(call);
    },
    ring,
    tellOthers: news.tell,
    async close() {
      isClosed = true;
      await news.stop();
      clearTimeout(timer);
      calls.clear();
      const one = client;
      client = undefined;
      await one?.end().catch(() => undefined);
    },
  };
}

/** Milliseconds between two hints to others: what comes meanwhile is told with the next. */
const pause = 1000;

/** Tells at once, and what comes within a second after it with the next. */
function createNews(tellNow: () => Promise<void>): { readonly tell: () => void; readonly stop: () => Promise<void> } {
  let [isNews, told] = [false, -Infinity];
  const alarm = createAlarm(async () => {
    const wait = isNews ? told + pause - performance.now() : Infinity;
    if (wait > 0) return wait;
    [isNews, told] = [false, performance.now()];
    await tellNow().catch(() => undefined);
    return Infinity;
  });
  return {
    tell() {
      isNews = true;
      alarm.ring();
    },
    stop: alarm.stop,
  };
}
