import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installClients, runClient, setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** @azure/msal-node as a public client, as published: people sign in at the pages of the issuer (R186, R187, R189). */
let served: ClientServer | undefined;
let facts: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  await installClients();
  served = await startForClients();
  const { user, password } = JSON.parse(readFileSync(join(served.server.data, "development.json"), "utf8")) as {
    readonly user: string;
    readonly password: string;
  };
  facts = await runClient("msal-people.mjs", { ...served.env, TENANT: "demo.localtest", USER_NAME: user, PASSWORD: password });
}, setupPatience);
afterAll(() => served?.close(), 60_000);

const signedIn = {
  user: "admin@demo.localtest",
  hasToken: true,
  scopes: [expect.stringMatching(/^https:\/\/localhost:\d+\/SecurityEvents\.Read\.All$/) as unknown],
};

test("by code with PKCE; the API takes the token", () => {
  expect(facts["code.signedIn"]).toEqual({ ...signedIn, fromCache: false, state: "here", api: 200 });
});

test("silently: from its cache, and by the refresh token, twice", () => {
  expect(facts["code.silent"]).toEqual({ ...signedIn, fromCache: true });
  expect(facts["code.refreshed"]).toEqual({ ...signedIn, fromCache: false, isNew: true, api: 200 });
  expect(facts["code.refreshedAgain"]).toEqual({ isNew: true });
});

test("a code that is used again is shown as an invalid grant", () => {
  expect(facts["code.replayed"]).toEqual({ name: expect.stringMatching(/ServerError|InteractionRequired/) as unknown, code: "invalid_grant", hasText: true });
});

test("by device code", () => {
  expect(facts["device.signedIn"]).toEqual({ ...signedIn, fromCache: false, api: 200 });
  expect(facts["done"]).toBe(true);
});
