import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { exampleOf } from "../../src/edm/exampleOf.ts";
import { openapi } from "../../src/edm/openapi.ts";
import { routesOf } from "../../src/edm/openapiRoutes.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";

const model = createModel(securityGraph);
const document = JSON.parse(
  openapi(
    model,
    ["v1.0", "beta", "localtest"].map((root) => `https://hub.contoso.com/${root}`),
  ),
);

interface Operation {
  readonly operationId: string;
  readonly security: readonly { readonly bearer: readonly string[] }[];
}
const methods = ["get", "post", "patch", "delete"] as const;
const operations = Object.values<Record<string, Operation>>(document.paths).flatMap((item) => methods.flatMap((method) => item[method] ?? []));

/** Every `$ref` in a value. */
function references(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === "$ref" ? [String(inner)] : references(inner)));
}

test("the public validator finds nothing", async () => {
  const verdict = await new Validator().validate(structuredClone(document));
  expect(verdict).toEqual({ valid: true });
});

test("every reference leads somewhere, every operation has its own id and a permission", () => {
  const found = (reference: string) =>
    reference
      .slice(2)
      .split("/")
      .reduce((inside, step) => inside?.[step], document);
  expect(references(document).filter((reference) => found(reference) === undefined)).toEqual([]);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(operations.filter(({ security }) => security.length === 0)).toEqual([]);
});

test("every place and verb is there, at every URL of the place", () => {
  const method = { list: "get", get: "get", create: "post", update: "patch", upsert: "patch", delete: "delete" } as const;
  const missing = routesOf(model).flatMap(({ place, template, entity }) =>
    [...place.verbs].flatMap((verb) => {
      const path = verb === "list" || verb === "create" ? template : entity;
      return document.paths[path]?.[method[verb]] === undefined ? [`${verb} ${path}`] : [];
    }),
  );
  expect(missing).toEqual([]);
  expect(document.paths["/security/securityActions/{securityAction-id}"].delete).toBeUndefined();
  expect(document.paths["/securities/{security-id}/secureScores"].get.security).toEqual([
    { bearer: ["SecurityEvents.Read.All"] },
    { bearer: ["SecurityEvents.ReadWrite.All"] },
  ]);
});

test("names the server that it is asked for, on every root", () => {
  const urls = JSON.parse(openapi(model, ["http://127.0.0.1:7080/v1.0", "https://localhost"])).servers.map((server: { url: string }) => server.url);
  expect(urls).toEqual(["http://127.0.0.1:7080/v1.0", "https://localhost"]);
});

test("an example holds what a client may send, and an answer everything", () => {
  const type = model.place("security/secureScores").type;
  expect(Object.keys(exampleOf(type, "request"))).toEqual([
    "@odata.type",
    "activeUserCount",
    "averageComparativeScores",
    "controlScores",
    "currentScore",
    "enabledServices",
    "licensedUserCount",
    "maxScore",
    "vendorInformation",
  ]);
  expect(exampleOf(type, "answer")).toMatchObject({
    "@odata.type": "#microsoft.graph.secureScore",
    currentScore: 12.5,
    createdDateTime: "2026-01-15T08:30:00Z",
  });
});
