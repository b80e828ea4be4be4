import { expect, test } from "vitest";
import { factsOf } from "./realClients.ts";
import { testGraphWalk } from "./testGraphWalk.ts";

/** @azure/msal-node with client credentials, as published, and the Graph client with its tokens. */
const facts = factsOf("msal.mjs");

testGraphWalk(facts);

test("token: of the application in its tenant, kept until it is asked to be fresh", () => {
  expect(facts["token.first"]).toEqual({ type: "Bearer", fromCache: false, minutes: 60, tenant: true, app: true });
  expect(facts["token.second"]).toEqual({ fromCache: true, same: true });
  expect(facts["token.fresh"]).toEqual({ fromCache: false, same: false });
});

test("token: a tenant may be given by its name", () => {
  expect(facts["token.byName"]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test.each([
  ["badSecret", "invalid_client", 401, 7_000_215],
  ["unknownApp", "unauthorized_client", 400, 700_016],
  ["otherTenant", "unauthorized_client", 400, 700_016],
  ["scope", "invalid_resource", 400, 500_011],
])("%s is shown as ServerError %s", (name, errorCode, status, errorNo) => {
  expect(facts[`refused.${name}`]).toMatchObject({ name: "ServerError", errorCode, status, errorNo, hasCorrelationId: true });
  expect(facts[`refused.${name}`]).toMatchObject({ errorMessage: expect.stringContaining(`AADSTS${errorNo}: `) as unknown });
});

test("403: an application without roles gets a token and then a 403", () => {
  expect(facts["refused.withoutRoles"]).toEqual({ name: "GraphError", statusCode: 403, code: "Forbidden" });
  // The Graph client knows no status of what its token provider throws: clients/README.md.
  expect(facts["refused.badSecretInGraph"]).toEqual({ name: "GraphError", statusCode: -1, code: "ServerError" });
});
