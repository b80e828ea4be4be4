import { expect, test } from "vitest";
import type { IssuerStore } from "../../src/issuer/issuerStore.ts";
import { askToken, authorizeUrl, confidential, confidentialSecret, credentials, faultOf, openBrowser, serveIssuer, signInOnDesktop } from "./issuerServer.ts";

/** What Node throws when the disk is full. */
const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write", errno: -28 });

/** Puts a method that fails in the place of one of the store's; gives the way back. */
function breakStore(store: IssuerStore, name: keyof IssuerStore): () => void {
  const kept = store[name];
  Object.assign(store, { [name]: () => Promise.reject(full) });
  return () => void Object.assign(store, { [name]: kept });
}

test("while refresh tokens cannot be kept, none is given: 503 in OAuth's shape; the one that was given stays good", async () => {
  const server = await serveIssuer();
  const { refresh_token } = (await signInOnDesktop(server)).json;
  const mend = breakStore(server.store, "changeRefreshFamily");
  const refused = await askToken(server, { grant_type: "refresh_token", client_id: "desktop", refresh_token });
  expect([faultOf(refused), refused.headers.get("retry-after")]).toEqual(["503 temporarily_unavailable 90033", "5"]);
  expect(JSON.stringify(refused.json)).not.toContain("ENOSPC");
  expect(faultOf(await signInOnDesktop(server))).toBe("503 temporarily_unavailable 90033");
  expect(server.errors).toEqual([full, full]);
  mend();
  expect((await askToken(server, { grant_type: "refresh_token", client_id: "desktop", refresh_token })).status).toBe(200);
});

test("applications get tokens on a full disk: nothing is written for them", async () => {
  const server = await serveIssuer();
  breakStore(server.store, "changeRefreshFamily");
  const form = { grant_type: "client_credentials", client_id: "client-1", client_secret: confidentialSecret, scope: `${server.base}/.default` };
  expect((await askToken(server, form)).status).toBe(200);
});

test("a page says that it does not work at present when people cannot be read", async () => {
  const server = await serveIssuer();
  const browser = openBrowser();
  const page = await browser.open(authorizeUrl(server, confidential));
  breakStore(server.store, "person");
  const { status, text, headers } = await browser.send(page, credentials);
  expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
  expect(text).toContain("AADSTS90033");
  expect(text).not.toContain("ENOSPC");
  expect(server.errors).toEqual([full]);
});

test("tokens that cannot be verified because the keys cannot be read are no bad tokens: 503", async () => {
  const { store, issuer } = await serveIssuer();
  const { kid } = (await store.signingKeys())[0]!;
  breakStore(store, "signingKeys");
  await expect(issuer.trusted.keys.find(kid)).rejects.toMatchObject({ key: "unavailable" });
});
