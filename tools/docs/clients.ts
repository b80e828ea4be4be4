import { readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { table } from "./markdown.ts";

/** What every client is asked to do, as the names of tests begin: "list, filter: ...", "count (fault): ...", "kiota 429: ...". */
const capabilities = [
  "token",
  "list",
  "page",
  "get",
  "create",
  "update",
  "delete",
  "filter",
  "count",
  "batch",
  "400",
  "401",
  "403",
  "404",
  "409",
  "412",
  "429",
  "409 in a batch",
  "412 in a batch",
] as const;

/** A column of the table; files are in server/test/clients. */
interface Client {
  /** By which a test in a shared file names the client that it is about. */
  readonly key: string;
  readonly title: string;
  /** Files whose tests are all about this client, unless they name another. */
  readonly own?: readonly string[];
  /** Files that are about this client where they name it. */
  readonly shared?: readonly string[];
  /** Why there is no test of some capabilities. */
  readonly without?: Readonly<Record<string, string>>;
}

const walk = "testGraphWalk.ts";
const sameGraph = "the Graph client retries below the token, as in the first column";
const noBatch = "it knows no batches";
const noNeed = "its few rows give no occasion for it; requests and errors are those of the msgraph-sdk that it extends";
const fluent = "as the msgraph-sdk that it extends";

/** The columns, in order. */
const clients: readonly Client[] = [
  { key: "graph-client", title: "graph-client, @azure/identity secret", own: ["graph-client.test.ts", walk], shared: ["throttled.test.ts"] },
  { key: "identity-people", title: "graph-client, @azure/identity device code", own: ["identity-people.test.ts", walk], without: { "429": sameGraph } },
  { key: "msal", title: "graph-client, MSAL secret", own: ["msal.test.ts", walk], shared: ["throttled.test.ts"] },
  { key: "msal-people", title: "graph-client, MSAL code and device code", own: ["msal-people.test.ts", walk], without: { "429": sameGraph } },
  { key: "kiota", title: "msgraph-sdk (kiota), beta models", own: ["kiota.test.ts"], shared: ["throttled.test.ts"] },
  {
    key: "subscriptions",
    title: "msgraph-sdk-subscriptions",
    shared: ["kiota.test.ts"],
    without: {
      ...Object.fromEntries(["page", "filter", "count", "409", "412"].map((name) => [name, noNeed])),
      ...Object.fromEntries(["batch", "401", "403", "429", "409 in a batch", "412 in a batch"].map((name) => [name, fluent])),
    },
  },
  { key: "pnp", title: "@pnp/graph", own: ["pnp.test.ts"], shared: ["throttled.test.ts"] },
  {
    key: "odata2ts",
    title: "odata2ts",
    own: ["odata2ts.test.ts"],
    shared: ["throttled.test.ts"],
    without: Object.fromEntries(["batch", "409 in a batch", "412 in a batch"].map((name) => [name, noBatch])),
  },
  { key: "openui5", title: "OpenUI5 v4 model, in Chromium", own: ["openui5.test.ts"] },
];

const names = capabilities.toSorted((a, b) => b.length - a.length).join("|");
const named = new RegExp(`["'\`](?:(${clients.map(({ key }) => key).join("|")}) )?((?:${names})(?:, (?:${names}))*)( \\(fault\\))?: `, "g");

/** What the names of a test file say of a client: "yes", "fault" where a test shows a fault of the client's own, or both. */
export function shownBy(source: string, key: string, isOwn: boolean): ReadonlyMap<string, string> {
  const shown = new Map<string, string>();
  for (const [, about, shows = "", fault] of source.matchAll(named)) {
    if (about === undefined ? !isOwn : about !== key) continue;
    for (const name of shows.split(", ")) shown.set(name, together(shown.get(name), fault === undefined ? "yes" : "fault"));
  }
  return shown;
}

function together(one: string | undefined, other: string): string {
  return one === undefined || one === other ? other : "yes, fault";
}

function cellsOf({ key, own = [], shared = [], without = {} }: Client): readonly string[] {
  const shown = [...own, ...shared].flatMap((file) => [...shownBy(readFileSync(join(folder, file), "utf8"), key, own.includes(file))]);
  return capabilities.map((name) => {
    const cell = shown.filter(([shownName]) => shownName === name).reduce((sum, [, value]) => together(sum, value), undefined as string | undefined);
    return cell ?? (without[name] === undefined ? "" : `- (${reasons.indexOf(without[name]) + 1})`);
  });
}

const folder = join(import.meta.dirname, "../../server/test/clients");

/** Where each test is run: in its own folder on SQLite, and by the one file that takes all of them to PostgreSQL. */
function enginesOf({ own = [], shared = [] }: Client): string {
  const taken = /globSync\("([^"]+)", \{ cwd: folder \}\)/.exec(readFileSync(join(folder, "../postgres/clients.test.ts"), "utf8"))?.[1] ?? "";
  const tests = [...own, ...shared].filter((file) => file !== walk);
  return tests.length > 0 && tests.every((file) => matchesGlob(file, taken)) ? "SQLite, PostgreSQL" : "SQLite";
}
const reasons: readonly string[] = [...new Set(clients.flatMap(({ without = {} }) => Object.values(without)))];

function clientsTable(): string {
  const columns = clients.map(cellsOf);
  const rows = capabilities.map((name, index) => [name, ...columns.map((cells) => cells[index]!)]);
  rows.push(["engines", ...clients.map(enginesOf)]);
  const notes = reasons.map((reason, index) => `(${index + 1}) ${reason}`).join("; ");
  return `${table(["", ...clients.map(({ title }) => title)], rows)}\n\n${notes}.`;
}

/** clients/README.md with its table of what each client was seen to do. An empty cell is a test that is missing. */
export function withClientsTable(readme: string): string {
  return readme.replace(/(<!-- table -->\n)[^]*(<!-- end of table -->)/, (_all, begin: string, end: string) => `${begin}\n${clientsTable()}\n\n${end}`);
}
