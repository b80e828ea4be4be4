import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { runToEnd, type ProcessSettings } from "../process/server.ts";
import { codeBlocks, type CodeBlock } from "./codeBlocks.ts";
import { expectShown } from "./expectShown.ts";

/** How a page is run. */
export interface Reader {
  /** Below this folder a fresh one is made, in which the page is read. */
  readonly under: string;
  readonly env: ProcessSettings["env"] & object;
  /** A block as this machine needs it: other ports and folders. */
  readonly fitted: (text: string) => string;
}

const mark = "-- end of block --";

/**
 * Runs a page as a reader would: blocks `js <file>` are written, blocks `sh` run in one shell in their order (`sh start` and
 * `sh install` are the test's own business), and what is shown below one must stand in what it printed: `json` in its last
 * line, `text` all of it, `text shape` lines of the same shape in their order, numbers and dates aside. Gives the blocks.
 */
export async function runPage(file: string, { under, env, fitted }: Reader): Promise<readonly CodeBlock[]> {
  const blocks = codeBlocks(file);
  const folder = mkdtempSync(join(under, ".page-"));
  try {
    for (const { info, text } of blocks) {
      const name = /^js (\S+)$/.exec(info)?.[1];
      if (name !== undefined) writeFileSync(join(folder, name), fitted(text));
    }
    const script = blocks.filter(({ info }) => info === "sh").map(({ text }) => `${fitted(text)}\necho; echo '${mark}'`);
    const { code, stdout, stderr } = await runToEnd({ command: ["bash", "-eu", "-c", script.join("\n")], folder, env }, 200_000);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
    compare(blocks, stdout.split(mark), fitted);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return blocks;
}

function compare(blocks: readonly CodeBlock[], printed: readonly string[], fitted: Reader["fitted"]): void {
  let index = -1;
  for (const { info, text, line } of blocks) {
    const lines = (printed[index] ?? "").trim().split("\n");
    if (info === "sh") index += 1;
    else if (info === "json") expectShown(JSON.parse(lines.at(-1) ?? "") as Json, JSON.parse(fitted(text)) as Json, `line ${line}`);
    else if (info === "text") expect(lines, `line ${line}`).toEqual(text.trim().split("\n"));
    else if (info === "text shape") expect(lines.map(shapeOf), `line ${line}`).toEqual(expect.arrayContaining(text.trim().split("\n").map(shapeOf)));
  }
}

function shapeOf(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\d/g, "date")
    .replaceAll(/#+/g, "#")
    .replaceAll(/# [\d.]+$/g, "# n");
}
