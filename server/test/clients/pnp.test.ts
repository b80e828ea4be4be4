import { describe, expect, test } from "vitest";
import { factsOf } from "./realClients.ts";

/** @pnp/graph and @pnp/nodejs, as published, with the MSAL behaviour that they bring. */
const facts = factsOf("pnp.mjs");

/** What the error of the client says of a refusal: the text of the answer is within its message. */
const surfaced = { within: true, requestId: true };
const gone = { status: 404, code: "itemNotFound", ...surfaced };

describe.each([
  { name: "secureScores", type: "secureScore", deleted: gone },
  { name: "securityActions", type: "securityAction", deleted: { status: 405, code: "MethodNotAllowed", ...surfaced } },
  { name: "userSecurityProfiles", type: "userSecurityProfile", deleted: gone },
  { name: "deviceAppManagementTasks", type: "securityConfigurationTask", deleted: gone },
])("$name", ({ name, type, deleted }) => {
  const fact = (what: string): unknown => facts[`${name}.${what}`];

  test("create, get: what the creation answered is what is read", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("got")).toEqual({ same: true, hasETag: true });
  });

  test("list, filter, count: with $select", () => {
    expect([fact("listed"), fact("selected")]).toEqual([true, ["id"]]);
    expect(fact("counted")).toEqual({ count: 5, page: 1, hasNext: true });
  });

  test("count (fault): Count() is always 0", () => {
    expect(fact("countedByCount")).toBe(0);
  });

  test("page: the asynchronous iterator walks over pages of $top", () => {
    expect(fact("paged")).toEqual({ sizes: [2, 2, 1], all: true });
  });

  test("update, 412: with the ETag that was read, and no second time", () => {
    expect(fact("updated")).toEqual({ applied: true, newETag: true });
    expect(fact("stale")).toMatchObject({ status: 412, code: "resourceModified", ...surfaced });
  });

  test("delete: where that is allowed", () => {
    expect(fact("deleted")).toMatchObject(deleted);
  });
});

test("token: of the application in its tenant, kept while it is valid", () => {
  expect(facts["token"]).toEqual({ tenant: true, app: true, kept: true });
});

test("batch: each answer where it was asked for", () => {
  expect(facts["batch.answers"]).toMatchObject({ made: ["pnp-batch"], listed: 1, none: gone });
  expect(facts["batch.kept"]).toBe(1);
});

test("409 in a batch, 412 in a batch: each where it was asked for, and the rest is done", () => {
  expect(facts["batch.refused"]).toMatchObject({
    changed: { status: 412, code: "resourceModified" },
    ended: { status: 409, code: "ActionStateConflict", message: "'cancelSecurityAction' is not possible: the action is Failed. Possible now: nothing." },
    kept: 4,
  });
});

test.each([
  ["400: a value of the wrong type", "badBody", 400, "BadRequest", `Property 'currentScore': expected a number, got "much".`],
  ["400: half a filter", "badFilter", 400, "BadRequest", "$filter: expected an operand, found the end at position 15."],
  ["400: an unknown segment", "unknownSegment", 400, "BadRequest", "Resource not found for the segment 'secureThings'."],
  ["401: a forged token", "badToken", 401, "InvalidAuthenticationToken", "Access token validation failure. Invalid issuer."],
  ["401: no token", "noToken", 401, "InvalidAuthenticationToken", "Access token is empty."],
  ["404: an unknown id", "unknownId", 404, "itemNotFound", "There is no object with the id '00000000-0000-4000-8000-000000000000' here."],
  ["a wrong method", "put", 405, "MethodNotAllowed", "Specified HTTP method is not allowed for the request target. Allowed: GET, HEAD, PATCH."],
  [
    "409: an action that has ended",
    "cancelledTwice",
    409,
    "ActionStateConflict",
    "'cancelSecurityAction' is not possible: the action is Failed. Possible now: nothing.",
  ],
])("%s, as an HttpRequestError", (_name, fact, status, code, message) => {
  expect(facts[`refused.${fact}`]).toEqual({ status, code, message, ...surfaced });
});

test("403: an application without roles is told what it lacks, a wrong secret by the issuer", () => {
  expect(facts["refused.withoutRoles"]).toMatchObject({ status: 403, code: "Forbidden", ...surfaced });
  expect(facts["refused.badSecret"]).toMatchObject({ name: "ServerError", message: expect.stringContaining("AADSTS7000215: ") as unknown });
});

test("an action without an answer's body succeeds", () => {
  expect(facts["action.cancelled"]).toEqual({});
});

test("the client's subscriptions: none listed, and none made whose endpoint cannot be reached", () => {
  expect(facts["subscriptions.listed"]).toEqual([]);
  expect(facts["subscriptions.created"]).toMatchObject({ status: 400, code: "ValidationError", ...surfaced });
});
