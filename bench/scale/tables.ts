import { hubSizes, type Load } from "./arrivals.ts";
import { chartOf } from "./chart.ts";
import type { Cost, EngineFigures, Figures, SizeFigures } from "./figures.ts";
import { bytesOf, perCore, unitOf, type Bytes, type Demand, type Unit } from "./model.ts";
import { simulate, type Deployment, type Outcome } from "./simulate.ts";

/** The chart beside the page. */
export const chartFile = "scale-latency.svg";

export interface Report {
  /** Tables in Markdown, by the name under which they stand in the page. */
  readonly tables: ReadonlyMap<string, string>;
  readonly chart: string;
}

/** Everything that the page shows of the figures. The same figures give the same report. */
export function reportOf(figures: Figures): Report {
  const simulated = simulateAll(figures);
  const tables = new Map([
    ["machine", `${figures.machine}, ${figures.sqlite.version}, ${figures.postgres.version}; ${figures.date}.`],
    ["sizes", sizesTable(figures)],
    ["reads", readsTable(figures)],
    ["plans", plansTable(figures.postgres)],
    ["writes", writesTable(figures)],
    ["prediction", predictionTable(figures)],
    ["units", unitsTable(figures)],
    ["demand", demandTable(figures)],
    ["simulation", simulationTable(simulated)],
  ]);
  return { tables, chart: latencyChart(simulated) };
}

/** A page with the tables in their places: between `<!-- scale: name -->` and `<!-- end -->`. */
export function filledIn(page: string, tables: Report["tables"]): string {
  return page.replaceAll(/(<!-- scale: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (whole, head: string, name: string, tail: string) => {
    const found = tables.get(name);
    return found === undefined ? whole : `${head}\n${found}\n\n${tail}`;
  });
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [`| ${head.join(" | ")} |`, `|${head.map(() => "---").join("|")}|`, ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");
}

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");
const digits = (value: number, count = 2): string => String(Number(value.toPrecision(count)));
const power = (rows: number): string => `1e${Math.round(Math.log10(rows))}`;

function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)));
  return `${digits(bytes / 1000 ** step, 3)} ${units[step]!}`;
}

const last = ({ sizes }: EngineFigures): SizeFigures => sizes.at(-1)!;

function sizesTable({ sqlite, postgres }: Figures): string {
  const [one, other] = [namesOf(last(sqlite)), namesOf(last(postgres))];
  const names = [...new Set([...other.keys(), ...one.keys()])];
  const cell = (found: number | undefined): string => (found === undefined ? "" : String(found));
  const rows = names.map((name) => [`\`${name}\``, cell(one.get(name)), cell(other.get(name))]);
  const all = (sizes: ReadonlyMap<string, number>): number => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return table(["bytes per row of scores", "SQLite", "PostgreSQL"], [...rows, ["all", all(one), all(other)]]);
}

/** Names as both engines have them. */
function namesOf({ perRow }: SizeFigures): Map<string, number> {
  const named = Object.entries(perRow).map(
    ([name, bytes]) => [name.replace(/^sqlite_autoindex_(.*)_1$/, "$1_hub_id_key").replaceAll("security_", ""), bytes] as const,
  );
  return new Map(named.filter(([name]) => name !== "sqlite_schema"));
}

function readsTable({ sqlite, postgres }: Figures): string {
  const cells = (cost: Cost, isPostgres: boolean): string[] => [
    digits(cost.p50),
    isPostgres ? `${thousands(cost.server)} + ${thousands(cost.database)}` : thousands(cost.server),
  ];
  const rowsOf = (name: string, { sizes }: EngineFigures, isPostgres: boolean) =>
    sizes.map(({ rows, get, list, delta }) => [name, power(rows), ...[get, list, delta].flatMap((cost) => cells(cost, isPostgres))]);
  const head = ["engine", "rows", "get, p50 ms", "CPU us", "list of 50, p50 ms", "CPU us", "ten changes, p50 ms", "CPU us"];
  return table(head, [...rowsOf("SQLite", sqlite, false), ...rowsOf("PostgreSQL", postgres, true)]);
}

