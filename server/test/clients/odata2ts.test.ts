import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installClients, runClient, setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** A client that odata2ts generates from the server's own $metadata: what it says there has to be what it does. */
let served: ClientServer | undefined;
let facts: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  await installClients("odata2ts");
  served = await startForClients();
  const bare = await served.addApp("");
  facts = await runClient("odata2ts/odata2ts.mjs", { ...served.env, BARE_CLIENT_ID: bare.clientId, BARE_CLIENT_SECRET: bare.clientSecret }, 240_000);
}, setupPatience);
afterAll(() => served?.close(), 60_000);

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

  test("creates, and gets by a key in parentheses what the creation answered", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("got")).toEqual({ path: `${path}('x')`, same: true });
  });

  test("filters by generated query objects, selects, counts, and goes on after pages of $top", () => {
    expect(fact("paged")).toEqual({ count: 5, sizes: [2, 2, 1], all: true });
    expect(fact("selected")).toEqual(["id"]);
  });

  test("updates with the ETag that it read, and no second time", () => {
    expect(fact("updated")).toEqual({ status: updated, applied: true, newETag: true });
    expect(fact("stale")).toMatchObject({ status: 412, message: expect.stringContaining("The entity has changed") as unknown });
  });

  test("deletes, where that is allowed", () => {
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
  ["refused.badBody", 400, `Property 'currentScore': expected a number, got "much".`],
  ["refused.required", 400, "Property 'parameters' is required."],
  ["refused.quoteInKey", 400, "path: expected ')', found 's' at position 27."],
  ["refused.noToken", 401, "Access token is empty."],
  ["refused.unknownId", 404, "There is no object with the id '00000000-0000-4000-8000-000000000000' here."],
  ["refused.put", 405, "Specified HTTP method is not allowed for the request target. Allowed: GET, HEAD, PATCH, DELETE."],
  ["action.cancelledTwice", 409, "The action has ended as Failed; it cannot be cancelled."],
])("%s is shown as FetchClientError %i", (name, status, told) => {
  expect(facts[name]).toEqual({ status, message: `OData server responded with error: ${told}` });
});

test("an application without roles is told what it lacks", () => {
  expect(facts["refused.withoutRoles"]).toMatchObject({ status: 403, message: expect.stringContaining("SecurityEvents.Read.All") as unknown });
});

test("a quote in a filter, which the client does not double, is refused rather than misread", () => {
  expect(facts["refused.quoteInFilter"]).toMatchObject({ status: 400 });
});

test("the script went through to its end", () => {
  expect(facts["done"]).toBe(true);
});
