import type { Caller } from "../../auth/caller.ts";
import type { Consistency } from "../store.ts";
import { walPosition } from "./walPosition.ts";

/** How far a standby must have come to be read by a caller: to the caller's last write. */
export interface LastWrites extends Consistency {
  readonly note: (caller: Caller, position: bigint) => void;
  readonly of: (caller: Caller) => bigint;
}

const most = 50_000;

export function createLastWrites(): LastWrites {
  const positions = new Map<string, bigint>();
  /** Of all whose own place is no longer known. */
  let least = 0n;
  const of = (caller: Caller): bigint => positions.get(keyOf(caller)) ?? least;
  const note = (caller: Caller, position: bigint): void => {
    if (position <= of(caller)) return;
    const key = keyOf(caller);
    positions.delete(key);
    positions.set(key, position);
    if (positions.size <= most) return;
    const [oldest, was] = positions.entries().next().value!;
    positions.delete(oldest);
    if (was > least) least = was;
  };
  return {
    note,
    of,
    tokenOf(caller) {
      const position = positions.get(keyOf(caller));
      return position === undefined ? undefined : `${(position >> 32n).toString(16)}/${(position & 0xffff_ffffn).toString(16)}`.toUpperCase();
    },
    follow(caller, token) {
      const position = walPosition(token);
      if (position !== undefined) note(caller, position);
      return position !== undefined;
    },
  };
}

function keyOf({ tenant, appId, user }: Caller): string {
  return `${tenant} ${appId} ${user ?? ""}`;
}