function plansTable({ sizes }: EngineFigures): string {
  const cell = ({ fetched = Number.NaN }: Cost): string => digits(fetched);
  const scans = (costs: readonly Cost[]): string => digits(Math.max(...costs.map(({ scans: one = Number.NaN }) => one)), 1);
  const rows = sizes.map(({ rows: count, get, list, delta }) => [power(count), cell(get), cell(list), cell(delta), scans([get, list, delta])]);
  return table(["rows", "get", "list of 50", "ten changes", "tables read whole, per request"], rows);
}

function writesTable({ sqlite, postgres }: Figures): string {
  const rows = [sqlite, postgres].map(({ write }, index) => [
    index === 0 ? "SQLite" : "PostgreSQL",
    thousands(write.perSecond),
    thousands(write.perSecondOneHub),
    digits(write.p50),
    index === 0 ? thousands(write.server) : `${thousands(write.server)} + ${thousands(write.database)}`,
    thousands(write.log),
  ]);
  return table(["engine", "per s, many hubs", "per s, one hub", "p50 ms, alone", "CPU us", "bytes written"], rows);
}

/** What the size at 1e4 rows foretells of the others. */
function predictionTable({ sqlite, postgres }: Figures): string {
  const rows = [sqlite, postgres].flatMap(({ sizes }, index) => {
    const [first, ...others] = sizes;
    const unit = unitOf(first!.perRow);
    const fixed = first!.bytes - first!.rows * all(unit);
    return others.map(({ hubs, rows: count, bytes }) => {
      const foretold = fixed + count * all(unit);
      return [
        index === 0 ? "SQLite" : "PostgreSQL",
        thousands(hubs),
        power(count),
        bytesText(foretold),
        bytesText(bytes),
        `${digits((100 * (foretold - bytes)) / bytes)} %`,
      ];
    });
  });
  return table(["engine", "hubs", "rows", "foretold", "found", "error"], rows);
}

const all = ({ row, rowIndexes, change, audit }: Unit): number => row + rowIndexes + change + audit;

function unitsTable({ sqlite, postgres }: Figures): string {
  const units = [sqlite, postgres].map((engine) => unitOf(last(engine).perRow));
  const rates = [sqlite, postgres].map(perCore);
  const of = (name: string, pick: (index: number) => string): string[] => [name, pick(0), pick(1)];
  const core = (kind: "get" | "list" | "delta" | "write") => (index: number) => {
    const { server, database } = rates[index]![kind];
    return database === Number.POSITIVE_INFINITY ? thousands(server) : `${thousands(server)}; ${thousands(database)}`;
  };
  return table(
    ["constant", "SQLite", "PostgreSQL"],
    [
      of("row with side rows, B", (index) => thousands(units[index]!.row)),
      of("its indexes, B", (index) => thousands(units[index]!.rowIndexes)),
      of("entry of the change log, B", (index) => thousands(units[index]!.change)),
      of("audit row, B", (index) => thousands(units[index]!.audit)),
      of("a million rows, each written once in the last month", (index) => bytesText(1e6 * all(units[index]!))),
      of("a million rows, their changes gone", (index) => bytesText(1e6 * (all(units[index]!) - units[index]!.change))),
      of("gets per s and core (server; database)", core("get")),
      of("lists of 50", core("list")),
      of("requests for ten changes", core("delta")),
      of("writes", core("write")),
    ],
  );
}

/** Ten thousand hubs and a thousand million rows that came in three years. */
export const demand: Demand = { hubs: 10_000, rows: 1e9, writesPerDay: Math.round(1e9 / (3 * 365)), readsPerDay: 20e6, changeLogDays: 30 };

function demandTable({ sqlite, postgres }: Figures): string {
  const found = [sqlite, postgres].map((engine): Bytes => bytesOf(unitOf(last(engine).perRow), demand));
  const of = (name: string, key: keyof Bytes): string[] => [name, ...found.map((bytes) => bytesText(bytes[key]))];
  const sizes = hubSizes(demand.hubs, seed).toSorted((a, b) => a - b);
  const rowsOf = (part: number): string => thousands(sizes[Math.floor((sizes.length - 1) * part)]! * demand.rows);
  const perDay = [sqlite, postgres].map(({ write }) => bytesText(write.log * demand.writesPerDay));
  const gone = [sqlite, postgres].map((engine) => bytesText(unitOf(last(engine).perRow).change * demand.writesPerDay));
  return table(
    ["10,000 hubs, 1e9 rows", "SQLite", "PostgreSQL"],
    [
      of("rows", "rows"),
      of("indexes", "indexes"),
      of("change log of 30 days", "changeLog"),
      of("audit trail", "audit"),
      of("all", "all"),
      ["a hub, on average", ...found.map(({ all: bytes }) => bytesText(bytes / demand.hubs))],
      ["write-ahead log of a day", ...perDay],
      ["change log that goes in a day", ...gone],
      ["rows of a hub: half have fewer; the largest", `${rowsOf(0.5)}; ${rowsOf(1)}`, "the same"],
    ],
  );
}

