/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warn" | "fail";
  /** What was found. */
  readonly says: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** All is well. */
export function ok(check: string, says: string): Finding {
  return { check, state: "ok", says };
}

/** It works, but may not for long, or not as somebody thinks. */
export function warn(check: string, says: string, remedy: string): Finding {
  return { check, state: "warn", says, remedy };
}

/** The server would not start, not be safe, or not keep what it promises. */
export function fail(check: string, says: string, remedy: string): Finding {
  return { check, state: "fail", says, remedy };
}
