import { describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { allVerbs, entityType, int32, set, string } from "../../src/edm/define.ts";
import { findLink, linksFrom, relationsOf, type Link } from "../../src/edm/links.ts";
import type { NavigationDefinition, PlaceDefinition } from "../../src/edm/resource.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";

const anyone = { permissions: { read: [], write: [] }, verbs: allVerbs };
const key = { key: ["id"], base: undefined as never };
const id = string({ nullable: false });

function modelOf(navigation: Readonly<Record<string, Readonly<Record<string, NavigationDefinition>>>>, more: Partial<PlaceDefinition> = {}) {
  const properties = { id, shelf: int32(), authorId: string() };
  const types = ["book", "author", "prize"].map((name) => entityType(name, { ...key, properties, navigation: navigation[name] ?? {} }));
  const novel = entityType("novel", { base: "book", properties: {}, navigation: navigation["novel"] ?? {} });
  const places = [set("books", "book", { ...anyone, ...more }), set("authors", "author", anyone), set("prizes", "prize", anyone)];
  return createModel({ namespace: "shop", container: "c", resources: [{ name: "shop", types: [...types, novel], places }] });
}

const textOf = (link: Link | undefined): string =>
  link === undefined ? "nowhere" : `${link.from.path} ${link.reversed ? "<" : ">"} ${link.to.path} by ${link.relation.name}`;

describe("navigation properties without containment", () => {
  test("lead to the one set of their type where nothing is bound", () => {
    const model = modelOf({ book: { writer: { type: "author" } } });
    expect(textOf(findLink(model, { place: model.place("books") }, "WRITER"))).toBe("books > authors by books/writer");
    expect(relationsOf(model)).toMatchObject([{ toOne: true, fromOne: false }]);
    expect(linksFrom(model, model.place("authors")).size).toBe(0);
  });

  test("of two partners are one relation, stored by the single one", () => {
    const model = modelOf({ author: { books: { type: "book", collection: true, partner: "writer" } }, book: { writer: { type: "author", partner: "books" } } });
    expect(relationsOf(model).map(({ name }) => name)).toEqual(["books/writer"]);
    expect(textOf(findLink(model, { place: model.place("authors") }, "books"))).toBe("authors < books by books/writer");
    expect(textOf(findLink(model, { place: model.place("books") }, "writer"))).toBe("books > authors by books/writer");
  });

  test("of which one has referential constraints are compared by columns", () => {
    const constraints = [{ property: "authorId", referenced: "id" }];
    const model = modelOf({ author: { books: { type: "book", collection: true, partner: "writer" } }, book: { writer: { type: "author", constraints } } });
    expect(relationsOf(model)).toMatchObject([{ name: "books/writer", columns: [{ source: "authorId", target: "id" }], toOne: true, fromOne: false }]);
  });

  test("of derived types are found behind their cast, and by their bare name", () => {
    const model = modelOf({ novel: { prizes: { type: "prize", collection: true } } });
    const place = model.place("books");
    const cast = model.findType("novel");
    if (cast?.kind !== "entity") throw new Error("no novel");
    expect(textOf(findLink(model, { place, cast }, "prizes"))).toBe("books > prizes by books/prizes");
    expect(findLink(model, { place }, "prizes")?.declaredBy).toBe(cast);
  });

  test("lead where they are bound, and a binding to nothing is refused", () => {
    const model = modelOf({ book: { sequel: { type: "book" } } }, { bindings: { sequel: "books" } });
    expect(textOf(findLink(model, { place: model.place("books") }, "sequel"))).toBe("books > books by books/sequel");
    expect(() => modelOf({ book: { sequel: { type: "book" } } }, { bindings: { sequel: "shelves" } })).toThrow(/'shelves'/);
  });

  test("change the version of a model; the security graph has none", () => {
    expect(modelOf({ book: { writer: { type: "author" } } }).version).not.toBe(modelOf({}).version);
    expect(relationsOf(createModel(securityGraph))).toEqual([]);
  });
});
