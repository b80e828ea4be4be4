import { expect, test } from "vitest";
import { factsOf } from "./realClients.ts";
import { testGraphWalk } from "./testGraphWalk.ts";

/** @microsoft/microsoft-graph-client with a client secret of @azure/identity, as published, over TLS with the generated CA. */
const facts = factsOf("graph-client.mjs");

testGraphWalk(facts);

test("token: of the application in its tenant, kept while it is valid", () => {
  expect(facts["token.first"]).toEqual({ minutes: 60, tenant: true, app: true });
  expect(facts["token.kept"]).toBe(true);
});

test("403: an application without roles is told what it lacks", () => {
  expect(facts["refused.withoutRoles"]).toMatchObject({ statusCode: 403, code: "Forbidden", requestId: true, date: true });
  expect(facts["refused.withoutRoles"]).toMatchObject({ message: expect.stringContaining("SecurityEvents.Read.All") as unknown });
});

test("a wrong secret is refused as Entra refuses it", () => {
  expect(facts["refused.badSecret"]).toMatchObject({
    name: "AuthenticationRequiredError",
    message: expect.stringMatching(/^invalid_client: .*AADSTS7000215: /) as unknown,
  });
  // The Graph client knows no status of it: clients/README.md.
  expect(facts["refused.badSecretInGraph"]).toMatchObject({ statusCode: -1, code: "AuthenticationRequiredError" });
});
