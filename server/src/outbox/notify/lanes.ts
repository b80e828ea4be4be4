import type { Track } from "./track.ts";

/** Who may be told at once: so many of a hub, and of those whose endpoints fail or are slow fewer, in one hub and in all, so that they keep nobody else waiting. */
export interface Lanes {
  /** A place for a subscription, to be given back; undefined while there is none. */
  readonly enter: (hub: string, track: Track) => (() => void) | undefined;
}

const [eachHub, troubledEachHub, troubledInAll] = [32, 8, 48];

/** Makes the lanes of a process. */
export function createLanes(): Lanes {
  const running = new Map<string, number>();
  let troubled = 0;
  return {
    enter(hub, { endpoint, standing }) {
      const isTroubled = endpoint.failures > 0 || standing?.isSlow === true;
      const lane = isTroubled ? `troubled ${hub}` : hub;
      const count = running.get(lane) ?? 0;
      if (count >= (isTroubled ? troubledEachHub : eachHub) || (isTroubled && troubled >= troubledInAll)) return undefined;
      running.set(lane, count + 1);
      if (isTroubled) troubled += 1;
      return () => {
        const left = running.get(lane)! - 1;
        if (left > 0) running.set(lane, left);
        else running.delete(lane);
        if (isTroubled) troubled -= 1;
      };
    },
  };
}