const seed = 1;
const multiples = [1, 2, 4, 8, 16, 32, 64, 128];
/** Those of the table; the chart has all. */
const shown = new Set([1, 4, 16, 64]);

/** The busy hour: five times the average, half of the writes in bursts of two hundred, as importers send them. */
const busy: Load = {
  hubs: demand.hubs,
  readsPerSecond: (5 * demand.readsPerDay) / 86_400,
  writesPerSecond: (5 * demand.writesPerDay) / 86_400,
  lists: 0.2,
  deltas: 0.2,
  cold: 0.1,
  bursts: 0.5,
  burst: 200,
};

function deployments({ sqlite, postgres }: Figures): Deployment[] {
  const data = bytesOf(unitOf(last(postgres).perRow), demand).all;
  const disk = { commit: 2, miss: 0.2 };
  const one = { ...disk, figures: postgres, shards: 1, readers: 1, databaseCores: 16, memory: 256e9, data, way: 0.2 };
  const file = { ...disk, figures: sqlite, together: true, serverCores: 1, databaseCores: 1, shards: 1, readers: 1, memory: 64e9, way: 0 } as const;
  return [
    { ...file, name: "one SQLite file", data: bytesOf(unitOf(last(sqlite).perRow), demand).all },
    { ...one, name: "one PostgreSQL, 2 servers", serverCores: 16 },
    { ...one, name: "with 2 standbys, 4 servers", serverCores: 32, readers: 3 },
    { ...one, name: "8 databases by hub, 16 servers", serverCores: 128, shards: 8, data: data / 8 },
  ];
}

interface Simulated {
  readonly deployment: Deployment;
  readonly multiple: number;
  readonly outcome: Outcome;
}

function simulateAll(figures: Figures): Simulated[] {
  return deployments(figures).flatMap((deployment) =>
    multiples.map((multiple): Simulated => {
      const load = { ...busy, readsPerSecond: busy.readsPerSecond * multiple, writesPerSecond: busy.writesPerSecond * multiple };
      return { deployment, multiple, outcome: simulate(deployment, load, seed) };
    }),
  );
}

function simulationTable(simulated: readonly Simulated[]): string {
  const percent = (part: number): string => `${digits(part * 100)} %`;
  const rows = simulated
    .filter(({ multiple }) => shown.has(multiple))
    .map(({ deployment: { name, together }, multiple, outcome }) => [
      name,
      `x ${multiple}: ${thousands(busy.readsPerSecond * multiple)} + ${thousands(busy.writesPerSecond * multiple)}`,
      ...(outcome.saturated
        ? ["more comes than goes", "", "", ""]
        : [outcome.read50, outcome.read99, outcome.write50, outcome.write99].map((value) => digits(value))),
      percent(outcome.servers),
      together ? "" : percent(outcome.databases),
    ]);
  return table(["deployment", "reads + writes per s", "read p50 ms", "p99", "write p50 ms", "p99", "servers", "databases"], rows);
}

function latencyChart(simulated: readonly Simulated[]): string {
  const names = [...new Set(simulated.map(({ deployment }) => deployment.name))];
  const pointsOf = (name: string) =>
    simulated
      .filter(({ deployment, outcome }) => deployment.name === name && !outcome.saturated)
      .map(({ multiple, outcome }) => [multiple, outcome.read99] as const);
  return chartOf({
    title: "10,000 hubs, 1e9 rows: p99 of reads in the busy hour",
    x: "times the load of the busy hour",
    y: "ms",
    series: names.map((name) => ({ name, points: pointsOf(name) })),
  });
}
