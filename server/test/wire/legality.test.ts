import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { harbourOperations } from "../models/harbourOperations.ts";
import { openHarbour } from "../models/harbour.ts";
import { openHub, type TestHub } from "./hub.ts";
import { openLibrary } from "./library.ts";

/** A value for every system query option that would do where the option is legal. */
const values = {
  filter: "true",
  orderby: "id",
  select: "id",
  expand: "*",
  compute: "1 as one",
  search: "x",
  top: "1",
  skip: "1",
  count: "true",
  index: "0",
  format: "json",
  schemaversion: "*",
  id: "x",
  apply: "aggregate($count as n)",
  skiptoken: "x",
  deltatoken: "x",
  levels: "1",
  unknown: "1",
};
type Name = keyof typeof values;

const list = "filter orderby select expand compute top skip count format schemaversion apply";
const single = "select expand compute format schemaversion";
const plain = "format schemaversion";

interface Case {
  readonly on: "library" | "harbour" | "hub";
  readonly method: string;
  readonly target: string;
  /** The options that are honoured; every other is refused. */
  readonly legal: string;
  readonly body?: unknown;
  /** In one profile alone: the other refuses the whole path or method. */
  readonly only?: "odata";
  /** Values that fit this target, where the usual do not. */
  readonly fitting?: Partial<Record<Name, string>>;
}

const reads = (on: Case["on"], targets: Readonly<Record<string, string>>): Case[] =>
  Object.entries(targets).map(([target, legal]) => ({ on, method: "GET", target, legal }));

const cases: readonly Case[] = [
  ...reads("library", {
    books: list,
    "books/lib.novel": list,
    "books/$filter(true)": list,
    "books('b')/chapters": list,
    "books('b')/shelves": list,
    "books/$count": "filter schemaversion apply",
    "books/$ref": "filter orderby top skip count format schemaversion",
    "books('b')": single,
    "books('b')/lib.book": single,
    "books('b')/writer": single,
    "books('b')/$ref": plain,
    "books('b')/title": plain,
    "books('b')/title/$value": plain,
    $metadata: plain,
    "": plain,
    "openapi.json": plain,
  }),
  { on: "library", method: "GET", target: "$all", legal: "top skip count format schemaversion", only: "odata" },
  { on: "library", method: "GET", target: "$all/lib.book", legal: list.replace(" apply", ""), only: "odata" },
  { on: "library", method: "GET", target: "$all/lib.book/$count", legal: "filter schemaversion", only: "odata" },
  { on: "library", method: "GET", target: "$all/$ref", legal: "top skip count format schemaversion", only: "odata" },
  {
    on: "library",
    method: "GET",
    target: "$crossjoin(books,authors)",
    legal: "filter orderby select expand top skip count format schemaversion",
    only: "odata",
    fitting: { orderby: "books/id", select: "books/id", expand: "books" },
  },
  { on: "library", method: "POST", target: "books", legal: single, body: { title: "t" } },
  { on: "library", method: "PATCH", target: "books('b')", legal: single, body: { title: "t" } },
  { on: "library", method: "PUT", target: "books('b')", legal: single, body: { title: "t" }, only: "odata" },
  { on: "library", method: "PATCH", target: "books", legal: plain, body: { value: [] }, only: "odata" },
  { on: "library", method: "PUT", target: "books('b')/title", legal: plain, body: { value: "t" } },
  { on: "library", method: "DELETE", target: "books('b')/pages", legal: plain },
  { on: "library", method: "POST", target: "books('b')/shelves/$ref", legal: plain, body: { "@odata.id": "shelves('s')" } },
  { on: "library", method: "DELETE", target: "books/$filter(false)/$each", legal: "filter orderby top skip schemaversion" },
  { on: "library", method: "POST", target: "$batch", legal: "", body: { requests: [{ id: "1", method: "GET", url: "/books" }] } },
  ...reads("hub", {
    security: single,
    "security/secureScores": list,
    "security/secureScores/delta": "filter select top format schemaversion",
    "security/delta": "top format schemaversion",
    "security/secureScores/$count": "filter schemaversion apply",
    "security/displayName": plain,
  }),
  ...reads("harbour", { "CountVessels()": plain, CountVessels: plain }),
  { on: "harbour", method: "POST", target: "Reset", legal: plain, body: {} },
];

describe.each(["odata", "graph"] as const)("every option on every kind of target is honoured or refused by name (profile %s)", (profile) => {
  let hubs: Readonly<Record<Case["on"], TestHub>>;
  beforeAll(async () => {
    hubs = { library: await openLibrary({ profile }), harbour: await openHarbour({ profile, operations: harbourOperations }), hub: await openHub({ profile }) };
    await hubs.library.post("/v1.0/books", { id: "b", title: "T", writer: { id: "w" } });
    await hubs.library.post("/v1.0/shelves", { id: "s" });
  });
  afterAll(() => Promise.all(Object.values(hubs).map((hub) => hub.close())));

  test.each(cases.map((one): [string, Case] => [`${one.method} ${one.target}`, one]))("%s", async (_, { on, method, target, legal, body, only, fitting }) => {
    const allowed = new Set(legal.split(" "));
    const isRefused = only !== undefined && only !== profile;
    const books = async (): Promise<string> => (await hubs.library.get("/v1.0/books/$count")).text;
    for (const [name, usual] of Object.entries(values)) {
      const before = await books();
      const sent = `/v1.0/${target}?$${name}=${encodeURIComponent(fitting?.[name as Name] ?? usual)}`;
      const { status, json, text } = await hubs[on].send(method, sent, body === undefined ? {} : { body });
      if (allowed.has(name) && !isRefused) expect(status, `${sent} ${text}`).toBeLessThan(300);
      else expect([400, 501, ...(isRefused ? [405] : [])], `${sent} ${text}`).toContain(status);
      if (status < 300) continue;
      expect(await books()).toBe(before);
      if (!isRefused) expect([json.error.target, json.error.message], sent).toEqual([`$${name}`, expect.stringContaining(`$${name}`)]);
    }
  });
});
