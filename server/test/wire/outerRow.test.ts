import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultBudgets } from "../../src/base/limits.ts";
import type { TestHub } from "./hub.ts";
import { idsOf, librarianOf } from "./librarian.ts";
import { openLibrary } from "./library.ts";
import { url } from "./shapes.ts";

describe.each(["odata", "graph"] as const)("$it within $expand is the row of the path (OData URL Conventions 5.1.1.14.1), in the %s profile", (profile) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await openLibrary({ profile, budgets: { ...defaultBudgets, pageSize: 2 } });
    const { make, link } = librarianOf(hub);
    await make("publishers", { id: "p1", city: "T1" }, { id: "p2", city: "T2" });
    await make("authors", { id: "a1", name: "T1" }, { id: "a2", name: "T2" });
    await make("books", ...["b1", "b2", "b3"].map((id, index) => ({ id, title: `T${index + 1}`, pages: index + 1, tags: [`T${index + 1}`, "x"], publisherId: index < 2 ? "p1" : "p2" }))); // prettier-ignore
    await make("books('b1')/chapters", { id: "c1", text: "T1" }, { id: "c2", text: "T2" });
    await make("books('b2')/chapters", { id: "c3", text: "T1" }, { id: "c4", text: "T2" });
    await make("shelves", { id: "T1", room: "A" }, { id: "it's", room: "T2" });
    for (const book of ["b1", "b2", "b3"]) for (const shelf of ["T1", "it''s"]) await link(`shelves('${shelf}')/books`, `books('${book}')`);
    for (const [book, author] of [["b1", "a1"], ["b2", "a1"], ["b3", "a2"]] as const) await link(`books('${book}')/writer`, `authors('${author}')`, "PUT"); // prettier-ignore
  });
  afterAll(() => hub.close());

  const get = (target: string): Promise<any> => librarianOf(hub).get(target);

  test.each([
    ["publishers", "books($filter=$it/city eq title)", "b1,"],
    ["publishers", "books($filter=$it/city ne title and $this/title ne 'T3' and pages gt 0)", "b2,"],
    ["publishers", "books($filter=tags/any(t:t eq $it/city))", "b1,"],
    ["publishers", "books($orderby=title eq $it/city)", "b2,b1,b3"],
    ["books", "chapters($filter=$it/title eq text)", "c1,c4,"],
    ["books", "chapters($filter=$it/tags/any(t:t eq text) and $it/pages in (1,2))", "c1,c4,"],
    ["books", "chapters($filter=$it/publisher/city eq text and isof($it,lib.book))", "c1,c3,"],
    ["books", "chapters($filter=isof($it,lib.novel))", ",,"],
    ["books", "chapters($filter=text in $it/tags and $it/title in ('T1','T2'))", "c1,c4,"],
    ["books", "chapters($filter=$it/tags eq ['T2','x'] and not ($it/tags ne ['T2','x']))", ",c3,c4,"],
    ["books", "chapters($filter=hassubset($it/tags,['T1']) and hassubsequence($it/tags,['T1','x']))", "c1,c2,,"],
    ["authors", "books($filter=$it/name in tags)", "b1,"],
    ["authors", "books($filter=chapters/any(c:$it/name in $this/tags and c/text eq $it/name))", "b1,"],
    ["shelves", "books($filter=title eq $it/room)", ",b2"],
    ["publishers", "books($compute=pages add 1 as more;$filter=$this/more gt 3 and isof($this,lib.book) and not isof($this,lib.novel))", ",b3"],
  ] as const)("%s?$expand=%s", async (set, expand, expected) => {
    const { status, text, json } = await hub.get(url(`${set}?$expand=${expand}&$orderby=id`), { headers: { Prefer: "odata.maxpagesize=9" } });
    expect(status, text).toBe(200);
    const name = expand.slice(0, expand.indexOf("("));
    expect(json.value.map((row: any) => idsOf(row[name])).join()).toBe(expected);
  });

  test("at any depth, in $filter, $orderby, $compute, $select and $count", async () => {
    const json = await get(
      "publishers?$expand=books($select=id;$expand=chapters($filter=text eq $it/city;$compute=concat($it/city,text) as both;$select=both;$count=true),shelves/$count($filter=id eq $it/city))&$compute=length(city) add 1 as more&$orderby=id",
    );
    const [first, second] = json.value;
    expect(first.books.map((book: any) => [book.id, book["chapters@odata.count"], book.chapters.map(({ both }: any) => both).join(), book["shelves@odata.count"]])).toEqual([["b1", 1, "T1T1", 1], ["b2", 1, "T1T1", 1]]); // prettier-ignore
    expect(second.books.map((book: any) => [book.id, book["chapters@odata.count"], book["shelves@odata.count"]])).toEqual([["b3", 0, 0]]);
    const computed = await get(
      "publishers('p1')?$compute=length(city) add 1 as more,more mul 2 as twice&$expand=books($filter=pages add 4 eq $it/twice sub 0;$expand=chapters($filter=$it/more eq 3 and text eq 'T1'))",
    );
    expect([idsOf(computed.books), idsOf(computed.books[0].chapters)]).toEqual(["b2", "c3"]);
    const members = await get("publishers('p1')?$expand=books($select=tags($filter=$this eq $it/city))");
    expect(members.books.map(({ tags }: any) => tags)).toEqual([["T1"], []]);
    const back = await get("authors('a1')?$expand=books($expand=publisher($expand=books($filter=title eq $it/name)))");
    expect(back.books.map((book: any) => idsOf(book.publisher.books))).toEqual(["b1", "b1"]);
  });

  test("R57 pages of what is expanded go on at their own URL, where the row is named by its path", async () => {
    for (const [shelf, expected] of [
      ["T1", "b1,b2,b3"],
      ["it''s", "b1,b2,b3"],
    ]) {
      const json = await get(
        `shelves('${shelf}')?$expand=books($filter=$it/room ne title or title ne '$it' or title eq @p;$expand=chapters($filter=$it/room ne text),writer($expand=books($compute='it''s' as s;$filter=s ne $it/id;$orderby=$it/room)))&@p=$it/room`,
      );
      const rest = await get(json["books@odata.nextLink"]);
      expect(idsOf([...json.books, ...rest.value])).toBe(expected);
    }
  });

  test("elsewhere it is the row itself; of $apply's names and of a crossjoin it is not served", async () => {
    expect(idsOf((await get("books?$filter=writer/name in tags&$orderby=id")).value)).toBe("b1");
    expect(idsOf((await get("books?$filter=chapters/any(c:c/text in tags and $it/writer/name in tags)")).value)).toBe("b1");
    expect(idsOf((await get("books?$filter=chapters/any(c:c/text eq $it/title)&$orderby=id")).value)).toBe("b1,b2");
    const refusal = async (target: string): Promise<string> => {
      const { status, json } = await hub.get(url(target));
      return `${status} ${json.error?.message}`;
    };
    expect(await refusal("books?$expand=chapters($filter=$it/nothing eq 1)")).toContain("400 Could not find a property named 'nothing' on type 'lib.book'");
    expect(await refusal("books?$expand=chapters($filter=contains($it,'a'))")).toContain("400");
    if (profile === "odata")
      expect(await refusal("$crossjoin(books,publishers)?$expand=books($expand=chapters($filter=$it/books/id eq id))")).toBe(
        "501 $filter: '$it', which here is of $crossjoin, is not implemented (position 31).",
      );
    expect(await refusal("books?$apply=compute(pages add 1 as p)&$expand=chapters($filter=$it/p eq 2)")).toMatch(/^501 .*position 17/);
  });
});
