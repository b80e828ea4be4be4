import { constants, createReadStream, existsSync, mkdirSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { buildData } from "./buildData.ts";
import { startChild } from "./child.ts";
import { compareFanOut } from "./fanOut.ts";
import { goalsAlone, measureGoals, type Served } from "./goals.ts";
import { bareVariant, measure, type Compared } from "./measure.ts";
import { printDressed, printHead, printShape } from "./print.ts";
import { shapes } from "./shapes.ts";
import { measureWrites } from "./writes.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "1e4,1e6" },
    only: { type: "string" },
    keep: { type: "boolean", default: false },
    unkept: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
  },
});
const folder = join(import.meta.dirname, ".data");

/** Builds the file when it is not there, reads it into the page cache, and starts a server over it. What is to be kept is served as a copy: writes are measured too. */
async function serve(rows: number): Promise<Served> {
  const built = join(folder, `${rows}.sqlite`);
  const file = flags.keep ? join(folder, `${rows}-served.sqlite`) : built;
  if (!existsSync(built)) await buildData(built, rows);
  if (flags.keep) await copyAnew(built, file);
  for await (const _ of createReadStream(file, { highWaterMark: 1 << 20 }));
  const ids = idsOf(file, rows);
  const profiling = flags.profile ? ["--cpu-prof", `--cpu-prof-dir=${join(folder, "profiles")}`, `--cpu-prof-name=${rows}.cpuprofile`] : [];
  const child = await startChild("server.ts", [file, ...(flags.unkept ? ["unkept"] : [])], profiling);
  return { child, port: child.port, token: child.token, rows, ids, built };
}

async function copyAnew(from: string, to: string): Promise<void> {
  for (const ending of ["-wal", "-shm"]) rmSync(to + ending, { force: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

/** A thousand ids from all over the collection. */
function idsOf(file: string, rows: number): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const found = database.prepare(`SELECT "id" FROM "security_secureScores" WHERE "n" % ? = 1`).all(Math.max(2, Math.floor(rows / 1000)));
  database.close();
  return found.map((row) => String(row["id"]));
}

async function run(): Promise<void> {
  if (flags.only === "notifications") return compareFanOut();
  mkdirSync(folder, { recursive: true });
  const bare = await startChild("bareServer.ts");
  const served: Served[] = [];
  for (const rows of flags.rows.split(",").map(Number)) served.push(await serve(rows));
  const compared: Compared[] = [];
  printHead();
  for (const shape of shapes.filter(({ name }) => flags.only === undefined || name.includes(flags.only))) {
    const ours = [];
    for (const target of served) ours.push({ child: target.child, prepared: await shape.prepare(target) });
    if (shape.bare === 0) await measureWrites(shape, ours, { folder, rows: served.map(({ rows }) => rows) });
    else {
      const bares = [bareVariant(bare, shape.bare), bareVariant(bare, shape.bare, served[0]!.token)];
      const [base, dressed, ...figures] = await measure(shape, [...bares, ...ours]);
      const lines = figures.map((one, index) => ({ shape, rows: served[index]!.rows, base: base!, ours: one }));
      for (const line of lines) printShape(line);
      printDressed(dressed!, figures);
      compared.push(...lines);
    }
  }
  for (const { name, measure: measureAlone } of goalsAlone) if (flags.only !== undefined && name.includes(flags.only)) await measureAlone(served);
  if (flags.only === undefined) {
    await measureGoals(served, compared);
    await compareFanOut();
  }
  for (const { child } of served) await child.stop();
  await bare.stop();
}

try {
  await run();
} finally {
  if (!flags.keep) rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
