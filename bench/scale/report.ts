/**
 * Makes the tables of docs/explanation/scale.md and its chart from bench/scale/figures.json, by the model and the simulation:
 * `node run.mjs bench/scale/report.ts` prints them, `--write` puts them into the page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figures } from "./figures.ts";
import { chartFile, filledIn, reportOf } from "./tables.ts";

const root = join(import.meta.dirname, "../..");
const page = join(root, "docs/explanation/scale.md");
const figures = JSON.parse(readFileSync(join(import.meta.dirname, "figures.json"), "utf8")) as Figures;
const report = reportOf(figures);
if (process.argv.includes("--write")) {
  writeFileSync(page, filledIn(readFileSync(page, "utf8"), report.tables));
  writeFileSync(join(root, "docs/explanation", chartFile), report.chart);
} else {
  for (const [name, table] of report.tables) console.log(`${name}\n\n${table}\n`);
}
