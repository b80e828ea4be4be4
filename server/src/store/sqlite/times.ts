import { isDate, readInstant } from "../../base/instant.ts";

/** Units of 100 ns, in which instants and durations are calculated. */
const second = 10_000_000n;
const day = 86_400n * second;
const yearOne = Date.parse("0001-01-01T00:00:00Z");
const pastYear9999 = BigInt((Date.parse("9999-12-31T00:00:00Z") - yearOne) / 86_400_000 + 1) * day;

/** An instant or a date since year 1; undefined for a date that no instant has. */
function ticksOf(text: string): bigint | undefined {
  if (text.length === 10) return isDate(text) ? BigInt((Date.parse(`${text}T00:00:00Z`) - yearOne) / 1000) * second : undefined;
  const seconds = Date.parse(`${text.slice(0, 19)}Z`);
  return Number.isNaN(seconds) ? undefined : BigInt((seconds - yearOne) / 1000) * second + BigInt(text.slice(20, 27));
}

/** An instant so much later, or a date, then as the day on which that is; null outside of the years 1 to 9999. */
export function moved(text: string, duration: bigint): string | null {
  const from = ticksOf(text);
  const at = from === undefined ? -1n : from + duration;
  if (at < 0n || at >= pastYear9999) return null;
  const shown = new Date(yearOne + Number(at / second) * 1000).toISOString();
  return text.length === 10 ? shown.slice(0, 10) : `${shown.slice(0, 19)}.${String(at % second).padStart(7, "0")}Z`;
}

/** How long the first is after the second. */
export function between(later: string, earlier: string): bigint | null {
  const [a, b] = [ticksOf(later), ticksOf(earlier)];
  return a === undefined || b === undefined ? null : a - b;
}

/** Minutes that the offset of an instant, as it was sent, is ahead of UTC. */
export function offsetMinutes(text: string): number | null {
  if (readInstant(text) === undefined) return null;
  const found = /([+-])(\d\d):(\d\d)$/.exec(text);
  if (found === null) return 0;
  return (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) + 0;
}

/** A duration as text: days, then hours, minutes and seconds, each where there are some. */
export function durationText(duration: bigint): string {
  const length = duration < 0n ? -duration : duration;
  const rest = length % day;
  const parts = [
    [rest / (3600n * second), "H"],
    [(rest / (60n * second)) % 60n, "M"],
  ] as const;
  const fraction = String(rest % second)
    .padStart(7, "0")
    .replace(/0+$/, "");
  const seconds = `${(rest / second) % 60n}${fraction === "" ? "" : `.${fraction}`}`;
  const time = `${parts.map(([value, unit]) => (value === 0n ? "" : `${value}${unit}`)).join("")}${seconds === "0" ? "" : `${seconds}S`}`;
  const days = length / day === 0n ? "" : `${length / day}D`;
  const text = `${days}${time === "" ? "" : `T${time}`}`;
  return `${duration < 0n ? "-" : ""}P${text === "" ? "T0S" : text}`;
}
