import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { describe, expect, test } from "vitest";

/** Modules through which something can leave this machine, and the names of them that open nothing. */
const harmless: Record<string, readonly string[]> = {
  net: ["isIP", "isIPv4", "isIPv6", "BlockList"],
  http: ["createServer", "STATUS_CODES"],
  https: ["createServer"],
  http2: [],
  tls: [],
  dns: [],
  "dns/promises": [],
  dgram: [],
  child_process: [],
  module: ["enableCompileCache"],
  inspector: [],
  undici: [],
  pg: [],
};
/** Of packages that are used for other things. */
const reaching: Record<string, readonly string[]> = { jose: ["createRemoteJWKSet"] };

/** Who may import more: the way out itself, file by file, and the operator's own database. */
const granted: readonly (readonly [file: RegExp, module: string, names: readonly string[]])[] = [
  [/^egress\/connectPinned\.ts$/, "net", ["connect"]],
  [/^egress\/connectPinned\.ts$/, "tls", ["connect"]],
  [/^egress\/openPool\.ts$/, "undici", ["import()"]],
  [/^outbox\/connectors\/exec\/runProgram\.ts$/, "child_process", ["spawn"]],
  [/^egress\/resolveHost\.ts$/, "dns/promises", ["lookup", "Resolver"]],
  [/^store\/postgres\/[^/]+\.ts$/, "pg", ["Pool", "Client", "Connection"]],
];

/** Globals and functions that open connections or lead to modules past their imports. */
const forbiddenNames = new Set(["fetch", "WebSocket", "EventSource", "XMLHttpRequest", "require", "createRequire", "getBuiltinModule"]);

