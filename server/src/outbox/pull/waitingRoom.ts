import { problem } from "../../base/errors.ts";

/** Calls that may wait at once on this server. */
export interface WaitLimits {
  /** In one hub. */
  readonly inHub: number;
  /** Of one application in one hub. */
  readonly ofApp: number;
}

/** The limits when nobody says otherwise. */
export const usualWaitLimits: WaitLimits = { inHub: 1000, ofApp: 250 };

/** Who waits, where, and until when in milliseconds of the steady clock. */
export interface Guest {
  readonly hub: string;
  readonly tenant: string;
  readonly appId: string;
  readonly until: number;
}

/** Counts who waits. */
export interface WaitingRoom {
  /** Lets one in and gives its way out. Throws 429 with the seconds after which the next one leaves. */
  readonly enter: (guest: Guest) => () => void;
  readonly size: () => number;
}

/** Makes an empty one. */
export function createWaitingRoom({ inHub, ofApp }: WaitLimits, steady: () => number): WaitingRoom {
  const groups = new Map<string, Set<Guest>>();
  let size = 0;
  const groupsOf = ({ hub, tenant, appId }: Guest): readonly (readonly [string, number])[] => [
    [hub, inHub],
    [JSON.stringify([hub, tenant, appId]), ofApp],
  ];
  return {
    size: () => size,
    enter(guest) {
      const own = groupsOf(guest);
      for (const [key, most] of own) {
        const group = groups.get(key);
        if (group !== undefined && group.size >= most) throw full(group, steady());
      }
      for (const [key] of own) groups.set(key, (groups.get(key) ?? new Set<Guest>()).add(guest));
      size += 1;
      return () => {
        size -= 1;
        for (const [key] of own) {
          const group = groups.get(key);
          if (group?.delete(guest) === true && group.size === 0) groups.delete(key);
        }
      };
    },
  };
}

/** Those who are turned away come back at different moments, for one leaves at a time. */
function full(group: ReadonlySet<Guest>, now: number): Error {
  const soonest = Math.min(...[...group].map(({ until }) => until));
  const seconds = Math.max(1, Math.ceil((soonest - now) / 1000)) + Math.floor(Math.random() * 5);
  return problem("throttled", { seconds }, { inner: "429", innerStatus: "429", headers: { "Retry-After": String(seconds) } });
}
