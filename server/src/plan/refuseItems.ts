import { problem } from "../base/errors.ts";
import { readOrdinal } from "../base/valueAt.ts";
import type { PropertyTarget } from "./plan.ts";

/** Graph has no items of collections behind paths (R9, R11): 400. */
export function refuseItems({ steps }: PropertyTarget): void {
  const segment = steps.find((step, index) => index > 0 && readOrdinal(step) !== undefined);
  if (segment !== undefined) throw problem("unknownSegment", { segment }, { target: segment });
}
