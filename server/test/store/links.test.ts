import { expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { allVerbs, entityType, set, string } from "../../src/edm/define.ts";
import { findLink } from "../../src/edm/links.ts";
import { linkJoin, linkTest } from "../../src/store/linkTest.ts";
import { postgresDialect } from "../../src/store/postgres/dialect.ts";
import { schemaOf } from "../../src/store/schema.ts";
import { sqliteDialect } from "../../src/store/sqlite/dialect.ts";

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
