import { expect, test } from "vitest";
import { factsOf } from "./realClients.ts";
import { testGraphWalk } from "./testGraphWalk.ts";

/** @azure/msal-node as a public client, as published: people sign in at the pages of the issuer (R186, R187, R189). */
const facts = factsOf("msal-people.mjs");

const signedIn = {
  user: "admin@demo.localtest",
  hasToken: true,
  scopes: [expect.stringMatching(/^https:\/\/localhost:\d+\/SecurityEvents\.Read\.All$/) as unknown],
};

testGraphWalk(facts);

test("token: by code with PKCE; the API takes it", () => {
  expect(facts["code.signedIn"]).toEqual({ ...signedIn, fromCache: false, state: "here", reads: true });
});

test("token: silently, from its cache, and by the refresh token, twice", () => {
  expect(facts["code.silent"]).toEqual({ ...signedIn, fromCache: true });
  expect(facts["code.refreshed"]).toEqual({ ...signedIn, fromCache: false, isNew: true, reads: true });
  expect(facts["code.refreshedAgain"]).toEqual({ isNew: true });
});

test("token: by device code", () => {
  expect(facts["device.signedIn"]).toEqual({ ...signedIn, fromCache: false, reads: true });
});

test("a code that is used again is shown as an invalid grant", () => {
  expect(facts["code.replayed"]).toEqual({ name: expect.stringMatching(/ServerError|InteractionRequired/) as unknown, code: "invalid_grant", hasText: true });
});

test("403: a person who let the program read cannot be made to write", () => {
  expect(facts["refused.withoutScope"]).toMatchObject({ statusCode: 403, code: "Forbidden", requestId: true, date: true });
});
