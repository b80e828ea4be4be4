import { describe, expect, test } from "vitest";
import { factsOf } from "./realClients.ts";

/** A client that odata2ts generates from the server's own $metadata: what it says there has to be what it does. */
const facts = factsOf("odata2ts/odata2ts.mjs", { patience: 240_000 });

test("token: that of a form is taken; the client brings nothing that gets one", () => {
  expect(facts["token"]).toBe(true);
});

test("the generated types compile, and tell a wrong draft from a right one", () => {
  expect(facts["generated.faults"]).toBe("");
});

const gone = { answered: 204, after: 404 };
const cast = "microsoft.graph.securityConfigurationTask";

describe.each([
  { name: "secureScores", type: "secureScore", path: "/security/secureScores", updated: 204, deleted: gone },
  { name: "securityActions", type: "securityAction", path: "/security/securityActions", updated: 204, deleted: { status: 405 } },
  { name: "userSecurityProfiles", type: "userSecurityProfile", path: "/security/userSecurityProfiles", updated: 204, deleted: gone },
  {
    name: "deviceAppManagementTasks",
    type: "securityConfigurationTask",
    path: `/deviceAppManagement/deviceAppManagementTasks/${cast}`,
    updated: 200,
    deleted: gone,
  },
])("$name", ({ name, type, path, updated, deleted }) => {
  const fact = (what: string): unknown => facts[`${name}.${what}`];

  test("create, get: what the creation answered is what is read by a key in parentheses", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("got")).toEqual({ path: `${path}('x')`, same: true });
  });

  test("list, filter, count: by generated query objects, with $select", () => {
    expect([fact("listed"), fact("selected")]).toEqual([true, ["id"]]);
    expect(fact("paged")).toMatchObject({ count: 5 });
  });

  test("page (fault): it follows no next link; the HTTP client beneath it does", () => {
    expect(fact("paged")).toMatchObject({ sizes: [2, 2, 1], all: true });
  });

  test("update, 412: with the ETag that was read, and no second time", () => {
    expect(fact("updated")).toEqual({ status: updated, applied: true, newETag: true });
    expect(fact("stale")).toMatchObject({ status: 412, message: expect.stringContaining("The entity has changed") as unknown });
  });

  test("delete: where that is allowed", () => {
    expect(fact("deleted")).toMatchObject(deleted);
  });
});

test("bound actions by their generated names", () => {
  // The client wants JSON although there is none, after the action was carried out: clients/README.md.
  expect(facts["action.cancelled"]).toMatchObject({ status: 200, message: expect.stringContaining("Unexpected end of JSON input") as unknown });
  expect(facts["action.then"]).toBe("Failed");
  expect(facts["task.updated"]).toEqual({ answered: 204 });
  expect(facts["task.history"]).toEqual([
    { status: "pending", note: null },
    { status: "active", note: "begun" },
  ]);
});

test.each([
  ["400: a value of the wrong type", "refused.badBody", 400, `Property 'currentScore': expected a number, got "much".`],
  ["400: what is required is missing", "refused.required", 400, "Property 'parameters' is required."],
  ["400: a quote in a key, which the client does not double", "refused.quoteInKey", 400, "path: expected ')', found 's' at position 27."],
  ["401: a forged token", "refused.badToken", 401, "Access token validation failure. Invalid issuer."],
  ["401: no token", "refused.noToken", 401, "Access token is empty."],
  ["404: an unknown id", "refused.unknownId", 404, "There is no object with the id '00000000-0000-4000-8000-000000000000' here."],
  ["a wrong method", "refused.put", 405, "Specified HTTP method is not allowed for the request target. Allowed: GET, HEAD, PATCH, DELETE."],
  ["409: an action that has ended", "action.cancelledTwice", 409, "'cancelSecurityAction' is not possible: the action is Failed. Possible now: nothing."],
])("%s, as a FetchClientError", (_name, fact, status, told) => {
  expect(facts[fact]).toEqual({ status, message: `OData server responded with error: ${told}` });
});

test("403: an application without roles is told what it lacks", () => {
  expect(facts["refused.withoutRoles"]).toMatchObject({ status: 403, message: expect.stringContaining("SecurityEvents.Read.All") as unknown });
});

test("400: a quote in a filter, which the client does not double, is refused rather than misread", () => {
  expect(facts["refused.quoteInFilter"]).toMatchObject({ status: 400 });
});
