import { describe, expect, test } from "vitest";
import { hasBrowser } from "../browser/launchBrowser.ts";
import { factsOf } from "./realClients.ts";
import { runInBrowser } from "./runInBrowser.ts";

const gone = { status: 404, code: "itemNotFound" };
const stale = { status: 412, code: "resourceModified", isConcurrentModification: true };

/** The v4 model of OpenUI5, as published, in a page of another origin than the server's. */
describe.skipIf(!hasBrowser)("the v4 model of OpenUI5 in Chromium (R182, R183)", () => {
  const facts = factsOf("openui5/openui5.mjs", { run: runInBrowser });

  describe.each(["$direct", "$auto"])("%s", (groupId) => {
    describe.each([
      { name: "secureScores", type: "secureScore", deleted: gone },
      { name: "securityActions", type: "securityAction", deleted: { status: 405, code: "MethodNotAllowed" } },
      { name: "userSecurityProfiles", type: "userSecurityProfile", deleted: gone },
      { name: "deviceAppManagementTasks", type: "securityConfigurationTask", deleted: gone },
    ])("$name", ({ name, type, deleted }) => {
      const fact = (what: string): unknown => facts[`${groupId}.${name}.${what}`];

      test("create, get: what was created is read back as it was sent", () => {
        expect(fact("created")).toEqual({ ids: 5, types: [`#microsoft.graph.${type}`] });
        expect(fact("got")).toEqual({ same: true, hasETag: true });
      });

      test("get (fault): it follows no BaseType and so knows no key", () => {
        expect(fact("path")).toMatch(/^\/[A-Za-z]+\/[A-Za-z]+\(\.\.\.\)$/);
      });

      test("list, filter, count: by the objects of the client, with $select", () => {
        expect([fact("listed"), fact("selected"), fact("counted")]).toEqual([true, ["id"], { count: 5, length: 5 }]);
      });

      test("page: the list binding asks for range after range, and knows the end", () => {
        expect(fact("paged")).toEqual({ sizes: [2, 2, 1], all: true, isFinal: true });
      });

      test("update, 412: with the ETag that was read, and no second time", () => {
        expect(fact("updated")).toEqual({ applied: true, newETag: true });
        expect(fact("stale")).toMatchObject(stale);
      });

      test("delete: where that is allowed", () => {
        expect(fact("deleted")).toMatchObject(deleted);
      });
    });

    test("409, 412: an action goes with the ETag that was read; read again, it has ended", () => {
      const told = {
        status: 409,
        code: "ActionStateConflict",
        message: "'cancelSecurityAction' is not possible: the action is Failed. Possible now: nothing.",
      };
      expect(facts[`${groupId}.action`]).toMatchObject({ first: { answered: null }, state: "Failed", stale, ended: told });
    });

    test("400: half a filter, and a value of the wrong type, which is a message to the application", () => {
      const badFilter = { status: 400, code: "BadRequest", message: "$filter: expected an operand, found the end at position 15." };
      expect(facts[`${groupId}.refused.badFilter`]).toEqual(badFilter);
      const text = `Property 'currentScore': expected a number, got "much".`;
      expect(facts[`${groupId}.refused.badBody`]).toEqual({ success: false, code: "BadRequest", text, status: 400, discarded: true });
    });

    test("403, 404: an application without roles, an unknown id", () => {
      expect(facts[`${groupId}.refused.withoutRoles`]).toMatchObject({
        status: 403,
        code: "Forbidden",
        message: expect.stringContaining("SecurityEvents.Read.All") as unknown,
      });
      expect(facts[`${groupId}.refused.unknownId`]).toMatchObject(gone);
    });
  });

  test("$metadata is read (R7); what a type inherits is overlooked by the client", () => {
    expect(facts["metadata"]).toMatchObject({ score: "Edm.Double", action: true, openType: true, inherited: { $Type: "Edm.Untyped" } });
  });

  test("token: that of a form is taken from a page of another origin; the client brings nothing that gets one", () => {
    expect(facts["token"]).toBe(3);
  });

  test("401: a forged token, and none", () => {
    const told = [facts["$direct.refused.badToken"], facts["$direct.refused.noToken"]];
    expect(told).toEqual([
      { status: 401, code: "InvalidAuthenticationToken", message: "Access token validation failure. Invalid issuer." },
      { status: 401, code: "InvalidAuthenticationToken", message: "Access token is empty." },
    ]);
  });

  test("401 (fault): of a batch that is refused as a whole, the status is not told", () => {
    expect(facts["$auto.refused.badToken"]).toEqual({ message: "HTTP request was not processed because $batch failed" });
  });

  test("batch: what is asked for in one turn is one multipart batch; $direct sends none", () => {
    expect([facts["$direct.batches"], facts["$auto.batches"]]).toEqual([false, true]);
    expect(facts["batch"]).toEqual({ sent: 1, made: ["#microsoft.graph.secureScore", "#microsoft.graph.userSecurityProfile"], listed: 1 });
  });

  test("409 in a batch: what stands behind it in the batch is not done, and the client says so", () => {
    const list = { message: "HTTP request was not processed because the previous request failed" };
    expect(facts["$auto.action"]).toMatchObject({ ended: { status: 409, code: "ActionStateConflict" }, list });
  });

  test("412 in a batch: its change set fails as a whole, and the client tells each request in it so", () => {
    const refused = { status: 412, code: "resourceModified" };
    expect(facts["batch.stale"]).toMatchObject({ sent: 1, refused: [refused, refused], kept: [4, "medium"] });
  });
});

describe.skipIf(!hasBrowser)("the v4 model of OpenUI5 when it is throttled", () => {
  const facts = factsOf("openui5/throttled.mjs", { settings: { SECGRAPH_RATE_READS: "60" }, run: runInBrowser });

  test("429 (fault): it does not come back by itself", () => {
    expect(facts["refused"]).toMatchObject({ status: 429, code: "TooManyRequests" });
  });
});
