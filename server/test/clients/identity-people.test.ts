import { expect, test } from "vitest";
import { factsOf } from "./realClients.ts";
import { testGraphWalk } from "./testGraphWalk.ts";

/** @azure/identity with a device code, as published: a person signs in at the pages of the issuer, the Graph client works on their behalf. */
const facts = factsOf("identity-people.mjs");

testGraphWalk(facts);

test("token: of the person who typed the code (R189), kept while it is valid", () => {
  const user = "admin@demo.localtest";
  expect(facts["token.first"]).toEqual({ asked: 1, showsCode: true, account: user, user, minutes: 60, mayWrite: true });
  expect(facts["token.kept"]).toEqual({ same: true, asked: 1 });
});

test("403: a person who let the program read cannot be made to write", () => {
  expect(facts["narrow.read"]).toBe(true);
  expect(facts["refused.withoutScope"]).toMatchObject({ statusCode: 403, code: "Forbidden", requestId: true, date: true });
  expect(facts["refused.withoutScope"]).toMatchObject({ message: expect.stringContaining("SecurityEvents.ReadWrite.All") as unknown });
});

test("a person who says no", () => {
  expect(facts["refused.denied"]).toMatchObject({ name: "AuthenticationRequiredError" });
});
