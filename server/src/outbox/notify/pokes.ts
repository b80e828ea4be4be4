/** Tells work that runs in this process that something came for its hub. */
export interface Pokes {
  /** False when nothing runs here for the hub. */
  readonly poke: (hub: string) => boolean;
  readonly open: (hub: string) => Poke;
}

/** The ear of one piece of work. */
export interface Poke {
  /** True when something came since it was taken last; at first too. */
  readonly isNew: () => boolean;
  /** The same, and takes it. */
  readonly take: () => boolean;
  /** As if something had come. */
  readonly poke: () => void;
  /** Resolves when something comes, at a nudge, or after so many milliseconds. */
  readonly next: (most: number) => Promise<void>;
  /** Wakes who waits, though nothing came. */
  readonly nudge: () => void;
  readonly close: () => void;
}

/** Makes the pokes of a process. */
export function createPokes(): Pokes {
  const open = new Map<string, Poke>();
  return {
    poke(hub) {
      const one = open.get(hub);
      one?.poke();
      return one !== undefined;
    },
    open(hub) {
      const one = createPoke(() => void open.delete(hub));
      open.set(hub, one);
      return one;
    },
  };
}

function createPoke(close: () => void): Poke {
  let isNew = true;
  let wake: () => void = () => undefined;
  return {
    isNew: () => isNew,
    take() {
      const was = isNew;
      isNew = false;
      return was;
    },
    poke() {
      isNew = true;
      wake();
    },
    next(most) {
      if (isNew) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, Math.min(most, longestTimer));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    nudge: () => wake(),
    close,
  };
}

/** What setTimeout holds. */
const longestTimer = 2_147_483_647;
