import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installClients, runClient, setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** @microsoft/microsoft-graph-client and @azure/identity, as published, over TLS with the generated CA. */
let served: ClientServer | undefined;
let facts: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  await installClients();
  served = await startForClients();
  const bare = await served.addApp("");
  facts = await runClient("graph-client.mjs", { ...served.env, BARE_CLIENT_ID: bare.clientId, BARE_CLIENT_SECRET: bare.clientSecret });
}, setupPatience);
afterAll(() => served?.close(), 60_000);

const stale = { statusCode: 412, code: "resourceModified" };
const gone = { statusCode: 404, code: "itemNotFound" };

describe.each([
  { name: "secureScores", type: "secureScore", deleted: gone },
  { name: "securityActions", type: "securityAction", deleted: { statusCode: 405, code: "MethodNotAllowed" } },
  { name: "userSecurityProfiles", type: "userSecurityProfile", deleted: gone },
  { name: "deviceAppManagementTasks", type: "securityConfigurationTask", deleted: gone },
])("$name", ({ name, type, deleted }) => {
  const fact = (what: string): unknown => facts[`${name}.${what}`];

  test("creates, and gets back what the creation answered", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("got")).toEqual({ same: true, hasETag: true });
  });

  test("filters, selects, counts and limits", () => {
    expect([fact("selected"), fact("counted"), fact("top")]).toEqual([["id"], { count: 5, bare: 5 }, 3]);
  });

  test("the page iterator sees each one once", () => {
    expect(fact("paged")).toEqual({ first: 2, hasNextLink: true, all: true, complete: true });
  });

  test("updates with the ETag that it read, and no second time", () => {
    expect(fact("updated")).toEqual({ applied: true, newETag: true });
    expect(fact("stale")).toMatchObject({ ...stale, requestId: true, date: true });
  });

  test("deletes, where that is allowed", () => {
    expect(fact("deleted")).toMatchObject(deleted);
  });
});

test("a JSON batch, written by hand and by the client's classes", () => {
  expect(facts["batch.statuses"]).toEqual({ list: 200, make: 201, after: 200, none: 404 });
  expect(facts["batch.made"]).toEqual(["client-batch"]);
  expect(facts["batch.classes"]).toEqual({ statuses: [201, 200], service: ["client-batch"], listed: 2 });
});

test.each([
  ["badBody", 400, "BadRequest", `Property 'currentScore': expected a number, got "much".`],
  ["badFilter", 400, "BadRequest", "$filter: expected an operand, found the end at position 15."],
  ["unknownProperty", 400, "BadRequest", "Could not find a property named 'nme' on type 'microsoft.graph.securityAction'."],
  ["required", 400, "BadRequest", "Property 'parameters' is required."],
  ["unknownSegment", 400, "BadRequest", "Resource not found for the segment 'secureThings'."],
  ["badToken", 401, "InvalidAuthenticationToken", "Access token validation failure. Invalid issuer."],
  ["unknownId", 404, "itemNotFound", "There is no object with the id '00000000-0000-4000-8000-000000000000' here."],
  ["cancelledTwice", 409, "Conflict", "The action has ended as Failed; it cannot be cancelled."],
])("%s is shown as GraphError %i %s", (name, statusCode, code, message) => {
  expect(facts[`refused.${name}`]).toEqual({ statusCode, code, message, requestId: true, date: true });
});

test("an application without roles is told what it lacks", () => {
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

test("the script went through to its end", () => {
  expect(facts["done"]).toBe(true);
});
