import { describe, expect, test } from "vitest";
import type { Facts } from "./realClients.ts";

const gone = { statusCode: 404, code: "itemNotFound" };

/** Registers the tests of what clients/graph-walk.mjs told: @microsoft/microsoft-graph-client, whoever gets its tokens. */
export function testGraphWalk(facts: Facts): void {
  describe.each([
    { name: "secureScores", type: "secureScore", deleted: gone },
    { name: "securityActions", type: "securityAction", deleted: { statusCode: 405, code: "MethodNotAllowed" } },
    { name: "userSecurityProfiles", type: "userSecurityProfile", deleted: gone },
    { name: "deviceAppManagementTasks", type: "securityConfigurationTask", deleted: gone },
  ])("$name", ({ name, type, deleted }) => {
    testCollection((what) => facts[`${name}.${what}`], { type, deleted });
  });
  testBatches(facts);
  testRefusals(facts);
}

function testCollection(fact: (what: string) => unknown, { type, deleted }: { readonly type: string; readonly deleted: object }): void {
  test("create, get: what the creation answered is what is read", () => {
    expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
    expect(fact("got")).toEqual({ same: true, hasETag: true });
  });

  test("list, filter, count: with $select and $top", () => {
    expect([fact("listed"), fact("selected"), fact("counted"), fact("top")]).toEqual([true, ["id"], { count: 5, bare: 5 }, 3]);
  });

  test("page: the PageIterator sees each one once", () => {
    expect(fact("paged")).toEqual({ first: 2, hasNextLink: true, all: true, complete: true });
  });

  test("update, 412: with the ETag that was read, and no second time", () => {
    expect(fact("updated")).toEqual({ applied: true, newETag: true });
    expect(fact("stale")).toMatchObject({ statusCode: 412, code: "resourceModified", requestId: true, date: true });
  });

  test("delete: where that is allowed", () => {
    expect(fact("deleted")).toMatchObject(deleted);
  });
}

function testBatches(facts: Facts): void {
  test("batch: written by hand and by the client's classes", () => {
    expect(facts["batch.statuses"]).toEqual({ list: 200, make: 201, after: 200, none: 404 });
    expect(facts["batch.made"]).toEqual(["client-batch"]);
    expect(facts["batch.classes"]).toEqual({ statuses: [201, 200], service: ["client-batch"], listed: 2 });
  });

  test("409 in a batch, 412 in a batch: each in its place, and the rest is done", () => {
    expect(facts["batch.refused"]).toEqual({
      stale: { status: 412, code: "resourceModified" },
      ended: { status: 409, code: "ActionStateConflict", message: "'cancelSecurityAction' is not possible: the action is Failed. Possible now: nothing." },
      kept: 4,
    });
  });
}

function testRefusals(facts: Facts): void {
  test.each([
    ["400: a value of the wrong type", "badBody", 400, "BadRequest", `Property 'currentScore': expected a number, got "much".`],
    ["400: half a filter", "badFilter", 400, "BadRequest", "$filter: expected an operand, found the end at position 15."],
    [
      "400: a filter by what is not declared",
      "unknownProperty",
      400,
      "BadRequest",
      "Could not find a property named 'nme' on type 'microsoft.graph.securityAction'.",
    ],
    ["400: what is required is missing", "required", 400, "BadRequest", "Property 'parameters' is required."],
    ["400: an unknown segment", "unknownSegment", 400, "BadRequest", "Resource not found for the segment 'secureThings'."],
    ["401: a forged token", "badToken", 401, "InvalidAuthenticationToken", "Access token validation failure. Invalid issuer."],
    ["404: an unknown id", "unknownId", 404, "itemNotFound", "There is no object with the id '00000000-0000-4000-8000-000000000000' here."],
    [
      "409: an action that has ended",
      "cancelledTwice",
      409,
      "ActionStateConflict",
      "'cancelSecurityAction' is not possible: the action is Failed. Possible now: nothing.",
    ],
  ])("%s, as a GraphError", (_name, fact, statusCode, code, message) => {
    expect(facts[`refused.${fact}`]).toEqual({ statusCode, code, message, requestId: true, date: true });
  });
}
