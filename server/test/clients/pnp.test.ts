import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installClients, runClient, setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** @pnp/graph and @pnp/nodejs, as published, with the MSAL behaviour that they bring. */
let served: ClientServer | undefined;
let facts: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  await installClients();
  served = await startForClients();
  const bare = await served.addApp("");
  facts = await runClient("pnp.mjs", { ...served.env, BARE_CLIENT_ID: bare.clientId, BARE_CLIENT_SECRET: bare.clientSecret });
}, setupPatience);
afterAll(() => served?.close(), 60_000);

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

  test("creates, and gets back what the creation answered", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("got")).toEqual({ same: true, hasETag: true });
  });

  test("filters, selects and counts", () => {
    expect(fact("selected")).toEqual(["id"]);
    // The client's own Count() is always 0: clients/README.md.
    expect(fact("counted")).toEqual({ count: 5, page: 1, hasNext: true, byCount: 0 });
  });

  test("the asynchronous iterator walks over pages of $top", () => {
    expect(fact("paged")).toEqual({ sizes: [2, 2, 1], all: true });
  });

  test("updates with the ETag that it read, and no second time", () => {
    expect(fact("updated")).toEqual({ applied: true, newETag: true });
    expect(fact("stale")).toMatchObject({ status: 412, code: "resourceModified", ...surfaced });
  });

  test("deletes, where that is allowed", () => {
    expect(fact("deleted")).toMatchObject(deleted);
  });
});

test("a batch, each answer where it was asked for", () => {
  expect(facts["batch.answers"]).toMatchObject({ made: ["pnp-batch"], listed: 1, none: gone });
  expect(facts["batch.kept"]).toBe(1);
});

test.each([
  ["badBody", 400, "BadRequest", `Property 'currentScore': expected a number, got "much".`],
  ["badFilter", 400, "BadRequest", "$filter: expected an operand, found the end at position 15."],
  ["unknownSegment", 400, "BadRequest", "Resource not found for the segment 'secureThings'."],
  ["badToken", 401, "InvalidAuthenticationToken", "Access token validation failure. Invalid issuer."],
  ["noToken", 401, "InvalidAuthenticationToken", "Access token is empty."],
  ["unknownId", 404, "itemNotFound", "There is no object with the id '00000000-0000-4000-8000-000000000000' here."],
  ["put", 405, "MethodNotAllowed", "Specified HTTP method is not allowed for the request target. Allowed: GET, HEAD, PATCH."],
  ["cancelledTwice", 409, "Conflict", "The action has ended as Failed; it cannot be cancelled."],
])("%s is shown as HttpRequestError %i %s", (name, status, code, message) => {
  expect(facts[`refused.${name}`]).toEqual({ status, code, message, ...surfaced });
});

test("an application without roles is told what it lacks, a wrong secret by the issuer", () => {
  expect(facts["refused.withoutRoles"]).toMatchObject({ status: 403, code: "Forbidden", ...surfaced });
  expect(facts["refused.badSecret"]).toMatchObject({ name: "ServerError", message: expect.stringContaining("AADSTS7000215: ") as unknown });
});

test("an action without an answer's body succeeds", () => {
  expect(facts["action.cancelled"]).toEqual({});
});

test("the client's subscriptions: none listed, and none can be made yet", () => {
  expect(facts["subscriptions.listed"]).toEqual([]);
  expect(facts["subscriptions.created"]).toMatchObject({ status: 501, code: "NotImplemented", ...surfaced });
});

test("the script went through to its end", () => {
  expect(facts["done"]).toBe(true);
});
