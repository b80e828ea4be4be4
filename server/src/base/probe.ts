/** The stages of a request; Server-Timing, metrics and benches use these names. */
export type Stage = "authenticate" | "parse" | "plan" | "permit" | "execute" | "respond";

/** What one stage took. */
export interface Span {
  readonly stage: Stage;
  /** When it began, in milliseconds of the probe's clock. */
  readonly from: number;
  readonly milliseconds: number;
}

/** Measures the stages of one request. */
export interface Probe {
  /** Ends the running stage, if any, and starts the named one. */
  readonly enter: (stage: Stage) => void;
  /** The stages so far; the running one ends now. */
  readonly stages: () => readonly Span[];
}

/** A Probe that measures by the given clock (milliseconds). */
export function createProbe(clock: () => number = now): Probe {
  const names: Stage[] = [];
  const begun: number[] = [];
  return {
    enter(stage) {
      names.push(stage);
      begun.push(clock());
    },
    stages() {
      begun.push(clock());
      return names.map((stage, index) => ({ stage, from: begun[index]!, milliseconds: begun[index + 1]! - begun[index]! }));
    },
  };
}

function now(): number {
  return performance.now();
}

/** The stages as a `Server-Timing` value (W3C Server Timing): milliseconds, to the microsecond. */
export function serverTiming(spans: readonly Span[]): string {
  let text = "";
  for (const { stage, milliseconds } of spans) text += text === "" ? entryOf(stage, milliseconds) : `, ${entryOf(stage, milliseconds)}`;
  return text;
}

/** Entries of short times: putting a fraction in decimals costs more than all else here. */
const written: Readonly<Record<Stage, string[]>> = { authenticate: [], parse: [], plan: [], permit: [], execute: [], respond: [] };
const mostWritten = 1000;

function entryOf(stage: Stage, milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  if (microseconds >= mostWritten) return `${stage};dur=${microseconds / 1000}`;
  return (written[stage][microseconds] ??= `${stage};dur=${microseconds / 1000}`);
}
