import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultBudgets } from "../../src/base/limits.ts";
import { baseUrl, type TestHub } from "./hub.ts";
import { idsOf, librarianOf } from "./librarian.ts";
import { openLibrary } from "./library.ts";
import { url } from "./shapes.ts";

describe.each(["odata", "graph"] as const)("$expand of related entities in the %s profile", (profile) => {
  let hub: TestHub;

  beforeAll(async () => {
    hub = await openLibrary({ profile, budgets: { ...defaultBudgets, pageSize: 3 } });
    const { make, link } = librarianOf(hub);
    await make("authors", { id: "a1", name: "Ann" }, { id: "a2", name: "Ben" });
    await make("publishers", { id: "p1", city: "Oslo" });
    await make("prizes", { id: "z1", year: 2001 });
    await make("books", ...["b1", "b2", "b3", "b4"].map((id, index) => ({ id, title: `T${index}`, pages: index, publisherId: index < 2 ? "p1" : null })));
    await make("books", { "@odata.type": "#lib.novel", id: "n1", title: "N" });
    await make("shelves", { id: "s1", room: "A", "keeper@odata.bind": undefined }, { id: "s2", room: "B" });
    await make("books('b1')/chapters", { id: "c1", text: "c" });
    for (const [from, to] of [["b1", "b2"], ["b2", "b3"], ["b3", "b1"]]) await link(`books('${from}')/sequel`, `books('${to}')`, "PUT"); // prettier-ignore
    await link("books('b1')/writer", "authors('a1')", "PUT");
    await link("books('b2')/writer", "authors('a1')", "PUT");
    for (const book of ["b1", "b2", "b3", "b4", "n1"]) await link("shelves('s1')/books", `books('${book}')`);
    await link("shelves('s2')/books", "books('b1')");
    await link("books('n1')/prizes", "prizes('z1')");
    await link("books('b1')/chapters('c1')/cites", "books('b4')");
  });
  afterAll(() => hub.close());

  const get = (target: string): Promise<any> => librarianOf(hub).get(target);

  test("single and many, both ways, and by referential constraint", async () => {
    const json = await get(
      "books?$expand=writer($select=name),shelves($select=room;$orderby=room desc),publisher($select=city)&$select=title&$orderby=id&$top=3",
    );
    expect(json["@odata.context"]).toBe(`${baseUrl}/v1.0/$metadata#books(title,writer(name),shelves(room),publisher(city))`);
    expect(json.value.map((book: any) => [book.id, book.writer?.name ?? null, idsOf(book.shelves), book.publisher?.city ?? null])).toEqual([
      ["b1", "Ann", "s2,s1", "Oslo"],
      ["b2", "Ann", "s1", "Oslo"],
      ["b3", null, "s1", null],
    ]);
    const author = await get("authors('a1')?$expand=books($filter=pages gt 0;$count=true)");
    expect([idsOf(author.books), author["books@odata.count"]]).toEqual(["b2", 1]);
    expect(idsOf((await get("publishers/p1?$expand=books")).books)).toBe("b1,b2");
  });

  test("nested, through contained rows and back again", async () => {
    const json = await get("shelves('s2')?$expand=books($expand=writer($expand=books/$count),chapters($expand=cites($select=title)))");
    expect(json.books[0]).toMatchObject({ id: "b1", writer: { id: "a1", "books@odata.count": 2 }, chapters: [{ id: "c1", cites: [{ id: "b4" }] }] });
    const novels = await get("shelves('s1')?$expand=books/lib.novel($expand=prizes)");
    expect(novels.books.map((book: any) => [book.id, idsOf(book.prizes)])).toEqual([["n1", "z1"]]);
    expect((await get("books('b1')?$expand=lib.novel/prizes")).prizes).toBeUndefined();
  });

  test("$levels goes along a property that leads to its own type, max as far as it goes or eight levels", async () => {
    const chain = (book: any): string => (book === null || book === undefined ? `${book}` : `${book.id},${chain(book.sequel)}`);
    expect(chain(await get("books('b1')?$expand=sequel($levels=1)"))).toBe("b1,b2,undefined");
    const three = await get("books('b1')?$expand=sequel($levels=3;$select=title)");
    expect(chain(three)).toBe("b1,b2,b3,b1,undefined");
    expect(three["@odata.context"]).toBe(`${baseUrl}/v1.0/$metadata#books(sequel+(title))/$entity`);
    expect(chain(await get("books('b4')?$expand=sequel($levels=max)"))).toBe("b4,null");
    expect(chain(await get("books('b1')?$expand=sequel($levels=max)")).split(",")).toHaveLength(10);
    expect((await hub.get(url("books?$expand=sequel($levels=9)"))).json.error.message).toBe(
      "$expand: $levels=9 is too deep; ask for at most 8 levels here, or for max (position 0).",
    );
    expect((await hub.get(url("books?$expand=*($levels=max)"))).json.error.message).toMatch(
      /^\$expand: more than 64 collections would be expanded; name those that are wanted/,
    );
  });

  test("R57 a related collection goes on by its own nextLink, references too", async () => {
    for (const [asked, one] of [
      ["books($select=title)", (row: any) => row.id],
      ["books/$ref", (row: any) => /\('(\w+)'\)$/.exec(row["@odata.id"])![1]],
    ] as const) {
      // prettier-ignore
      const shelf = await get(`shelves('s1')?$expand=${asked}`);
      const rest = await get(shelf["books@odata.nextLink"]);
      expect([...shelf.books, ...rest.value].map(one)).toEqual(["b1", "b2", "b3", "b4", "n1"]);
    }
  });

  test("/$ref is read: of one, of all, of filtered and sorted ones, and of contained ones", async () => {
    const references = (rows: readonly object[]): string => rows.map((row: any) => row["@odata.id"].slice(`${baseUrl}/v1.0/`.length)).join();
    const one = await get("books('b1')/writer/$ref");
    expect(one).toEqual({ "@odata.context": `${baseUrl}/v1.0/$metadata#$ref`, "@odata.id": `${baseUrl}/v1.0/authors('a1')` });
    expect((await hub.get(url("books('b3')/writer/$ref"))).status).toBe(204);
    const all = await get("shelves('s1')/books/$ref?$filter=pages ge 1&$orderby=pages desc&$top=2&$count=true");
    expect([all["@odata.context"], all["@odata.count"], references(all.value.slice(0, 2))]).toEqual([
      `${baseUrl}/v1.0/$metadata#Collection($ref)`,
      3,
      "books('b4'),books('b3')",
    ]);
    expect(references((await get("books('b1')/chapters/$ref")).value)).toBe("books('b1')/chapters('c1')");
    expect((await get("books('b1')/$ref"))["@odata.id"]).toBe(`${baseUrl}/v1.0/books('b1')`);
    expect(references((await get("books/$filter(pages eq 3)/$ref")).value)).toBe("books('b4')");
    expect((await hub.get(url("books/$ref?$select=title"))).json.error.message).toBe("The query option $select cannot be applied to references.");
  });

  test.each([
    ["books?$expand=writer($filter=name eq 'x')", "400 The query option $filter cannot be applied to an expanded entity."],
    ["books?$expand=writer/$count", "400 $expand: 'writer' is a single entity, which has no $count (position 0)."],
    [
      "books?$expand=writer($levels=2)",
      "400 $expand: $levels=2 needs a property that leads to its own type; 'writer' leads to 'lib.author', which has none of that name (position 0).",
    ],
  ])("%s is %s", async (target, expected) => {
    const { status, json } = await hub.get(url(target));
    expect(`${status} ${json.error?.message}`).toBe(expected);
  });
});
