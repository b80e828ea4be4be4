import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engine } from "../engine.ts";
import type { TestDatabase } from "../postgres/databases.ts";
import { program, root, runToEnd, startServer, type ServerProcess } from "../process/server.ts";
import { clients, installClients } from "./installClients.ts";
import { setupPatience } from "./realClients.ts";

/** A client that odata2ts generates from the metadata of a model of one's own, the bookshop of docs/how-to/own-model.md. */
const facts: Record<string, unknown> = {};
const data = mkdtempSync(join(tmpdir(), "secgraph-bookshop-"));
let server: ServerProcess | undefined;
let database: TestDatabase | undefined;

beforeAll(async () => {
  await installClients("odata2ts");
  if (engine === "postgres") database = await (await import("../postgres/databases.ts")).createDatabase();
  const shop = join(root, "docs/how-to/bookshop");
  const env = {
    ...(database !== undefined && { DATABASE_URL: database.url }),
    SECGRAPH_MODEL: join(shop, "bookshop.csdl.xml"),
    SECGRAPH_SEED: join(shop, "rows.json"),
    SECGRAPH_OPERATIONS: join(shop, "operations.mjs"),
    SECGRAPH_ROOT: "/",
    SECGRAPH_AUTH: "none",
    SECGRAPH_HOST: "127.0.0.1",
  };
  server = await startServer({ command: [...program, "serve"], data, env });
  const script = join(clients, "odata2ts/bookshop.mjs");
  const { code, stdout, stderr } = await runToEnd(
    { command: [process.execPath, script], folder: clients, env: { BASE_URL: `http://127.0.0.1:${server.port}` } },
    240_000,
  );
  for (const line of stdout.split("\n").filter((each) => each.startsWith('{"fact"'))) {
    const { fact, value } = JSON.parse(line) as { readonly fact: string; readonly value: unknown };
    facts[fact] = value;
  }
  if (code !== 0 || facts["done"] !== true) throw new Error(`${script} ended with ${code}:\n${stdout}${stderr}`);
}, setupPatience);

afterAll(async () => {
  server?.signal("SIGTERM");
  await server?.ended;
  await database?.drop();
  rmSync(data, { recursive: true, force: true });
});

test("the generated types compile, and tell a wrong draft from a right one", () => expect(facts["generated.faults"]).toBe(""));

test.each([
  ["listed", ["Frankenstein", "The Sign of the Four"]],
  ["filtered", ["The Sign of the Four"]],
  ["expanded", { author: "Mary Shelley", reviews: [{ Reader: "Ada", Stars: 5 }] }],
  ["counted", 2],
  ["made", { Isbn: "42", Genre: "Crime", Price: { Amount: 3.5, Currency: "CHF" } }],
  ["patched", 204],
  ["stale", 412],
  ["reviewed", 201],
  ["reviews", 4],
  ["deleted", 204],
  ["gone", 404],
  ["sold", { Title: "Frankenstein", Stock: 2 }],
  ["cheapest", ["Frankenstein"]],
])("%s", (fact, expected) => expect(facts[fact]).toEqual(expected));

test("an action that is refused is an error with its reason", () => {
  expect(facts["notSold"]).toMatchObject({ status: 409 });
});
