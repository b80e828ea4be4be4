import { expect, test } from "vitest";
import { createTurns } from "../../src/store/turns.ts";

test("owners take turns, each in the order of what it asked", () => {
  const turns = createTurns<number>({ all: 10, each: 5 });
  for (const item of [1, 2, 3]) expect(turns.push("a", item)).toBe(true);
  for (const item of [10, 11]) expect(turns.push("b", item)).toBe(true);
  expect([turns.next(), turns.next(), turns.next(), turns.next(), turns.next(), turns.next()]).toEqual([1, 10, 2, 11, 3, undefined]);
});

test("too much waiting is refused, for one owner and for all", () => {
  const turns = createTurns<number>({ all: 3, each: 2 });
  expect([turns.push("a", 1), turns.push("a", 2), turns.push("a", 3), turns.push("b", 4), turns.push("c", 5)]).toEqual([true, true, false, true, false]);
});

test("what waited too long is taken out once", () => {
  const turns = createTurns<number>({ all: 3, each: 3 });
  turns.push("a", 1);
  turns.push("a", 2);
  expect([turns.remove("a", 1), turns.remove("a", 1), turns.next(), turns.remove("a", 2), turns.next()]).toEqual([true, false, 2, false, undefined]);
});
