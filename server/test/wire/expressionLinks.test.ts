import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baseUrl, callerOf, type TestHub } from "./hub.ts";
import { openLibrary } from "./library.ts";
import { url } from "./shapes.ts";

describe.each(["odata", "graph"] as const)("expressions that follow links between entities, in the %s profile", (profile) => {
  let hub: TestHub;

  beforeAll(async () => {
    hub = await openLibrary({ profile });
    const make = async (set: string, ...bodies: object[]): Promise<void> => {
      for (const body of bodies) await hub.post(url(set), body);
    };
    await make("authors", { id: "a1", name: "Ann" }, { id: "a2", name: "Ben" });
    await make("publishers", { id: "p1", city: "Oslo" });
    await make("prizes", { id: "z1", year: 2001 });
    await make("books", ...["b1", "b2", "b3", "b4"].map((id, index) => ({ id, title: `T${index}`, pages: index, publisherId: index < 2 ? "p1" : null })));
    await make("books", { "@odata.type": "#lib.novel", id: "n1", title: "N" });
    await make("shelves", { id: "s1", room: "A" }, { id: "s2", room: "B" });
    await make("books('b1')/chapters", { id: "c1", text: "c" });
    const link = async (target: string, to: string, method = "POST"): Promise<void> =>
      void (await hub.send(method, url(`${target}/$ref`), { body: { "@odata.id": `${baseUrl}/v1.0/${to}` } }));
    for (const [from, to] of [["b1", "b2"], ["b2", "b3"], ["b3", "b1"]]) await link(`books('${from}')/sequel`, `books('${to}')`, "PUT"); // prettier-ignore
    await link("books('b1')/writer", "authors('a1')", "PUT");
    await link("books('b2')/writer", "authors('a2')", "PUT");
    for (const book of ["b1", "b2", "b3", "b4", "n1"]) await link("shelves('s1')/books", `books('${book}')`);
    await link("shelves('s2')/books", "books('b1')");
    await link("books('n1')/prizes", "prizes('z1')");
    await link("books('b1')/chapters('c1')/cites", "books('b4')");
  });
  afterAll(() => hub.close());

  const ask = async (set: string, option: string, text: string): Promise<string> => {
    const { status, json } = await hub.get(url(`${set}?$${option}=${text}${option === "filter" ? "&$orderby=id" : ""}`));
    return status === 200 ? json.value.map(({ id }: { id: string }) => id).join() : `${status} ${json.error.message}`;
  };

  test.each([
    ["books", "writer/name eq 'Ann'", "b1"],
    ["books", "writer eq null", "b3,b4,n1"],
    ["books", "writer ne null and publisher ne null", "b1,b2"],
    ["books", "publisher/city eq 'Oslo'", "b1,b2"],
    ["books", "publisher/city eq null", "b3,b4,n1"],
    ["books", "sequel/sequel/title eq 'T0'", "b2"],
    ["books", "sequel/sequel/sequel/id eq id", "b1,b2,b3"],
    ["books", "sequel/writer/name eq 'Ben'", "b1"],
    ["books", "sequel/pages gt pages", "b1,b2"],
    ["books", "not (writer/name eq 'Ann')", "b2,b3,b4,n1"],
    ["books", "length(writer/name) eq 3", "b1,b2"],
    ["books", "case(writer eq null:'none',true:writer/name) eq 'none'", "b3,b4,n1"],
    ["books", "shelves/any(s:s/room eq 'B')", "b1"],
    ["books", "shelves/$count eq 2", "b1"],
    ["books", "shelves/all(s:s/room eq 'A')", "b2,b3,b4,n1"],
    ["books", "shelves/any(s:s/books/any(o:o/id ne $it/id and o/writer/name eq 'Ben'))", "b1,b3,b4,n1"],
    ["books", "shelves/any(s:s/books/$count($filter=pages gt 1) eq 2)", "b1,b2,b3,b4,n1"],
    ["books", "lib.novel/prizes/any(p:p/year eq 2001)", "n1"],
    ["books", "chapters/any(c:c/cites/any(b:b/title eq 'T3'))", "b1"],
    ["books", "$root/books('b1')/writer/name eq writer/name", "b1"],
    ["authors", "books/any(b:b/publisher/city eq 'Oslo' and b/sequel/pages gt 1)", "a2"],
    ["authors", "books/$count eq 1", "a1,a2"],
    ["shelves", "books/all(b:b/writer/name eq 'Ann')", "s2"],
    ["shelves", "books/any(b:isof(b,lib.novel))", "s1"],
    ["shelves", "books/lib.novel/any()", "s1"],
  ])("%s?$filter=%s: %s", async (set, filter, expected) => expect(await ask(set, "filter", filter)).toBe(expected));

  test.each([
    ["books", "writer/name desc,id", "b2,b1,b3,b4,n1"],
    ["books", "shelves/$count desc,id desc", "b1,n1,b4,b3,b2"],
    ["books", "sequel/sequel/title,id", "b4,n1,b2,b3,b1"],
    ["shelves", "books/$count($filter=writer ne null) desc,id", "s1,s2"],
  ])("%s?$orderby=%s: %s", async (set, order, expected) => expect(await ask(set, "orderby", order)).toBe(expected));

  test("page after page in such an order", async () => {
    const seen: string[] = [];
    let next: string | undefined = url("books?$orderby=writer/name desc&$select=id");
    while (next !== undefined) {
      const { json } = await hub.get(next.replace(baseUrl, ""), { headers: { Prefer: "odata.maxpagesize=2" } });
      seen.push(...json.value.map(({ id }: { id: string }) => id));
      next = json["@odata.nextLink"];
    }
    expect(seen.slice(0, 2)).toEqual(["b2", "b1"]);
    expect(seen.toSorted()).toEqual(["b1", "b2", "b3", "b4", "n1"]);
  });

  test("a link that is changed shows at once", async () => {
    expect(await ask("books", "filter", "writer/name eq 'Ann'")).toBe("b1");
    await hub.send("PUT", url("books('b3')/writer/$ref"), { body: { "@odata.id": `${baseUrl}/v1.0/authors('a1')` } });
    expect(await ask("books", "filter", "writer/name eq 'Ann'")).toBe("b1,b3");
    await hub.send("DELETE", url("books('b3')/writer/$ref"));
    expect(await ask("books", "filter", "writer/name eq 'Ann'")).toBe("b1");
  });

  test.each([
    [
      "writer eq 'a'",
      "400 $filter: a complex value can only be compared with null, by eq or ne, and with an object literal; an entity only with null (position 0).",
    ],
    ["writer", "400 $filter: expected a condition, got a complex value or an entity (position 0)."],
    ["writer/nope eq 1", "400 Could not find a property named 'nope' on type 'lib.author'."],
    ["shelves/room eq 'A'", "400 $filter: 'shelves' is a collection; use any, all or $count (position 8)."],
    [
      "writer gt null",
      "400 $filter: a complex value can only be compared with null, by eq or ne, and with an object literal; an entity only with null (position 0).",
    ],
  ])("%s is refused", async (filter, message) => expect(await ask("books", "filter", filter)).toBe(message));

  test("what an expression looks at asks for its own permission", async () => {
    const caller = callerOf({ permissions: [] });
    expect((await hub.get(url("books?$filter=writer/name eq 'Ann'"), { caller })).status).toBe(403);
  });
});
