import { describe, expect, test } from "vitest";
import { factsOf } from "./realClients.ts";

/** The kiota runtime of @microsoft/msgraph-sdk with the generated beta models, and its fluent package for subscriptions, as published. */
const facts = factsOf("kiota.mjs");

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

  test("create, get: from the typed model, and every property of it is read back", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("lost")).toEqual([]);
    expect(fact("got")).toEqual({ lost: [], hasETag: true, dated: true });
  });

  test("list, filter, count: with $select", () => {
    expect([fact("listed"), fact("selected"), fact("counted")]).toEqual([true, ["odataType", "id"], { count: 5, bare: 5 }]);
  });

  test("page: the PageIterator goes on after a first page of $top", () => {
    expect(fact("paged")).toEqual({ first: 2, hasNextLink: true, all: true, state: "Complete" });
  });

  test("update, 412: with the ETag that was read, and no second time", () => {
    expect(fact("updated")).toEqual({ answered: [], kept: [], newETag: true });
    expect(fact("stale")).toMatchObject({ responseStatusCode: 412, code: "resourceModified", ...surfaced });
  });

  test("delete: where that is allowed", () => {
    expect(fact("deleted")).toMatchObject(deleted);
  });
});

test("token: of the application, kept while it is valid", () => {
  expect(facts["token"]).toEqual({ minutes: 60, kept: true });
});

test("batch (fault): reads and their statuses; of writes Content-Type and the body are lost", () => {
  // Bodies cannot be read, and writes go without headers: clients/README.md.
  expect(facts["batch.statuses"]).toEqual({ list: 200, none: 404 });
  expect(facts["batch.write"]).toMatchObject({
    responseStatusCode: 400,
    code: "BadRequest",
    ...surfaced,
    message: expect.stringMatching(/^Write request with id '.+' does not contain a Content-Type header\.$/) as unknown,
  });
});

test("409 in a batch: an action that has ended", () => {
  expect(facts["batch.ended"]).toEqual([{ cancel: 200 }, { cancel: 409 }]);
});

test("412 in a batch (fault): If-Match is lost, and what had changed is deleted", () => {
  expect(facts["batch.stale"]).toEqual({ stale: 204 });
});

test.each([
  ["400: half a filter", "badFilter", 400, "BadRequest", "$filter: expected an operand, found the end at position 15.", { target: "$filter" }],
  [
    "400: a filter by what is not declared",
    "unknownProperty",
    400,
    "BadRequest",
    "Could not find a property named 'nme' on type 'microsoft.graph.securityAction'.",
    { target: "$filter" },
  ],
  ["400: an unknown segment", "unknownSegment", 400, "BadRequest", "Resource not found for the segment 'secureThings'.", { target: "secureThings" }],
  ["401: a forged token", "badToken", 401, "InvalidAuthenticationToken", "Access token validation failure. Invalid issuer.", {}],
  ["401: a host that was not allowed", "hostWithPort", 401, "InvalidAuthenticationToken", "Access token is empty.", {}],
  ["404: an unknown id", "unknownId", 404, "itemNotFound", "There is no object with the id '00000000-0000-4000-8000-000000000000' here.", {}],
  ["a wrong method", "wrongMethod", 405, "MethodNotAllowed", "Specified HTTP method is not allowed for the request target. Allowed: GET, HEAD, POST.", {}],
  [
    "409: an action that has ended",
    "cancelledTwice",
    409,
    "ActionStateConflict",
    "'cancelSecurityAction' is not possible: the action is Failed. Possible now: nothing.",
    {},
  ],
])("%s, as an ODataError", (_name, fact, responseStatusCode, code, message, more) => {
  expect(facts[`refused.${fact}`]).toEqual({ responseStatusCode, code, message, ...surfaced, ...more });
});

test("400: every property that is missing is told", () => {
  const details = ["parameters", "vendorInformation/vendor", "vendorInformation/provider"];
  expect(facts["refused.required"]).toMatchObject({ responseStatusCode: 400, code: "BadRequest", ...surfaced, target: "parameters", details });
});

test("403: an application without roles is told what it lacks, a wrong secret by the issuer", () => {
  expect(facts["refused.withoutRoles"]).toMatchObject({ responseStatusCode: 403, code: "Forbidden", ...surfaced });
  expect(facts["refused.withoutRoles"]).toMatchObject({ message: expect.stringContaining("SecurityEvents.Read.All") as unknown });
  expect(facts["refused.badSecret"]).toMatchObject({ name: "AuthenticationRequiredError", message: expect.stringContaining("AADSTS7000215: ") as unknown });
});

test("subscriptions token, create, get, list: with an endpoint that answers the challenge, and every property of it is read back", () => {
  expect(facts["subscriptions.none"]).toBe(0);
  expect(facts["subscriptions.created"]).toEqual({ lost: [], applicationId: true, creatorId: true });
  expect(facts["subscriptions.got"]).toEqual({ lost: [], listed: true });
});

test("subscriptions are told of what is written", () => {
  expect(facts["subscriptions.told"]).toEqual({ ours: true, changeType: "created", clientState: "secret", score: true, count: 1 });
});

test("subscriptions update: a later end and nothing else, and it is reauthorized", () => {
  expect(facts["subscriptions.renewed"]).toEqual({ answered: [], kept: [] });
  expect(facts["subscriptions.changed"]).toMatchObject({ responseStatusCode: 400, code: "BadRequest", ...surfaced, target: "resource" });
  expect(facts["subscriptions.reauthorized"]).toEqual({ answered: null });
});

test("subscriptions delete, 404: it is gone, and one that never was is not there", () => {
  expect(facts["subscriptions.deleted"]).toMatchObject(gone);
  expect(facts["subscriptions.unknown"]).toMatchObject(gone);
});

test("subscriptions 400: an endpoint that cannot be reached, an end that is past", () => {
  expect(facts["subscriptions.unreachable"]).toMatchObject({ responseStatusCode: 400, code: "ValidationError", ...surfaced });
  expect(facts["subscriptions.past"]).toMatchObject({ responseStatusCode: 400, code: "BadRequest", ...surfaced, target: "expirationDateTime" });
});
