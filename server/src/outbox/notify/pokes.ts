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
  /** Resolves when something comes. */
  readonly next: () => Promise<void>;
  readonly close: () => void;
}

/** Makes the pokes of a process. */
export function createPokes(): Pokes {
  const open = new Map<string, () => void>();
  return {
    poke(hub) {
      const ring = open.get(hub);
      ring?.();
      return ring !== undefined;
    },
    open(hub) {
      let isNew = true;
      let wake: (() => void) | undefined;
      open.set(hub, () => {
        isNew = true;
        wake?.();
      });
      return {
        isNew: () => isNew,
        take() {
          const was = isNew;
          isNew = false;
          return was;
        },
        next: () => (isNew ? Promise.resolve() : new Promise((resolve) => (wake = resolve))),
        close: () => void open.delete(hub),
      };
    },
  };
}
