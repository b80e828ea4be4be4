import { createHash, randomBytes } from "node:crypto";
import { onTestFinished } from "vitest";
import { listen } from "../../src/http/listen.ts";
import { scryptHash } from "../../src/issuer/scryptHash.ts";
import { createFileIssuerStore } from "../../src/issuer/fileIssuerStore.ts";
import { createIssuer } from "../../src/issuer/issuer.ts";
import type { Issuer } from "../../src/issuer/issuer.ts";
import type { IssuerSettings } from "../../src/issuer/issuerSettings.ts";
import type { IssuerStore, Person } from "../../src/issuer/issuerStore.ts";
import { echo, refuse } from "../http/testServer.ts";
import { app, secret, temporaryFolder, tenant } from "./testIssuer.ts";

export const password = "correct horse battery";
export const redirectUri = "https://app.contoso.com/back?x=1";
export const loopbackUri = "http://localhost/back";

/** For far less work than a real one takes: the tests sign in hundreds of times. */
const passwordHash = await scryptHash(password, { N: 1024, r: 8, p: 1 });

/** Somebody with two permissions. */
export const ada: Person = {
  id: "aaaaaaaa-0000-4000-8000-000000000001",
  tenant,
  userPrincipalName: "ada@contoso.com",
  displayName: "Ada <Lovelace>",
  passwordHash,
  passwordSince: "2020-01-01T00:00:00.000Z",
  permissions: ["SecurityEvents.Read.All", "SecurityActions.ReadWrite.All"],
  directoryRoles: ["Security Reader"],
};

export interface IssuerServer {
  readonly base: string;
  readonly folder: string;
  readonly store: IssuerStore;
  readonly issuer: Issuer;
  /** Lets time pass for the issuer. */
  readonly wait: (seconds: number) => void;
  /** From now on time passes for the issuer by `wait` alone: checking passwords takes long on a busy machine. */
  readonly holdTime: () => void;
  /** What the issuer told of files that it could not read or write. */
  readonly errors: readonly unknown[];
}

/** A store with a public client `desktop`, a confidential one `client-1`, and Ada. */
export function issuerStoreIn(folder: string): Promise<IssuerStore> {
  return fillIssuerStore(createFileIssuerStore(folder));
}

/** The same in any store. */
export async function fillIssuerStore(store: IssuerStore): Promise<IssuerStore> {
  await store.putApp({ ...app, redirectUris: [redirectUri] });
  await store.putApp({
    clientId: "desktop",
    displayName: "Desktop & Co",
    tenant: "*",
    roles: [],
    secretHashes: [],
    publicClient: true,
    redirectUris: [loopbackUri],
  });
  await store.changePerson(ada.id, (known) => known ?? ada);
  return store;
}

/** The issuer behind a real listener: a public client `desktop`, a confidential one `client-1`, and Ada. */
export async function serveIssuer(folder = temporaryFolder()): Promise<IssuerServer> {
  return serveIssuerOver(await issuerStoreIn(folder), { folder });
}

export interface ServedIssuer extends Partial<Pick<IssuerSettings, "records" | "pageSecret" | "onSignIn">> {
  readonly folder?: string;
  /** The address that several servers have in common. */
  readonly publicBase?: string;
}

/** The issuer over a store, behind a real listener. */
export async function serveIssuerOver(store: IssuerStore, { folder = "", publicBase, ...more }: ServedIssuer): Promise<IssuerServer> {
  let [base, late] = ["", 0];
  let held: number | undefined;
  const errors: unknown[] = [];
  const known = (): string => publicBase ?? base;
  const addresses = { issuerBases: () => [known()], issuerBaseFor: known, audiences: () => [known(), "https://graph.microsoft.com"] };
  const clock = (): number => (held ?? Date.now()) + late;
  const issuer = createIssuer({ store, addresses, tenants: "*", clock, onError: (error) => errors.push(error), ...more });
  const limits = { bodyBytes: 100_000, urlLength: 16_000 };
  const mount = { kind: "issuer", owns: issuer.owns, answer: issuer.answer };
  const listening = await listen({ hosts: ["127.0.0.1"], port: 0, shell: { handle: echo, refuse, mounts: [mount], limits } });
  onTestFinished(() => listening.close(0));
  base = `http://127.0.0.1:${listening.port}`;
  return { base, folder, store, issuer, wait: (seconds) => void (late += seconds * 1000), holdTime: () => void (held = Date.now()), errors };
}

export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly location: URL | undefined;
}

export interface Browser {
  cookie: string | undefined;
  readonly open: (url: string, init?: RequestInit) => Promise<Shown>;
  /** Fills in the form of a page and sends it. */
  readonly send: (page: Shown, fields: Readonly<Record<string, string>>) => Promise<Shown>;
}

/** What a browser does with our pages: keeps the cookie, follows nothing, sends forms with their hidden fields. */
export function openBrowser(): Browser {
  const browser: Browser = {
    cookie: undefined,
    async open(url, init = {}) {
      const headers = { ...(init.headers as Record<string, string>), ...(browser.cookie === undefined ? {} : { cookie: browser.cookie }) };
      const reply = await fetch(url, { redirect: "manual", ...init, headers });
      const [set] = reply.headers.getSetCookie();
      if (set !== undefined) browser.cookie = /Max-Age=0/.test(set) ? undefined : set.split(";")[0];
      const location = reply.headers.get("location");
      return { status: reply.status, headers: reply.headers, text: await reply.text(), location: location === null ? undefined : new URL(location) };
    },
    send(page, fields) {
      const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? "";
      return browser.open(action, { method: "POST", body: new URLSearchParams({ ...hiddenFields(page), ...fields }) });
    },
  };
  return browser;
}

export function hiddenFields({ text }: Shown): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
}

/** A verifier and its challenge (RFC 7636, 4). */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

export const desktop = { client_id: "desktop", redirect_uri: "http://localhost:5123/back" };
export const confidential = { client_id: "client-1", redirect_uri: redirectUri };

/** The address of an authorization request. */
export function authorizeUrl({ base }: IssuerServer, more: Readonly<Record<string, string | undefined>>): string {
  const usual = { response_type: "code", scope: "openid profile offline_access SecurityEvents.Read.All", state: "s&1", nonce: "n-1", client_info: "1" };
  const fields = Object.entries({ ...usual, ...more }).filter((field): field is [string, string] => field[1] !== undefined);
  return `${base}/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams(fields).toString()}`;
}

export interface TokenReply {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, any>>;
}

export async function askToken({ base }: IssuerServer, form: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Promise<TokenReply> {
  const reply = await fetch(`${base}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: new URLSearchParams(form), headers });
  return { status: reply.status, headers: reply.headers, json: (await reply.json()) as TokenReply["json"] };
}

/** `400 invalid_grant 70008`. */
export const faultOf = ({ status, json }: TokenReply): string => `${status} ${json["error"]} ${json["error_codes"]?.[0]}`;

export const credentials = { username: ada.userPrincipalName, password };

/** Signs Ada in for the desktop client and redeems the code. */
export async function signInOnDesktop(server: IssuerServer, more: Readonly<Record<string, string>> = {}): Promise<TokenReply> {
  const { verifier, challenge } = pkce();
  const browser = openBrowser();
  const page = await browser.open(authorizeUrl(server, { ...desktop, code_challenge: challenge, code_challenge_method: "S256", ...more }));
  const { location } = await browser.send(page, credentials);
  return askToken(server, { grant_type: "authorization_code", code: location!.searchParams.get("code")!, code_verifier: verifier, ...desktop });
}

export const confidentialSecret = secret;
