import { expect, test } from "vitest";
import { verifyLines } from "../src/cli/audit/verifyTrail.ts";
import { exported, hubId } from "../test/audit/records.ts";

const count = 1000;
const lines = exported(count);
const { seal } = JSON.parse(lines.at(-1)!) as { readonly seal: string };
const points = [{ hub: hubId, number: count, seal }];
const each = lines.map((_, index) => index);

/** How many of the thousand changes are found, each by itself. */
async function found(changed: (index: number) => readonly string[]): Promise<number> {
  let faults = 0;
  for (const index of each) faults += Math.min(1, (await verifyLines(changed(index), { points })).faults.length);
  return faults;
}

const flipped = (line: string, at: number): string => line.slice(0, at) + (line[at] === "7" ? "8" : "7") + line.slice(at + 1);

test("a chain of 1,000 records that nobody touched is whole", async () => {
  expect((await verifyLines(lines, { points })).faults).toEqual([]);
});

test.each([
  ["flipped", (index: number) => lines.with(index, flipped(lines[index]!, (index * 37) % lines[index]!.length))],
  ["deleted", (index: number) => lines.toSpliced(index, 1)],
  ["reordered", (index: number) => lines.with(index, lines[(index + 1) % count]!).with((index + 1) % count, lines[index]!)],
  ["cut off", (index: number) => lines.slice(0, index)],
] as const)("any of 1,000 records %s is found, all of them", async (_, changed) => {
  expect(await found(changed)).toBe(count);
});
