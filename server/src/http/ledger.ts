/** Counts bytes that many requests keep in memory together. */
export interface Ledger {
  /** True when there is no more room; what was kept too long is cut off first, oldest first. */
  readonly isFull: () => boolean;
  readonly total: () => number;
  /** An account of one request; `cut` ends the request when others need its room and it has kept it for seconds. */
  readonly open: (cut?: () => void) => Account;
}

/** What one request keeps. */
export interface Account {
  /** Counts so many more bytes; false when there is no room for them. */
  readonly take: (bytes: number) => boolean;
  /** Counts bytes that are there already, room or not. */
  readonly add: (bytes: number) => void;
  /** Gives all of it back. */
  readonly close: () => void;
}

/** Milliseconds after which who keeps bytes is slow. */
const slowAfter = 2_000;

/** Makes a ledger of so many bytes. */
export function createLedger(limit: number): Ledger {
  let total = 0;
  const cuttable = new Map<Account, { readonly since: number; readonly cut: () => void }>();

  function relieve(): void {
    const before = performance.now() - slowAfter;
    for (const [account, { since, cut }] of cuttable) {
      if (since > before || total < limit) return;
      account.close();
      cut();
    }
  }

  return {
    isFull() {
      if (total >= limit) relieve();
      return total >= limit;
    },
    total: () => total,
    open(cut) {
      let own = 0;
      const account: Account = {
        add(bytes) {
          own += bytes;
          total += bytes;
        },
        take(bytes) {
          if (total + bytes > limit) return false;
          account.add(bytes);
          return true;
        },
        close() {
          total -= own;
          own = 0;
          cuttable.delete(account);
        },
      };
      if (cut !== undefined) cuttable.set(account, { since: performance.now(), cut });
      return account;
    },
  };
}
