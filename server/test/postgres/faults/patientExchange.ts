import { setTimeout as sleep } from "node:timers/promises";
import { exchange, type Peer, type Received, type Sent } from "../../process/exchange.ts";

/** What went on while writers asked again and again. */
export interface Patience {
  readonly ask: (sent: Sent) => Promise<Received | undefined>;
  /** Refusals by status. */
  readonly refusals: Map<number, number>;
  /** Writes of which nobody knew what became. */
  readonly unknown: () => number;
  /** Answers that nobody may get while a database is away: other than 503 with Retry-After, or with words of the database in them. */
  readonly faults: string[];
  /** Resolves with the time (`performance.now()`) of the first write that is acknowledged from now on. */
  readonly nextWrite: () => Promise<number>;
  /** Whether connections to the server may break. */
  serverMayDie: boolean;
  /** Whether the disk may be full. */
  diskMayFill: boolean;
}

const giveUp = 60_000;
const innards = /\b(?:SELECT|INSERT|UPDATE|ROLLBACK|COMMIT\b;|relation|SQLSTATE|postgres|ECONN\w+|terminating|127\.0\.0\.1)|\n\s+at /;

/** Asks as a good client does: after a clear refusal again, with a key also when the outcome is not known. */
export function createPatience(peer: Peer): Patience {
  const waiting: ((at: number) => void)[] = [];
  let unknown = 0;
  const patience: Patience = {
    ask: (sent) => askAgain(sent),
    refusals: new Map(),
    unknown: () => unknown,
    faults: [],
    nextWrite: () => new Promise((resolve) => void waiting.push(resolve)),
    serverMayDie: false,
    diskMayFill: false,
  };

  async function askAgain(sent: Sent): Promise<Received | undefined> {
    const isKnown = sent.method === "GET" || sent.headers?.["Idempotency-Key"] !== undefined;
    for (const until = performance.now() + giveUp; performance.now() < until;) {
      const got = await exchange(peer, sent);
      if (got === undefined || got.text === undefined) {
        if (!patience.serverMayDie) patience.faults.push(`${sent.method} ${sent.path}: the connection broke`);
        await serverIsBack();
        if (isKnown) continue;
        unknown += 1;
        return undefined;
      }
      if (got.status < 300 && sent.method !== "GET") for (const tell of waiting.splice(0)) tell(performance.now());
      if (!isRefusal(got, isKnown)) return got;
      note(sent, got);
      if (!isKnown && got.text.includes("may have been stored")) {
        unknown += 1;
        return undefined;
      }
      await sleep(100);
    }
    patience.faults.push(`${sent.method} ${sent.path}: no answer within a minute`);
    return undefined;
  }

  async function serverIsBack(): Promise<void> {
    for (const until = performance.now() + giveUp; performance.now() < until;) {
      if ((await exchange(peer, { method: "GET", path: "/v1.0/" })) !== undefined) return;
      await sleep(50);
    }
  }

  /** The same request is to be sent again; a key that another request works with is told as 409 with Retry-After. */
  function isRefusal({ status, headers }: Received, isKnown: boolean): boolean {
    return status >= 500 || (status === 409 && isKnown && headers["retry-after"] !== undefined);
  }

  function note({ method, path }: Sent, { status, headers, text = "" }: Received): void {
    patience.refusals.set(status, (patience.refusals.get(status) ?? 0) + 1);
    const isAllowed = status === 503 || status === 409 || (status === 507 && patience.diskMayFill);
    if (!isAllowed || headers["retry-after"] === undefined || innards.test(text)) patience.faults.push(`${method} ${path}: ${status} ${text}`);
  }

  return patience;
}
