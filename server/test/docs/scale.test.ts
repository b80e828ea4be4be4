import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { EngineFigures, Figures } from "../../../bench/scale/figures.ts";
import { bytesOf, unitOf } from "../../../bench/scale/model.ts";
import type { Load } from "../../../bench/scale/arrivals.ts";
import { simulate, type Deployment } from "../../../bench/scale/simulate.ts";
import { chartFile, filledIn, reportOf } from "../../../bench/scale/tables.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");
const figures = JSON.parse(read("bench/scale/figures.json")) as Figures;

test("docs/explanation/scale.md and its chart are what model and simulation make of the figures (else: node run.mjs bench/scale/report.ts --write)", () => {
  const report = reportOf(figures);
  const page = read("docs/explanation/scale.md");
  const places = [...page.matchAll(/<!-- scale: (\w+) -->/g)].map(([, name]) => name);
  expect(places.toSorted((a, b) => (a! < b! ? -1 : 1))).toEqual([...report.tables.keys()].toSorted((a, b) => (a < b ? -1 : 1)));
  expect(page).toBe(filledIn(page, report.tables));
  expect(read(`docs/explanation/${chartFile}`)).toBe(report.chart);
});

test("what the model foretells of a hundred times as many rows was found, to a tenth", () => {
  for (const { sizes } of [figures.sqlite, figures.postgres]) {
    const [first, last] = [sizes[0]!, sizes.at(-1)!];
    const unit = unitOf(first.perRow);
    const demand = { hubs: last.hubs, rows: last.rows, writesPerDay: last.rows, readsPerDay: 0, changeLogDays: 30 };
    expect(last.rows / first.rows).toBe(100);
    expect(Math.abs(bytesOf(unit, demand).all / last.bytes - 1)).toBeLessThan(0.1);
  }
});

describe("the simulation", () => {
  const cost = { server: 100, database: 200, p50: 1 };
  const size = { hubs: 1, rows: 1, bytes: 1, perRow: {}, get: cost, list: cost, delta: cost };
  const made: EngineFigures = { version: "", sizes: [size], write: { ...cost, perSecond: 1, perSecondOneHub: 1, log: 1 } };
  const deployment: Deployment = {
    name: "",
    figures: made,
    serverCores: 4,
    databaseCores: 4,
    shards: 1,
    readers: 1,
    memory: 1,
    data: 1,
    commit: 2,
    miss: 1,
    way: 0.5,
  };
  const load: Load = { hubs: 1000, readsPerSecond: 100, writesPerSecond: 10, lists: 0, deltas: 0, cold: 0, bursts: 0, burst: 1 };

  test("is the same for the same seed, another for another", () => {
    expect(simulate(deployment, load, 1)).toEqual(simulate(deployment, load, 1));
    expect(simulate(deployment, load, 2)).not.toEqual(simulate(deployment, load, 1));
  });

  test("of few requests takes what they take; cores are busy as Little's law has it", () => {
    const { read50, write50, servers, databases, saturated } = simulate(deployment, load, 1);
    // 0.1 + 0.2 ms of work in the middle of its spread, and the way; a write goes twice and is committed.
    expect(read50).toBeGreaterThan(0.5 + 0.7 * 0.3);
    expect(read50).toBeLessThan(0.5 + 0.3);
    expect(write50).toBeGreaterThan(2 + 1 + 0.7 * 0.3);
    expect(write50).toBeLessThan(2 + 1 + 0.3);
    expect(servers).toBeCloseTo((110 * 0.1e-3) / 4, 3);
    expect(databases).toBeCloseTo((110 * 0.2e-3) / 4, 3);
    expect(saturated).toBe(false);
  });

  test("of more than the cores do ends late; standbys and shards carry more", () => {
    const much = { ...load, readsPerSecond: 40_000 };
    expect(simulate(deployment, much, 1).saturated).toBe(true);
    const wide = { ...deployment, serverCores: 16 };
    expect(simulate(wide, much, 1).saturated).toBe(true);
    expect(simulate({ ...wide, readers: 3 }, much, 1).saturated).toBe(false);
    expect(simulate({ ...wide, shards: 3 }, much, 1).saturated).toBe(false);
  });

  test("of writes into one hub lets them follow each other, into many not", () => {
    const writes = { ...load, readsPerSecond: 1, writesPerSecond: 500 };
    expect(simulate(deployment, { ...writes, hubs: 1 }, 1).write50).toBeGreaterThan(1000);
    expect(simulate(deployment, writes, 1).write99).toBeLessThan(50);
  });

  test("of one thread commits whoever waits at once, and stops meanwhile", () => {
    const file = { ...deployment, together: true } as const;
    const writes = { ...load, readsPerSecond: 1000, writesPerSecond: 1000 };
    const { read50, saturated } = simulate(file, writes, 1);
    expect(saturated).toBe(false);
    expect(read50).toBeGreaterThan(1);
  });

  test("of data beyond the memory waits for pages as often", () => {
    const cold = { ...load, cold: 1 };
    expect(simulate({ ...deployment, data: 2 }, cold, 1).read99).toBeGreaterThan(simulate(deployment, cold, 1).read99 + 0.5);
  });
});
