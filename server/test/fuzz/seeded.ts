import { wanted } from "./campaign.ts";

/** How a property is checked: with the same cases in each run; with others by `FUZZ_SEED`, which a failure names. */
export function seeded(numRuns = 100): { readonly numRuns: number; readonly seed: number } {
  return { numRuns, seed: wanted("FUZZ_SEED", 20_261_122) };
}
