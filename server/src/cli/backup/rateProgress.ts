/** Told what is done and what there is in all, in bytes or rows. */
export type RateProgress = (done: number, all: number) => void;

/** Milliseconds between two lines. */
const between = { terminal: 500, elsewhere: 10_000 };

/** What is counted, and how a number of it is shown. */
const units = {
  MB: (bytes: number): string => (bytes / 1_000_000).toFixed(1),
  rows: (rows: number): string => rows.toFixed(0),
} as const;

/** What progress may be asked to differ in. */
export interface ProgressOptions {
  readonly write?: (text: string) => void;
  readonly clock?: () => number;
  readonly unit?: keyof typeof units;
}

/** Shows how far long work has come, how fast, and how long it will take: a line that is rewritten on a terminal; elsewhere one every ten seconds, for a mail of cron's shall mean something. */
export function rateProgress(
  what: string,
  { write = (text) => void process.stderr.write(text), clock = () => performance.now(), unit = "MB" }: ProgressOptions = {},
): RateProgress {
  const shownAs = units[unit];
  const begun = clock();
  const isTerminal = process.stderr.isTTY;
  let shown = isTerminal ? Number.NEGATIVE_INFINITY : begun;
  return (done, all) => {
    const now = clock();
    const ended = done >= all;
    if (now - shown < between[isTerminal ? "terminal" : "elsewhere"] && !(isTerminal && ended)) return;
    shown = now;
    const seconds = (now - begun) / 1000;
    const rate = done / Math.max(seconds, 0.001);
    const left = ended ? `${seconds.toFixed(1)} s` : rate === 0 ? "" : `about ${Math.ceil((all - done) / rate)} s left`;
    const line = `${what}  ${String(all === 0 ? 100 : Math.floor((100 * done) / all)).padStart(3)} %  ${shownAs(done)} of ${shownAs(all)} ${unit}  ${shownAs(rate)} ${unit}/s  ${left}`;
    write(isTerminal ? `\r${line.padEnd(79)}${ended ? "\n" : ""}` : `${line}\n`);
  };
}
