import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { layers } from "./layerTable.ts";

/** Names that one file alone may import. */
const reserved: Record<string, string> = { grant: "auth/permit.ts" };
const vagueFolders = /(^|\/)(utils?|helpers?|services?|common|managers?)\//;

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly type: boolean;
  readonly names: readonly string[];
}

type Sources = ReadonlyMap<string, string>;

/** `auth/permit.ts` -> `auth`, `handle.ts` -> `handle.ts`. */
const layerOf = (file: string): string => file.split("/")[0] ?? file;
const isRelative = (specifier: string): boolean => specifier.startsWith(".");
const target = ({ from, specifier }: Import): string => posix.join(posix.dirname(from), specifier);

function importsOf(file: string, text: string): Import[] {
  const declared = text.matchAll(/^(?:import|export)\s+(type\s+(?!from\b))?(?:([\w$*{},\s]*?)\s*\bfrom\s*)?["']([^"'\n]+)["']/gm);
  const dynamic = text.matchAll(/\bimport\(\s*["']([^"'\n]+)["']/g);
  return [
    ...[...declared].map(([, type, names, specifier = ""]) => ({
      from: file,
      specifier,
      type: type !== undefined,
      names: names?.match(/[\w$]+/g) ?? [],
    })),
    ...[...dynamic].map(([, specifier = ""]) => ({ from: file, specifier, type: false, names: [] })),
  ];
}

function allImports(sources: Sources): Import[] {
  return [...sources].flatMap(([file, text]) => importsOf(file, text));
}

function mayImport(from: string, to: string, type: boolean): boolean {
  const own = layerOf(from);
  const layer = layers[own];
  const allowed = [own, ...(layer?.runtime ?? []), ...(type ? (layer?.types ?? []) : [])];
  return allowed.includes(layerOf(to)) || allowed.includes(to);
}

function importsAgainstTheTable(sources: Sources): string[] {
  return allImports(sources)
    .filter((found) => isRelative(found.specifier) && !mayImport(found.from, target(found), found.type))
    .map((found) => `${found.from} ${found.type ? "imports types of" : "imports"} ${target(found)}`);
}

function importsOfNoFile(sources: Sources): string[] {
  return allImports(sources)
    .filter((found) => isRelative(found.specifier) && !sources.has(target(found)))
    .map((found) => `${found.from} imports ${found.specifier}`);
}

function importsOfReservedNames(sources: Sources): string[] {
  return allImports(sources).flatMap(({ from, names }) =>
    names.filter((name) => Object.hasOwn(reserved, name) && reserved[name] !== from).map((name) => `${from} imports ${name}`),
  );
}

/** Each cycle of runtime imports once, as `a.ts -> b.ts -> a.ts`. */
function cycles(sources: Sources): string[] {
  const edges = Map.groupBy(
    allImports(sources).filter(({ specifier, type }) => isRelative(specifier) && !type),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const edge of edges.get(file) ?? []) visit(target(edge), [...path, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}

function defaultExports(sources: Sources): string[] {
  return [...sources].filter(([, text]) => /^export\s+default\b|^export\s*\{[^}]*\bas\s+default\b/m.test(text)).map(([file]) => file);
}

function foreignPackages(sources: Sources): string[] {
  return allImports(sources)
    .filter(({ specifier, type }) => !type && !isRelative(specifier) && !specifier.startsWith("node:"))
    .map(({ specifier }) => specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier);
}

const server = join(import.meta.dirname, "..");
const sources: Sources = new Map(
  globSync("**/*.ts", { cwd: join(server, "src") })
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted()
    .map((file) => [file, readFileSync(join(server, "src", file), "utf8")]),
);

describe("the sources of the server", () => {
  test("stand in layers of the table", () => {
    expect([...sources.keys()].filter((file) => !Object.hasOwn(layers, layerOf(file)))).toEqual([]);
  });
  test("import only what the table allows", () => {
    expect(importsAgainstTheTable(sources)).toEqual([]);
  });
  test("import files, by their names", () => {
    expect(importsOfNoFile(sources)).toEqual([]);
  });
  test("leave reserved names to their one importer", () => {
    expect(importsOfReservedNames(sources)).toEqual([]);
  });
  test("have no cycles of runtime imports", () => {
    expect(cycles(sources)).toEqual([]);
  });
  test("have no folder named after nothing in particular", () => {
    expect([...sources.keys()].filter((file) => vagueFolders.test(file))).toEqual([]);
  });
  test("have no default exports", () => {
    expect(defaultExports(sources)).toEqual([]);
  });
  test("use at run time only packages that the published one depends on", () => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(server, "package.json"), "utf8")) as { dependencies?: Record<string, string> };
    expect(foreignPackages(sources).filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  });
});

describe("the rules themselves", () => {
  const rejected = (check: (sources: Sources) => string[], files: Record<string, string>): string[] => check(new Map(Object.entries(files)));

  test.each([
    ["base/a.ts", 'import { b } from "../edm/b.ts";', ["base/a.ts imports edm/b.ts"]],
    ["edm/a.ts", 'import { b } from "../base/b.ts";', []],
    ["limits/a.ts", 'import type { Caller } from "../auth/caller.ts";', []],
    ["limits/a.ts", 'import { type Caller } from "../auth/caller.ts";', ["limits/a.ts imports auth/caller.ts"]],
    ["store/sqlite/a.ts", 'import {\n  isPermitted,\n} from "../../auth/permitted.ts";', []],
    ["store/a.ts", 'export * from "../auth/permit.ts";', ["store/a.ts imports auth/permit.ts"]],
    ["http/a.ts", 'export type { App } from "../handle.ts";', []],
    ["http/a.ts", 'const { handle } = await import("../handle.ts");', ["http/a.ts imports handle.ts"]],
    ["handle.ts", 'import "./graph/a.ts";', ["handle.ts imports graph/a.ts"]],
    ["plan/a.ts", 'import { b } from "./b.ts";', []],
  ])("%s: %s", (file, text, expected) => {
    expect(rejected(importsAgainstTheTable, { [file]: text })).toEqual(expected);
  });

  test("a cycle is found, one of types is none", () => {
    const cycle = { "base/a.ts": 'import { b } from "./b.ts";', "base/b.ts": 'import { a } from "./a.ts";' };
    expect(rejected(cycles, cycle)).toEqual(["base/a.ts -> base/b.ts -> base/a.ts"]);
    expect(rejected(cycles, { ...cycle, "base/b.ts": 'import type { A } from "./a.ts";' })).toEqual([]);
  });

  test("folders and missing files cannot be imported", () => {
    expect(rejected(importsOfNoFile, { "base/a.ts": 'import { b } from "../edm";' })).toEqual(["base/a.ts imports ../edm"]);
  });

  test("a reserved name is seen in a list of names", () => {
    const text = 'import { isPermitted, grant } from "../auth/permitted.ts";';
    expect(rejected(importsOfReservedNames, { "store/a.ts": text })).toEqual(["store/a.ts imports grant"]);
    expect(rejected(importsOfReservedNames, { "auth/permit.ts": text })).toEqual([]);
  });

  test("default exports are seen in both forms", () => {
    expect(rejected(defaultExports, { "a.ts": "export default 1;", "b.ts": "export { a as default };", "c.ts": "export const c = 1;" })).toEqual([
      "a.ts",
      "b.ts",
    ]);
  });
});
