import { describe, expect, it } from "vitest";
import { decimalOfSortable, sortableDecimal, sortableNumber } from "../../src/base/sortableDecimal.ts";
import { diceOf, type Dice } from "../fuzz/dice.ts";

/** The number as a whole one: so many times 10^-1200. */
function exact(text: string): bigint {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e(-?\d+))?$/.exec(text)!;
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(Number(exponent) - fraction.length + 1200);
}

/** Decimals of every length, many of them close to one that was there before: a digit more, zeros more, the other sign. */
function decimals(dice: Dice): () => string {
  const known: string[] = [];
  const digits = (count: number): string => Array.from({ length: count }, () => (dice.often(60) ? dice.between(0, 9) : 0)).join("");
  const fresh = (): string => {
    const whole = digits(dice.between(1, dice.often(50) ? 3 : 40));
    const fraction = dice.often(60) ? `.${digits(dice.between(1, dice.often(50) ? 4 : 40))}` : "";
    const exponent = dice.often(15) ? `e${dice.between(-999, 900)}` : "";
    const made = `${dice.often(50) ? "-" : ""}${whole}${fraction}${exponent}`;
    if (known.length < 60) known.push(made);
    return made;
  };
  const near = (): string => {
    const before = dice.one(known);
    const tail = dice.often(50) ? "0".repeat(dice.between(1, 3)) : digits(dice.between(1, 3));
    const longer = before.includes("e") ? before : `${before}${before.includes(".") ? "" : "."}${tail}`;
    return dice.often(50) ? longer : longer.startsWith("-") ? longer.slice(1) : `-${longer}`;
  };
  return () => (known.length > 0 && dice.often(50) ? near() : fresh());
}

const signOf = (difference: bigint | number): number => (difference < 0 ? -1 : difference > 0 ? 1 : 0);

describe("decimals as texts that sort", () => {
  it("are in the order of the numbers, byte by byte, and each number has one text, which says it without loss", () => {
    const made = decimals(diceOf(20_261_122));
    let same = 0;
    for (let pair = 0; pair < 20_000; pair += 1) {
      const [left, right] = [made(), made()];
      const [a, b] = [sortableDecimal(left), sortableDecimal(right)];
      const wanted = signOf(exact(left) - exact(right));
      if (wanted === 0) same += 1;
      expect(signOf(Buffer.compare(Buffer.from(a), Buffer.from(b))), `${left} ${right}`).toBe(wanted);
      expect(exact(decimalOfSortable(a)), left).toBe(exact(left));
      expect(sortableDecimal(decimalOfSortable(a)), left).toBe(a);
    }
    expect(same).toBeGreaterThan(100);
  });

  it.each([
    ["0", "1", "0"],
    ["-0", "1", "0"],
    ["0.000", "1", "0"],
    ["-0e5", "1", "0"],
    ["1", "250011", "1"],
    ["1.0", "250011", "1"],
    ["100e-2", "250011", "1"],
    ["0.1e1", "250011", "1"],
    ["-1", "049988:", "-1"],
    ["-12.5", "04997874:", "-12.5"],
    ["0.00012", "2499712", "0.00012"],
    ["1200", "2500412", "1200"],
    ["INF", "3", "INF"],
    ["-INF", "-", "-INF"],
    ["1e5000", "3", "INF"],
    ["-1e99999999999999999999", "-", "-INF"],
    ["1e-9999999", "200001", `0.${"0".repeat(5000)}1`],
    ["-1e-9999999", "099998:", `-0.${"0".repeat(5000)}1`],
  ])("%s is %s, which says %s", (text, code, plain) => {
    expect(sortableDecimal(text)).toBe(code);
    expect(decimalOfSortable(code)).toBe(plain);
  });

  it.each([
    [0.1, "0.1"],
    [-0, "0"],
    [1e-7, "0.0000001"],
    [1e25, "10000000000000000000000000"],
    [2 ** 62, "4611686018427387904"],
    [9_007_199_254_740_993n, "9007199254740993"],
    [Infinity, "INF"],
    [-Infinity, "-INF"],
  ])("the number %s of SQL is %s", (value, plain) => {
    expect(decimalOfSortable(sortableNumber(value))).toBe(plain);
  });
});
