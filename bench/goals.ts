import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { bundle } from "../tools/bundle.ts";
import { startChild } from "./child.ts";
import { commonControl, rareControl } from "./entity.ts";
import { quantile, type Compared, type Variant } from "./measure.ts";
import { runLoad } from "./load.ts";
import { printGoal, short } from "./print.ts";
import { ask, shapes, type Target } from "./shapes.ts";

const root = join(import.meta.dirname, "..");

/** A server and the data file that it was given, as it was built. */
export interface Served extends Target, Pick<Variant, "child"> {
  readonly built: string;
}

/** The goals of performance.md that compare more than one request with its base line: 2 (second half), 4, 5, 6 and 7. */
export async function measureGoals(served: readonly Served[], compared: readonly Compared[]): Promise<void> {
  compareSelect(served, compared);
  compareSizes(served, compared);
  for (const { measure } of goalsAlone) await measure(served);
  await compareStart(served[0]!);
}

/** Goals that need no shape to be measured before, by what `--only` may call them. */
export const goalsAlone: readonly { readonly name: string; readonly measure: (served: readonly Served[]) => Promise<void> | void }[] = [
  { name: "any() against json_each", measure: (served) => served.forEach(compareAny) },
  {
    name: "get beside a scan",
    async measure(served) {
      for (const one of served) await compareUnderScan(one);
    },
  },
];

function figuresOf(compared: readonly Compared[], name: string, rows: number): Compared["ours"] {
  return compared.find(({ shape, rows: of }) => shape.name === name && of === rows)!.ours;
}

function compareSelect(served: readonly Served[], compared: readonly Compared[]): void {
  for (const { rows } of served) {
    const [select, list] = [figuresOf(compared, "$select of 3", rows).cpu, figuresOf(compared, "list of 100", rows).cpu];
    printGoal(`$select of 3 against the full list, ${short(rows)} rows (goal 2: < 1)`, `${(select / list).toFixed(2)} of its CPU`, select < list);
  }
}

/** Goal 4: what a request takes hardly grows with the number of rows. */
function compareSizes(served: readonly Served[], compared: readonly Compared[]): void {
  const [least, most] = [served[0]!.rows, served.at(-1)!.rows];
  if (least === most) return;
  for (const name of shapes.filter(({ bare }) => bare > 0).map((shape) => shape.name)) {
    const ratio = figuresOf(compared, name, most).p50 / figuresOf(compared, name, least).p50;
    printGoal(`${name}, p50 at ${short(most)} against ${short(least)} rows (goal 4: <= 1.3)`, ratio.toFixed(2), ratio <= 1.3);
  }
}

const found = `SELECT count(*) FROM (SELECT "body" FROM "security_secureScores" AS t WHERE `;
const bySide = `${found} "n" IN (SELECT "n" FROM "security_secureScores.controlScores" WHERE "hub" = t."hub" AND "controlName" = ?1) LIMIT 100)`;
const byJson = `${found} EXISTS (SELECT 1 FROM json_each(t."body", '$.controlScores') WHERE value ->> 'controlName' = ?1))`;

/** Goal 5: any() by the indexed side table against json_each over the bodies, in SQLite alone. */
function compareAny({ built, rows }: Served): void {
  const database = new DatabaseSync(built, { readOnly: true });
  const took = (sql: string, times: number): number => {
    const statement = database.prepare(sql);
    const before = process.cpuUsage();
    for (let n = 0; n < times; n += 1) statement.get(rareControl);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  };
  const bodies = took(byJson, 1);
  const sides = took(bySideOf(database), 20);
  database.close();
  printGoal(
    `any() by json_each against the side table, ${short(rows)} rows (goal 5: >= 90 at 1e5)`,
    `${(bodies / sides).toFixed(0)} times its CPU`,
    rows < 1e5 ? undefined : bodies / sides >= 90,
  );
}

/** The statement with the one hub of the file in it, so that the index is used as it is in the store. */
function bySideOf(database: DatabaseSync): string {
  const { n: hub } = database.prepare(`SELECT "n" FROM "hubs" ORDER BY "seq" DESC LIMIT 1`).get() as { n: number };
  return bySide.replace(`t."hub" AND`, `${hub} AND`).replace("WHERE ", `WHERE t."hub" = ${hub} AND `);
}

/** A full scan, another each time: a page that was read lately would be answered from memory. */
function scan(n: number): string {
  return `/v1.0/security/secureScores?$filter=currentScore%20eq%20-${n}%20and%20licensedUserCount%20ne%2099`;
}

/** Goal 6: GET by id, one at a time, while another connection keeps a full scan running. */
async function compareUnderScan(target: Served): Promise<void> {
  const get = await shapes[0]!.prepare(target);
  const times = async (): Promise<number> => quantile((await runLoad({ port: target.port, connections: 1, count: 2000, polling: false, ...get })).each, 0.99);
  const idle = await times();
  const scanning = { running: true };
  const scans = keepScanning(target, scanning);
  const busy = await times();
  scanning.running = false;
  const count = await scans;
  const what = `get by id, p99 while a full scan runs against idle, ${short(target.rows)} rows (goal 6: <= 1.5)`;
  printGoal(what, `${(busy / idle).toFixed(2)} (${busy.toFixed(3)} of ${idle.toFixed(3)} ms; ${count} scans)`, busy / idle <= 1.5);
}

async function keepScanning(target: Target, scanning: { readonly running: boolean }): Promise<number> {
  let count = 0;
  for (; scanning.running; count += 1) {
    const { json } = await ask(target, scan(count + 1));
    if ((json["value"] as readonly unknown[]).length > 0) throw new Error(`The scan found what is not there beside ${commonControl}.`);
  }
  return count;
}

/** Goal 7: from the start of the process to the first 200, and resident memory then; bundled, as it is published. */
async function compareStart({ built, ids }: Served): Promise<void> {
  const folder = join(import.meta.dirname, ".data", "bundled");
  await bundle({ server: join(import.meta.dirname, "server.ts"), "chunks/worker": join(root, "server/src/store/sqlite/worker.ts") }, folder);
  const ours: number[] = [];
  const bare: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    for (const [script, args, path, into] of [
      [join(".data", "bundled", "server.js"), [built], `/v1.0/security/secureScores/${ids[0]}`, ours] as const,
      ["bareServer.ts", [], "/2", bare] as const,
    ]) {
      const from = performance.now();
      const child = await startChild(script, args);
      const { status } = await fetch(`http://127.0.0.1:${child.port}${path}`, { headers: { authorization: `Bearer ${child.token}` } });
      if (status !== 200) throw new Error(`The first request to ${script} was answered ${status}.`);
      into.push(performance.now() - from);
      if (into === ours) memory.push((await child.ask("usage")).rss / 1e6);
      await child.stop();
    }
  }
  const [mine, base, rss] = [quantile(ours, 0.5), quantile(bare, 0.5), quantile(memory, 0.5)];
  printGoal(
    "first 200 after start against a bare server (goal 7: <= 1.5)",
    `${(mine / base).toFixed(2)} (${mine.toFixed(0)} of ${base.toFixed(0)} ms)`,
    mine / base <= 1.5,
  );
  printGoal("resident memory behind the first request (goal 7: <= 90 MB)", `${rss.toFixed(0)} MB`, rss <= 90);
}
