import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { permissionsPage } from "../../../tools/docs/permissions.ts";
import { resourcesPage } from "../../../tools/docs/resources.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";

const model = createModel(securityGraph);

test.each([
  ["permissions.md", permissionsPage],
  ["resources.md", resourcesPage],
])("docs/reference/%s is what the model says (else: node run.mjs tools/docs/write.ts)", (name, generate) => {
  const committed = readFileSync(join(import.meta.dirname, "../../../docs/reference", name), "utf8");
  expect(committed.replaceAll("\r\n", "\n")).toBe(generate(model));
});

test("every permission of the model has its meaning in the page", () => {
  expect(permissionsPage(model)).not.toMatch(/\|\s+\|\n/);
});
