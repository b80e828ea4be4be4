import { readFileSync } from "node:fs";

/** A fenced block of a Markdown page. */
export interface CodeBlock {
  /** What stands behind the fence: `sh`, `json`, `sh start`. */
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

/** The fenced blocks of a page, in order. */
export function codeBlocks(file: string): readonly CodeBlock[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1]!.trim(),
    text: match[2]!,
    line: text.slice(0, match.index).split("\n").length,
  }));
}