interface Node {
  readonly type: string;
  readonly [name: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

/** Every way out that a source takes without a grant, as `file: what`. */
function waysOut(file: string, source: string): string[] {
  const { program, errors } = parseSync(file, source, { lang: "ts", sourceType: "module" });
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const found: string[] = [];
  const root = program as unknown as Node;
  const own = new Set<string>();
  visit(root, undefined, (node) => bindingsOf(node).forEach((name) => own.add(name)));
  visit(root, undefined, (node, parent) => {
    for (const [module, name] of importsOf(node)) if (!mayImport(file, module, name)) found.push(`${file}: ${name} of ${module}`);
    const name = String(node["name"]);
    if (node.type === "Identifier" && forbiddenNames.has(name) && isReference(node, parent) && (!own.has(name) || parent?.type === "MemberExpression"))
      found.push(`${file}: ${name}`);
  });
  return found;
}

function visit(node: Node, parent: Node | undefined, tell: (node: Node, parent: Node | undefined) => void): void {
  tell(node, parent);
  for (const child of Object.values(node).flat()) if (isNode(child)) visit(child, node, tell);
}

/** Names that a node declares: a source that has a `fetch` of its own (rows are fetched too) does not mean the global one. */
function bindingsOf(node: Node): string[] {
  const named = node.type === "VariableDeclarator" || node.type === "FunctionDeclaration" ? [node["id"]] : [];
  return [...named, node["params"]].flat().flatMap(namesIn);
}

function namesIn(pattern: unknown): string[] {
  if (!isNode(pattern)) return [];
  if (pattern.type === "Identifier") return [String(pattern["name"])];
  const parts = [
    pattern["properties"],
    pattern["elements"],
    pattern["left"],
    pattern["argument"],
    pattern.type === "Property" ? pattern["value"] : undefined,
    pattern["parameter"],
  ];
  return parts.flat().flatMap(namesIn);
}

/** Modules and names that a node imports at run time; `*` for all of them, `import()` for a dynamic import. */
function importsOf(node: Node): (readonly [module: string, name: string])[] {
  if (node.type === "ImportExpression") return [[moduleOf(node["source"]), "import()"]];
  if (node.type === "ExportAllDeclaration") return [[moduleOf(node["source"]), "*"]];
  if (node.type !== "ImportDeclaration" && node.type !== "ExportNamedDeclaration") return [];
  if (!isNode(node["source"]) || node["importKind"] === "type" || node["exportKind"] === "type") return [];
  const specifiers = node["specifiers"] as readonly Node[];
  return specifiers
    .filter((one) => one["importKind"] !== "type" && one["exportKind"] !== "type")
    .map((one) => {
      const named = node.type === "ImportDeclaration" ? one["imported"] : one["local"];
      return [moduleOf(node["source"]), isNode(named) ? String(named["name"] ?? named["value"]) : "*"] as const;
    });
}

/** A module's name without `node:`; what is no plain text is suspect. */
const moduleOf = (source: unknown): string =>
  isNode(source) && typeof source["value"] === "string" ? source["value"].replace(/^node:/, "") : "an unknown module";

function mayImport(file: string, module: string, name: string): boolean {
  // What a model's operations do is their author's: the operator names the file.
  if (module === "an unknown module") return file === "cli/loadModel.ts";
  if (reaching[module]?.includes(name) === true || (module in reaching && name === "*")) return false;
  const names = harmless[module];
  return names === undefined || names.includes(name) || granted.some(([path, of, more]) => path.test(file) && of === module && more.includes(name));
}

/** Whether an identifier is a value: `readers.fetch` and `{ fetch() {} }` are names of something else. */
function isReference(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return true;
  if (parent.type === "MemberExpression" && parent["property"] === node && parent["computed"] !== true)
    return /^(?:globalThis|global|process)$/.test(String((parent["object"] as Node)["name"]));
  return parent["key"] !== node || parent["shorthand"] === true;
}

const folder = join(import.meta.dirname, "../src");
const files = globSync("**/*.ts", { cwd: folder }).map((file) => file.replaceAll("\\", "/"));

test("no source opens a connection but the way out, and the database's", () => {
  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap((file) => waysOut(file, readFileSync(join(folder, file), "utf8")))).toEqual([]);
});

test("every grant is used", () => {
  const unused = granted.filter(
    ([path, module]) => !files.some((file) => path.test(file) && new RegExp(`["'](?:node:)?${module}["']`).test(readFileSync(join(folder, file), "utf8"))),
  );
  expect(unused).toEqual([]);
});

describe("the rule itself", () => {
  test.each([
    ['import { connect } from "node:net";', ["a.ts: connect of net"]],
    ['import { isIP, Socket } from "net";', ["a.ts: Socket of net"]],
    ['import * as net from "node:net";', ["a.ts: * of net"]],
    ['import http from "node:http";', ["a.ts: * of http"]],
    ['import { createServer, request as ask } from "node:https";', ["a.ts: request of https"]],
    ['import { "connect" as c } from "node:tls";', ["a.ts: connect of tls"]],
    ['import type { Socket } from "node:net"; import { type Server, isIP } from "node:net";', []],
    ['export { connect } from "node:tls";', ["a.ts: connect of tls"]],
    ['export * from "node:dgram";', ["a.ts: * of dgram"]],
    ['export type { Pool } from "undici";', []],
    ['const { request } = await import("undici");', ["a.ts: import() of undici"]],
    ["await import(name);", ["a.ts: import() of an unknown module"]],
    ['import { lookup } from "node:dns/promises";', ["a.ts: lookup of dns/promises"]],
    ['import { Pool } from "pg";', ["a.ts: Pool of pg"]],
    ['import { createRemoteJWKSet, jwtVerify } from "jose";', ["a.ts: createRemoteJWKSet of jose"]],
    ['import { createRequire } from "node:module";', ["a.ts: createRequire of module", "a.ts: createRequire", "a.ts: createRequire"]],
    ["await fetch(url);", ["a.ts: fetch"]],
    ["const ask = globalThis.fetch;", ["a.ts: fetch"]],
    ["call({ fetch });", ["a.ts: fetch"]],
    ["new WebSocket(url);", ["a.ts: WebSocket"]],
    ['process.getBuiltinModule("net");', ["a.ts: getBuiltinModule"]],
    ["const rows = { async fetch(q) { return q; } }; rows.fetch(1);", []],
    ["interface Readers { fetch: () => void }", []],
    ["function rows({ fetch }: Readers) { return fetch(1); }", []],
    ["type Read = (fetch: () => void) => void;", []],
    ["const { fetch } = readers; fetch(1); globalThis.fetch(2);", ["a.ts: fetch"]],
  ])("%s", (source, expected) => {
    expect([...new Set(waysOut("a.ts", source))]).toEqual([...new Set(expected)]);
  });
});
