import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installClients, runClient, setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** The kiota runtime of @microsoft/msgraph-sdk with the generated beta models, and its fluent package for subscriptions, as published. */
let served: ClientServer | undefined;
let facts: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  await installClients();
  served = await startForClients();
  const bare = await served.addApp("");
  facts = await runClient("kiota.mjs", { ...served.env, BARE_CLIENT_ID: bare.clientId, BARE_CLIENT_SECRET: bare.clientSecret });
}, setupPatience);
afterAll(() => served?.close(), 60_000);

/** An ODataError as generated code sees it: the message twice, the request's id as in the header, a date. */
const surfaced = { repeated: true, requestId: true, date: true };
const gone = { responseStatusCode: 404, code: "itemNotFound", ...surfaced };

describe.each([
  { name: "secureScores", type: "secureScore", deleted: gone },
  { name: "securityActions", type: "securityAction", deleted: { responseStatusCode: 405, code: "MethodNotAllowed", ...surfaced } },
  { name: "userSecurityProfiles", type: "userSecurityProfile", deleted: gone },
  { name: "deviceAppManagementTasks", type: "securityConfigurationTask", deleted: gone },
])("$name", ({ name, type, deleted }) => {
  const fact = (what: string): unknown => facts[`${name}.${what}`];

  test("creates from the typed model, and reads back every property of it", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("lost")).toEqual([]);
    expect(fact("got")).toEqual({ lost: [], hasETag: true, dated: true });
  });

  test("filters, selects and counts", () => {
    expect([fact("selected"), fact("counted")]).toEqual([["odataType", "id"], { count: 5, bare: 5 }]);
  });

  test("the page iterator goes on after a first page of $top", () => {
    expect(fact("paged")).toEqual({ first: 2, hasNextLink: true, all: true, state: "Complete" });
  });

  test("updates with the ETag that it read, and no second time", () => {
    expect(fact("updated")).toEqual({ answered: [], kept: [], newETag: true });
    expect(fact("stale")).toMatchObject({ responseStatusCode: 412, code: "resourceModified", ...surfaced });
  });

  test("deletes, where that is allowed", () => {
    expect(fact("deleted")).toMatchObject(deleted);
  });
});

test("a batch: its statuses, and Graph's refusal of a write without Content-Type", () => {
  // Bodies cannot be read, and writes go without headers: clients/README.md.
  expect(facts["batch.statuses"]).toEqual({ list: 200, none: 404 });
  expect(facts["batch.write"]).toMatchObject({
    responseStatusCode: 400,
    code: "BadRequest",
    ...surfaced,
    message: expect.stringMatching(/^Write request with id '.+' does not contain a Content-Type header\.$/) as unknown,
  });
});

test.each([
  ["badFilter", 400, "BadRequest", "$filter: expected an operand, found the end at position 15.", { target: "$filter" }],
  ["unknownProperty", 400, "BadRequest", "Could not find a property named 'nme' on type 'microsoft.graph.securityAction'.", { target: "$filter" }],
  ["unknownSegment", 400, "BadRequest", "Resource not found for the segment 'secureThings'.", { target: "secureThings" }],
  ["hostWithPort", 401, "InvalidAuthenticationToken", "Access token is empty.", {}],
  ["unknownId", 404, "itemNotFound", "There is no object with the id '00000000-0000-4000-8000-000000000000' here.", {}],
  ["wrongMethod", 405, "MethodNotAllowed", "Specified HTTP method is not allowed for the request target. Allowed: GET, HEAD, POST.", {}],
  ["cancelledTwice", 409, "Conflict", "The action has ended as Failed; it cannot be cancelled.", {}],
])("%s is shown as ODataError %i %s", (name, responseStatusCode, code, message, more) => {
  expect(facts[`refused.${name}`]).toEqual({ responseStatusCode, code, message, ...surfaced, ...more });
});

test("every property that is missing is told", () => {
  const details = ["parameters", "vendorInformation/vendor", "vendorInformation/provider"];
  expect(facts["refused.required"]).toMatchObject({ responseStatusCode: 400, code: "BadRequest", ...surfaced, target: "parameters", details });
});

test("an application without roles is told what it lacks, a wrong secret by the issuer", () => {
  expect(facts["refused.withoutRoles"]).toMatchObject({ responseStatusCode: 403, code: "Forbidden", ...surfaced });
  expect(facts["refused.withoutRoles"]).toMatchObject({ message: expect.stringContaining("SecurityEvents.Read.All") as unknown });
  expect(facts["refused.badSecret"]).toMatchObject({ name: "AuthenticationRequiredError", message: expect.stringContaining("AADSTS7000215: ") as unknown });
});

test("the fluent client of subscriptions lists none and is told that there are none yet", () => {
  expect(facts["subscriptions.listed"]).toBe(0);
  expect(facts["subscriptions.created"]).toMatchObject({ responseStatusCode: 501, code: "NotImplemented", ...surfaced });
  expect(facts["subscriptions.unknown"]).toMatchObject(gone);
});

test("the script went through to its end", () => {
  expect(facts["done"]).toBe(true);
});
