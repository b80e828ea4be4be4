import { textOf, type JsonObject } from "../../base/json.ts";
import { adopt, begunLately, park } from "./chores.ts";
import { connectorOf, switchOf } from "./connector.ts";
import { below } from "./endDrain.ts";
import { nobodyRests, type Resting } from "./expire.ts";
import { createLane, stateOf, type Lane } from "./lane.ts";
import { followSoon, over, type Round } from "./round.ts";

/** What a process remembers of a hub beyond one look after it. */
export interface Known {
  readonly lanes: Map<string, Lane>;
  /** Actions that could not be taken back in time. */
  readonly resting: Resting;
  /** Connectors as they were when it was last seen to it that nothing waits beside them. */
  connectors: string;
  count: number;
  /** True when connectors came or went while what waits beside others was being looked through. */
  isUntidy: boolean;
  /** True when connectors or the switch were written. */
  isStale: boolean;
}

/** What is known of a hub at first. */
export function nothingKnown(): Known {
  return { lanes: new Map(), resting: nobodyRests(), connectors: "", count: 0, isUntidy: false, isStale: true };
}

/** Connectors of a hub that are worked with. */
const most = 1000;

/** Reads the connectors and the switch of the hub anew. Everything may have changed then. */
export async function reload(round: Round, known: Known): Promise<void> {
  const { desk, parts } = round;
  const { connectors, control } = parts.dispatched;
  [known.isStale, round.expiry] = [false, undefined];
  followSoon(round);
  round.control = switchOf(await desk.row(below(control)));
  const entities = await desk.rows(`${below(connectors)}?$orderby=id&$top=${most}`);
  await lanesOf(entities, round, known);
  for (const lane of round.lanes.values())
    if (stateOf(lane.connector.switch, round.control) === "stopped") for (const call of lane.calls.values()) call.abort();
  const standing = entities.map((entity) => `${textOf(entity["id"])} ${textOf(entity["lastModifiedDateTime"])}`).join();
  known.count = entities.length;
  if (standing !== known.connectors) tidy(entities, standing, { round, known });
}

const tidying = "tidying";

/** Beside everything else, for it may be much: what waits for a connector that came, or lies in the queue of one that is gone. */
function tidy(entities: readonly JsonObject[], standing: string, { round, known }: { readonly round: Round; readonly known: Known }): void {
  const { running, lanes, parts } = round;
  known.isUntidy = running.has(tidying);
  if (known.isUntidy) return;
  const work = async (): Promise<void> => {
    await park(
      round,
      entities.map((entity) => textOf(entity["id"])),
    );
    // Also for those that come for their work: they have no lane here.
    for (const entity of entities) await adopt({ connector: connectorOf(entity) }, round);
    known.connectors = standing;
  };
  running.set(
    tidying,
    work()
      .catch(parts.onFault)
      .finally(() => {
        running.delete(tidying);
        for (const lane of lanes.values()) lane.isStale = true;
        if (known.isUntidy) {
          known.isStale = true;
          round.poke.poke();
        }
        over(round);
      }),
  );
}

async function lanesOf(entities: readonly JsonObject[], round: Round, { lanes: kept }: Known): Promise<void> {
  const { lanes } = round;
  const there = new Set<string>();
  for (const entity of entities) {
    const id = textOf(entity["id"]);
    const kind = textOf(entity["kind"]);
    // What has no connection here is leased by those who come for it, or by another server.
    if (!round.parts.connections.has(kind)) continue;
    there.add(id);
    const lane = kept.get(id) ?? createLane(entity);
    kept.set(id, lane);
    lane.connector = connectorOf(entity);
    lane.isStale = true;
    if (!lanes.has(id)) lane.rate.remember(round.parts.gate.steady(), await begunLately(lane, round));
    lanes.set(id, lane);
  }
  for (const id of [...lanes.keys()].filter((one) => !there.has(one))) {
    lanes.delete(id);
    kept.delete(id);
  }
}
