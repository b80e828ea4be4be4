/** Counts bytes that many requests keep in memory together. */
export interface Ledger {
  readonly isFull: () => boolean;
  readonly total: () => number;
  /** An account of one request. */
  readonly open: () => Account;
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

/** Makes a ledger of so many bytes. */
export function createLedger(limit: number): Ledger {
  let total = 0;
  return {
    isFull: () => total >= limit,
    total: () => total,
    open() {
      let own = 0;
      const add = (bytes: number): void => {
        own += bytes;
        total += bytes;
      };
      return {
        add,
        take(bytes) {
          if (total + bytes > limit) return false;
          add(bytes);
          return true;
        },
        close() {
          total -= own;
          own = 0;
        },
      };
    },
  };
}
