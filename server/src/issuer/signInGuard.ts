import type { Records } from "../base/records.ts";

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
  readonly begin: (attempt: SignInTry) => Promise<{ readonly succeeded: () => Promise<void> } | { readonly wait: number }>;
}

interface Tally {
  readonly failures: number;
  /** Milliseconds of the clock. */
  readonly until: number;
  /** What was known of the unlocking when the failures were counted. */
  readonly unlocked: number;
}

/** Failures that are free, for one name from one address, for a name from anywhere, and for an address with any name. */
const free = { pair: 5, name: 50, address: 100 };
const firstPause = 30_000;
const longestPause = 15 * 60_000;
const day = 24 * 3600_000;

/** What a try is counted under. */
interface Check {
  readonly scope: "pair" | "name" | "address";
  readonly key: string;
  readonly limit: number;
  readonly unlocked: number;
}

export interface GuardSettings {
  readonly records: Records;
  /** Milliseconds, never set anew. */
  readonly clock: () => number;
  /** What is guarded: each counts for itself. */
  readonly name: string;
  readonly onLocked?: OnLocked;
}

/**
 * Makes the guard. After the free failures each further one locks for twice as long, at most a quarter of an hour.
 * An address from which a name has signed in before is not locked by what others do with that name.
 */
export function createSignInGuard({ records, clock, name: guarded, onLocked }: GuardSettings): SignInGuard {
  const tallies = records<Tally>({ name: `${guarded} failures`, life: { milliseconds: day, since: "changed" }, most: 50_000 });
  const familiar = records<object>({ name: `${guarded} successes`, life: { milliseconds: 90 * day, since: "changed" } });

  async function checksOf({ name, address, unlocked }: SignInTry): Promise<readonly Check[]> {
    const lower = name.normalize("NFC").toLowerCase().slice(0, 256);
    const pair = `pair ${address} ${lower}`;
    const isFamiliar = (await familiar.find(pair)) !== undefined;
    return [
      { scope: "pair", key: pair, limit: free.pair, unlocked },
      ...(isFamiliar ? [] : [{ scope: "name", key: `name ${lower}`, limit: free.name, unlocked } as const]),
      { scope: "address", key: `address ${address}`, limit: free.address, unlocked: 0 },
    ];
  }

  /** Counts a failure, unless the tally is locked; answers how to take it back, which leaves alone what other tries did meanwhile. */
  async function count({ key, limit, unlocked }: Check): Promise<(() => Promise<void>) | { readonly lockedUntil: number }> {
    let [lockedUntil, until] = [0, 0];
    await tallies.change(key, (known) => {
      const tally = tallyFor(known, unlocked);
      const now = clock();
      lockedUntil = tally.until > now ? tally.until : 0;
      if (lockedUntil > 0) return known;
      const failures = tally.failures + 1;
      until = failures < limit ? 0 : now + Math.min(firstPause * 2 ** Math.min(failures - limit, 10), longestPause);
      return { failures, until, unlocked };
    });
    if (lockedUntil > 0) return { lockedUntil };
    return async () => void (await tallies.change(key, (known) => takenBack(known, { until, unlocked })));
  }

  return {
    async begin(attempt) {
      const checks = await checksOf(attempt);
      const counted = await Promise.all(checks.map(count));
      const undo = counted.filter((one) => typeof one === "function");
      const until = Math.max(...counted.map((one) => (typeof one === "function" ? 0 : one.lockedUntil)));
      if (until > 0) {
        await Promise.all(undo.map((step) => step()));
        const wait = Math.max(1, Math.ceil((until - clock()) / 1000));
        onLocked?.(checks[counted.findIndex((one) => typeof one !== "function" && one.lockedUntil === until)]!.scope, wait);
        return { wait };
      }
      return {
        async succeeded() {
          const pair = checks[0]!.key;
          await Promise.all([familiar.change(pair, () => ({})), ...undo.slice(1).map((step) => step()), tallies.change(pair, () => undefined)]);
        },
      };
    },
  };
}

function tallyFor(known: Tally | undefined, unlocked: number): Tally {
  // The clock of the command that unlocks is another than this one: whether it was later cannot be told, that it is another can.
  return known?.unlocked === unlocked ? known : { failures: 0, until: 0, unlocked };
}

function takenBack(known: Tally | undefined, { until, unlocked }: Omit<Tally, "failures">): Tally | undefined {
  if (known?.unlocked !== unlocked) return known;
  return { failures: known.failures - 1, until: known.until === until ? 0 : known.until, unlocked };
}
