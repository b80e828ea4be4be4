import { LRUCache } from "lru-cache";

/** Who tries to sign in, from where. */
export interface SignInTry {
  /** As typed; whether somebody has that name makes no difference. */
  readonly name: string;
  readonly address: string;
  /** When somebody unlocked the name last: failures before do not count. */
  readonly unlocked: number;
}

/** Told of a try that is turned away: because of the name from that address, the name from anywhere, or the address. */
export type OnLocked = (scope: "pair" | "name" | "address", seconds: number) => void;

/** Slows guessing down (RFC 6749, 10.10; OWASP ASVS 6.3). */
export interface SignInGuard {
  /** Counts a try as failed until it is told to be right; or the seconds to wait, and nothing is counted. */
  readonly begin: (attempt: SignInTry) => { readonly succeeded: () => void } | { readonly wait: number };
}

interface Tally {
  failures: number;
  until: number;
  /** What was known of the unlocking when the failures were counted. */
  readonly unlocked: number;
}

/** Failures that are free, for one name from one address, for a name from anywhere, and for an address with any name. */
const free = { pair: 5, name: 50, address: 100 };
const firstPause = 30_000;
const longestPause = 15 * 60_000;
const memory = { max: 50_000, ttl: 24 * 3600_000 };

/**
 * Makes the guard. After the free failures each further one locks for twice as long, at most a quarter of an hour.
 * An address from which a name has signed in before is not locked by what others do with that name.
 */
export function createSignInGuard(clock: () => number, onLocked?: OnLocked): SignInGuard {
  const tallies = new LRUCache<string, Tally>(memory);
  const familiar = new LRUCache<string, true>({ max: 10_000 });

  function tallyOf(key: string, unlocked: number): Tally {
    const known = tallies.get(key);
    // The clock of the command that unlocks is another than this one: whether it was later cannot be told, that it is another can.
    return known?.unlocked === unlocked ? known : { failures: 0, until: 0, unlocked };
  }
  /** Answers how to take it back, which leaves alone what other tries did meanwhile. */
  function count(key: string, tally: Tally, limit: number): () => void {
    tally.failures += 1;
    const until = tally.failures < limit ? 0 : clock() + Math.min(firstPause * 2 ** Math.min(tally.failures - limit, 10), longestPause);
    tally.until = Math.max(tally.until, until);
    tallies.set(key, tally);
    return () => {
      tally.failures -= 1;
      if (tally.until === until) tally.until = 0;
    };
  }

  return {
    begin({ name, address, unlocked }) {
      const lower = name.normalize("NFC").toLowerCase().slice(0, 256);
      const pair = `pair ${address} ${lower}`;
      const checks = [
        { scope: "pair", key: pair, limit: free.pair, tally: tallyOf(pair, unlocked) },
        ...(familiar.has(pair) ? [] : [{ scope: "name", key: `name ${lower}`, limit: free.name, tally: tallyOf(`name ${lower}`, unlocked) } as const]),
        { scope: "address", key: `address ${address}`, limit: free.address, tally: tallyOf(`address ${address}`, 0) },
      ] as const;
      const until = Math.max(...checks.map(({ tally }) => tally.until));
      if (until > clock()) {
        const wait = Math.ceil((until - clock()) / 1000);
        onLocked?.(checks.find(({ tally }) => tally.until === until)!.scope, wait);
        return { wait };
      }
      const undo = checks.map(({ key, tally, limit }) => count(key, tally, limit));
      return {
        succeeded() {
          familiar.set(pair, true);
          for (const step of undo) step();
          tallies.delete(pair);
        },
      };
    },
  };
}
