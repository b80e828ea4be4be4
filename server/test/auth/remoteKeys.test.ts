import { expect, test } from "vitest";
import { createRemoteKeys } from "../../src/auth/remoteKeys.ts";
import { keyDocument } from "./testIssuer.ts";

/** An issuer's documents, the addresses that were read, and a clock. */
function remote(documents: Record<string, unknown>, jwksUrl?: string) {
  const read: string[] = [];
  const clock = { now: 0 };
  const getJson = async (url: string): Promise<unknown> => {
    read.push(url);
    if (documents[url] === undefined) throw new Error("away");
    return documents[url];
  };
  const keys = createRemoteKeys({ discoveryUrl: "https://i/d", getJson, clock: () => clock.now, ...(jwksUrl === undefined ? {} : { jwksUrl }) });
  return { keys, read, clock, documents };
}

test("discovery leads to the keys, once", async () => {
  const { keys, read } = remote({ "https://i/d": { jwks_uri: "https://i/k" }, "https://i/k": keyDocument });
  expect(await keys.find("rsa")).toBeDefined();
  expect(await keys.find("ec")).toMatchObject({ algorithms: ["ES256"] });
  expect(read).toEqual(["https://i/d", "https://i/k"]);
});

test("unknown key ids read the document again at most once in 30 s", async () => {
  const { keys, read, clock } = remote({ "https://i/k": keyDocument }, "https://i/k");
  await Promise.all(Array.from({ length: 50 }, (_, index) => keys.find(`made up ${index}`)));
  expect(read).toHaveLength(1);
  clock.now = 29_999;
  expect(await keys.find("other")).toBeUndefined();
  expect(read).toHaveLength(1);
  clock.now = 30_000;
  expect(await keys.find("other")).toBeUndefined();
  expect(read).toHaveLength(2);
});

test("old keys serve on while the issuer is away; before the first reading it is 503", async () => {
  const { keys, clock, documents } = remote({}, "https://i/k");
  await expect(keys.find("rsa")).rejects.toMatchObject({ status: 503, extras: { headers: { "Retry-After": "30" } } });
  documents["https://i/k"] = keyDocument;
  clock.now = 30_000;
  expect(await keys.find("rsa")).toBeDefined();
  delete documents["https://i/k"];
  clock.now = 3_600_000;
  expect(await keys.find("rsa")).toBeDefined();
  expect(await keys.find("unknown")).toBeUndefined();
});
