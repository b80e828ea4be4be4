/** A value that is there already, or one that has to be waited for. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value at once where it is there: what most requests ask is in memory, and a turn of the microtask queue costs more than asking. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
