/** Shows how far long work has come: a line that is rewritten on a terminal, its first and last state elsewhere. */
export function showProgress(what: string, write: (text: string) => void = (text) => void process.stderr.write(text)): (done: number, total: number) => void {
  const isTerminal = process.stderr.isTTY;
  let shown = -1;
  return (done, total) => {
    const percent = Math.floor((100 * done) / total);
    if (percent === shown) return;
    shown = percent;
    if (isTerminal) write(`\r${what} ${String(percent).padStart(3)} %${done === total ? "\n" : ""}`);
    else if (done === 0 || done === total) write(`${what}${done === 0 ? " ..." : ": done"}\n`);
  };
}
