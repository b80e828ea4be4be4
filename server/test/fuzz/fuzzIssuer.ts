import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIssuer, type Issuer } from "../../src/issuer/issuer.ts";
import { issuerStoreIn, loopbackUri, redirectUri } from "../issuer/issuerServer.ts";
import { base, tenant } from "../issuer/testIssuer.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { campaign, type CampaignResult } from "./campaign.ts";
import { curl, smallerRequests } from "./curl.ts";
import { diceOf, type Dice } from "./dice.ts";
import type { FuzzSettings } from "./fuzzUrls.ts";
import { Mutations } from "./mutate.ts";
import type { FuzzRequest } from "./requests.ts";

const fields: Readonly<Record<string, readonly string[]>> = {
  grant_type: ["client_credentials", "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code"],
  client_id: ["client-1", "desktop", "nobody", ""],
  client_secret: ["wrong"],
  scope: [".default", `${base}/.default`, "openid offline_access SecurityEvents.Read.All", "https://evil.example/.default"],
  code: ["x".repeat(43)],
  code_verifier: ["v".repeat(43)],
  code_challenge: ["c".repeat(43)],
  code_challenge_method: ["S256", "plain"],
  device_code: ["x"],
  refresh_token: ["x"],
  redirect_uri: [redirectUri, loopbackUri, "https://evil.example/", "javascript:alert(1)", `${redirectUri}/../evil`],
  response_type: ["code", "token", "id_token"],
  response_mode: ["query", "fragment", "form_post", "evil"],
  state: ["s&1", '"><script>alert(1)</script>', "a\r\nSet-Cookie: x=y"],
  nonce: ["n"],
  prompt: ["none", "login", "consent"],
  login_hint: ['"><img src=x onerror=alert(1)>'],
  max_age: ["0", "-1"],
  user_code: ["AAAA-BBBB"],
  username: ["ada@contoso.com", "<b>"],
  password: ["wrong"],
  csrf: ["x"],
  request: ["x"],
  post_logout_redirect_uri: [redirectUri, "https://evil.example/"],
  client_assertion: ["a.b.c"],
  client_assertion_type: ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
  api: ["1.0"],
};
const paths = [
  "oauth2/v2.0/token", "oauth2/token", "oauth2/v2.0/authorize", "oauth2/v2.0/devicecode", "oauth2/v2.0/signin", "oauth2/v2.0/logout", "oauth2/v2.0/approve", "oauth2/v2.0/submit",
  "v2.0/.well-known/openid-configuration", "discovery/v2.0/keys", "discovery/instance",
]; // prettier-ignore

function next(dice: Dice, mutations: Mutations): FuzzRequest {
  const names = [...new Set(dice.some(0, 8, () => dice.one(Object.keys(fields))))];
  const form = new URLSearchParams(names.map((name) => [name, dice.one(fields[name]!)])).toString();
  const broken = dice.often(50) ? mutations.text(form) : form;
  const where = dice.often(8)
    ? "/devicelogin"
    : `/${dice.one([tenant, "common", "organizations", "contoso.com", "..%2f", "9188040d-6c67-4c5b-b112-36a304b66dad"])}/${dice.one(paths)}`;
  if (dice.often(35))
    return {
      method: dice.one(["GET", "GET", "HEAD", "PUT"]),
      target: `${where}?${broken}`,
      headers: dice.often(20) ? { cookie: mutations.text("secgraph=abc.def") } : {},
    };
  const type = dice.often(90) ? "application/x-www-form-urlencoded" : "application/json";
  const basic = dice.often(15) ? { authorization: `Basic ${dice.one(["", "AAAA", "Og==", Buffer.from("client-1:wrong").toString("base64"), "ä"])}` } : {};
  return { method: "POST", target: where, headers: { "content-type": type, ...basic }, body: broken };
}

/** Sends forms and queries to the built-in issuer: no fault of ours, no token, no way to another site, no script of a client's. */
export async function fuzzIssuer({ seed, count }: FuzzSettings): Promise<CampaignResult> {
  const folder = await mkdtemp(join(tmpdir(), "secgraph-fuzz-issuer-"));
  const issuer = await openIssuer(folder);
  const dice = diceOf(seed);
  const mutations = new Mutations(dice, createModel(securityGraph));
  const check = async ({ method, target, headers, body }: FuzzRequest): Promise<string | undefined> => {
    if (!issuer.owns(target.split("?")[0]!)) return undefined;
    try {
      const answer = await issuer.answer({ method, target, headers, baseUrl: base, ...(body === undefined ? {} : { body: Buffer.from(body) }) });
      return faultOf(answer.status, answer.headers, String(answer.body ?? ""));
    } catch (error) {
      return `thrown: ${String(error)}`;
    }
  };
  try {
    return await campaign<FuzzRequest>({ name: "issuer", seed, count, next: () => next(dice, mutations), check, smaller: smallerRequests, print: curl });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openIssuer(folder: string): Promise<Issuer> {
  const store = await issuerStoreIn(folder);
  const addresses = { issuerBases: () => [base], issuerBaseFor: () => base, audiences: () => [base] };
  return createIssuer({ store, addresses, tenants: "*" });
}

function faultOf(status: number, headers: Readonly<Record<string, string>>, text: string): string | undefined {
  if (status >= 500) return `${status} ${text}`;
  for (const [name, value] of Object.entries(headers)) if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return `the header ${name} holds ${JSON.stringify(value)}`;
  const { Location: location = "" } = headers;
  if (location !== "" && !location.startsWith(redirectUri) && !location.startsWith(loopbackUri) && !location.startsWith(`${base}/`))
    return `leads to ${location}`;
  if (/"(?:access|refresh|id)_token":/.test(text)) return `gave a token: ${text}`;
  const type = headers["Content-Type"] ?? "";
  if (type.startsWith("text/html"))
    return /<script>|<img|<b>/.test(text) || !headers["Content-Security-Policy"]?.includes("default-src 'none'")
      ? `the page holds what was sent: ${text}`
      : undefined;
  if (!type.includes("json") || text === "") return undefined;
  const json = JSON.parse(text) as Record<string, unknown>;
  return status >= 400 && typeof json["error"] !== "string" ? `not OAuth's shape: ${text}` : undefined;
}
