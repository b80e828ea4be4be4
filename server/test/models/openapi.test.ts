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
