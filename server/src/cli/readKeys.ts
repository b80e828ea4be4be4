import { shortestKey } from "../base/secrets.ts";

/** Reads keys with commas or line ends between, the one that seals first. Throws an Error that says what was expected. */
export function readKeys(text: string): readonly [string, ...string[]] {
  const keys = text.split(/[\s,]+/).filter((key) => key !== "");
  const [first, ...others] = keys;
  if (first === undefined || keys.some((key) => key.length < shortestKey))
    throw new Error(`keys of at least ${shortestKey} characters, the one that seals first`);
  return [first, ...others];
}
