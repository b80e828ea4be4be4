import { openTrail } from "../../src/cli/audit/openTrail.ts";
import { verifyTrail, type Verified } from "../../src/cli/audit/verifyTrail.ts";
import type { ChainPoint } from "../../src/store/audit/verifyChain.ts";
import type { DataPlace } from "../../src/cli/transfer/place.ts";

/** What `secgraph audit verify` finds of all trails of a place, beside its servers or without them. `points`: what a checkpoint says of them. */
export async function verifyPlace(place: DataPlace, points: readonly ChainPoint[] = []): Promise<Verified> {
  const trail = await openTrail(place);
  try {
    return await verifyTrail(trail, { points });
  } finally {
    await trail.close();
  }
}
