/**
 * What rows and requests take on both engines, from 10,000 rows to 1,000,000 in hubs of a hundred each:
 * `node run.mjs bench/scale/measure.ts [greatest number of hubs] [--only sqlite|postgres] [--write]`. Starts a PostgreSQL of its own that keeps every
 * commit on disk; `--write` keeps the figures in bench/scale/figures.json, from which docs/explanation/scale.md is made.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Figures } from "./figures.ts";
import { measurePostgres } from "./measurePostgres.ts";
import { measureSqlite } from "./measureSqlite.ts";

const file = join(import.meta.dirname, "figures.json");
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const most = Number(process.argv[2] ?? 10_000);
const steps = [100, 1000, 10_000].filter((hubs) => hubs <= most);
const note = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const engines = { sqlite: measureSqlite, postgres: measurePostgres };
const measured: { sqlite?: Figures["sqlite"]; postgres?: Figures["postgres"] } = {};
for (const name of ["sqlite", "postgres"] as const) if (only === undefined || only === name) measured[name] = await engines[name](steps, note);
const before: Partial<Figures> = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Figures) : {};
const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
const figures = { ...before, machine, date: new Date().toISOString().slice(0, 10), ...measured };
console.log(JSON.stringify(figures, null, 1));
if (process.argv.includes("--write")) writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
