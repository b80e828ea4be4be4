import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { openapi } from "../../src/edm/openapi.ts";
import { harbourDefinition } from "./harbour.ts";

test("the OpenAPI document of a model with everything is one", async () => {
  const document = JSON.parse(openapi(createModel(harbourDefinition()), ["https://harbour.example"]));
  const { valid, errors } = await new Validator().validate(document);
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  const ids = Object.values<Record<string, { operationId?: string }>>(document.paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId }) => operationId ?? []),
  );
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

test("imports, functions with their parameters, and content have paths of their own", () => {
  const { paths } = JSON.parse(openapi(createModel(harbourDefinition()), ["https://harbour.example"]));
  const has = (path: string): string[] => Object.keys(paths[path] ?? {}).filter((name) => name !== "parameters");
  expect(has("/CountVessels()")).toEqual(["get"]);
  expect(has("/CountVessels(condition={condition})")).toEqual(["get"]);
  expect(paths["/CountVessels(condition={condition})"].parameters).toEqual([{ name: "condition", in: "path", required: true, schema: { type: "string" } }]);
  expect(paths["/CountVessels()"].get.responses["200"].content["application/json"].schema.properties.value).toMatchObject({ type: "integer" });
  expect(has("/Reset")).toEqual(["post"]);
  expect(paths["/Reset"].post.responses["204"]).toBeDefined();
  expect(has("/Vessels/{Vessel-id}/Distance(from={from})")).toEqual(["get"]);
  expect(has("/People/{Person-id}/Photo")).toEqual(["get", "put"]);
  expect(has("/Documents/{Document-id}/$value")).toEqual(["get", "put"]);
  expect(paths["/Documents/{Document-id}/$value"].put.requestBody.content["*/*"].schema).toEqual({ type: "string", format: "binary" });
});
