/** What waits, by whose it is: owners take turns, so that none waits for all that another has asked. */
export interface Turns<T> {
  /** False when this owner, or all together, have too much waiting already. */
  readonly push: (owner: string, item: T) => boolean;
  /** The oldest of the owner whose turn it is. */
  readonly next: () => T | undefined;
  /** Takes an item out that shall wait no longer; false when its turn has come already. */
  readonly remove: (owner: string, item: T) => boolean;
  readonly size: () => number;
}

/** Makes the queue; `all` and `each` bound what waits in all and for one owner. */
export function createTurns<T>({ all, each }: { readonly all: number; readonly each: number }): Turns<T> {
  /** In the order of their turns: who was served goes to the end. */
  const owners = new Map<string, T[]>();
  let size = 0;

  function put(owner: string, items: T[]): void {
    owners.delete(owner);
    if (items.length > 0) owners.set(owner, items);
  }

  return {
    size: () => size,
    push(owner, item) {
      const items = owners.get(owner) ?? [];
      if (size >= all || items.length >= each) return false;
      if (items.length === 0) owners.set(owner, items);
      items.push(item);
      size += 1;
      return true;
    },
    next() {
      const first = owners.entries().next().value;
      if (first === undefined) return undefined;
      const [owner, items] = first;
      const item = items.shift();
      put(owner, items);
      size -= 1;
      return item;
    },
    remove(owner, item) {
      const items = owners.get(owner) ?? [];
      const index = items.indexOf(item);
      if (index < 0) return false;
      items.splice(index, 1);
      if (items.length === 0) owners.delete(owner);
      size -= 1;
      return true;
    },
  };
}
