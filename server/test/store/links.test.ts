import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { join } from "node:path";
import { createModel } from "../../src/edm/createModel.ts";
import { allVerbs, entityType, set, string } from "../../src/edm/define.ts";
import { findLink } from "../../src/edm/links.ts";
import { linkJoin, linkTest } from "../../src/store/linkTest.ts";
import { postgresDialect } from "../../src/store/postgres/dialect.ts";
import { schemaOf } from "../../src/store/schema.ts";
import { sqliteDialect } from "../../src/store/sqlite/dialect.ts";
import { storedRows } from "../engine.ts";
import { callerOf, otherTenant, type TestHub } from "../wire/hub.ts";
import { libraryDefinition, openLibrary } from "../wire/library.ts";

const anyone = { permissions: { read: [], write: [] }, verbs: allVerbs };
const node = (name: string, navigation: Parameters<typeof entityType>[1]["navigation"] = {}) =>
  entityType(name, { base: undefined as never, key: ["id"], properties: { id: string({ nullable: false }), topId: string() }, navigation });
const model = createModel({
  namespace: "n",
  container: "c",
  resources: [
    {
      name: "n",
      types: [
        node("leaf", {
          twigs: { type: "twig", collection: true, partner: "leaves" },
          top: { type: "twig", constraints: [{ property: "topId", referenced: "id" }] },
        }),
        node("twig", { leaves: { type: "leaf", collection: true, partner: "twigs" } }),
      ],
      places: [set("leaves", "leaf", anyone), set("twigs", "twig", anyone)],
    },
  ],
});
const schema = schemaOf(model);
const linkOf = (place: string, name: string) => findLink(model, { place: model.place(place) }, name)!;
const ends = { from: "f", to: "t" };

test.each([sqliteDialect, postgresDialect])("a link as a condition and as a join: $name", (dialect) => {
  const at = { dialect, schema };
  expect(schema.links.map(({ name }) => name)).toEqual(["links.leaves_twigs"]);
  expect(linkTest(linkOf("leaves", "twigs"), ends, at)).toBe(
    `t."hub" = f."hub" AND t."n" IN (SELECT lk."target" FROM "links.leaves_twigs" AS lk WHERE lk."hub" = f."hub" AND lk."source" = f."n")`,
  );
  expect(linkTest(linkOf("twigs", "leaves"), ends, at)).toContain(`lk."target" = f."n"`);
  expect(linkTest(linkOf("leaves", "top"), ends, at)).toBe(`t."hub" = f."hub" AND f."topId" = t."id"`);
  expect(linkJoin(linkOf("twigs", "leaves"), { ...ends, via: "v" }, at)).toBe(
    ` JOIN "links.leaves_twigs" AS v ON v."hub" = f."hub" AND v."target" = f."n" JOIN "leaves" AS t ON t."hub" = v."hub" AND t."n" = v."source"`,
  );
  expect(linkJoin(linkOf("leaves", "top"), { ...ends, via: "v" }, at)).toBe(` JOIN "twigs" AS t ON t."hub" = f."hub" AND f."topId" = t."id"`);
});

describe("the rows of relations", () => {
  const root = "/v1.0";
  const tables = `SELECT "source" FROM "links.books_shelves"`;
  let hub: TestHub;
  beforeAll(async () => {
    hub = await openLibrary();
    await hub.post(`${root}/books`, { id: "b", title: "B", shelves: [{ id: "s" }], chapters: [{ id: "c", cites: [{ id: "d", title: "D" }] }] });
  });
  afterAll(() => hub.close());
  const file = (): string => join(hub.folder, "hub.sqlite");
  const idsAt = async (path: string): Promise<string[]> => (await hub.get(`${root}/${path}`)).json.value.map(({ id }: { id: string }) => id);

  test("stand through a migration of their ends; those of a relation that is gone do not come back as others'", async () => {
    const resources = libraryDefinition.resources.map((resource) => ({
      ...resource,
      types: resource.types.map((type) =>
        type.kind === "entity" && type.name === "shelf" ? { ...type, properties: { ...type.properties, added: string() } } : type,
      ),
    }));
    hub = await hub.reopen(createModel({ ...libraryDefinition, resources }));
    expect((await hub.get(`${root}/shelves('s')`)).json.added).toBeNull();
    expect(await idsAt("books('b')/shelves")).toEqual(["s"]);
    expect(await storedRows(file(), tables)).toHaveLength(1);
  });

  test("are seen in their hub alone, and go with what contains their ends", async () => {
    const caller = callerOf({ tenant: otherTenant });
    await hub.post(`${root}/books`, { id: "b", title: "B", shelves: [{ id: "s" }] }, { caller });
    expect(await storedRows(file(), tables)).toHaveLength(2);
    expect(await idsAt("books('b')/shelves")).toEqual(["s"]);
    expect((await hub.remove(`${root}/books('b')`)).status).toBe(204);
    expect(await storedRows(file(), tables)).toHaveLength(1);
    expect(await storedRows(file(), `SELECT "source" FROM "links.books_chapters_cites"`)).toHaveLength(0);
    expect((await hub.get(`${root}/books('b')/shelves`, { caller })).json.value).toHaveLength(1);
  });
});
