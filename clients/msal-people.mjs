// MSAL for Node as a public client, unmodified: a person signs in by code with PKCE and by device code. Prints one fact per line, as JSON.
import { CryptoProvider, PublicClientApplication } from "@azure/msal-node";
import { tell } from "./collections.mjs";

const { BASE_URL, TENANT, CLIENT_ID, USER_NAME, PASSWORD } = process.env;
const base = new URL(BASE_URL);
const scopes = [`${base.origin}/SecurityEvents.Read.All`];
const redirectUri = "http://localhost:4999/";

function application() {
  return new PublicClientApplication({
    auth: { clientId: CLIENT_ID, authority: `${base.origin}/${TENANT}`, knownAuthorities: [base.host] },
    system: { loggerOptions: { loggerCallback() {} } },
  });
}

/** What a browser does with the pages of the issuer: keeps the cookie, and sends forms with their hidden fields. */
function openBrowser() {
  let cookie = "";
  const open = async (url, init = {}) => {
    const reply = await fetch(url, { redirect: "manual", ...init, headers: { cookie } });
    cookie = reply.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return { text: await reply.text(), location: reply.headers.get("location") };
  };
  const send = ({ text }, fields) => {
    const hidden = [...text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
    const body = new URLSearchParams([...hidden, ...Object.entries(fields)]);
    return open(/<form method="post" action="([^"]+)"/.exec(text)[1], { method: "POST", body });
  };
  return { open, send };
}

const credentials = { username: USER_NAME, password: PASSWORD };
const read = async (token) => (await fetch(`${base.origin}/v1.0/security/secureScores?$top=1`, { headers: { authorization: `Bearer ${token}` } })).status;
const facts = ({ account, scopes: granted, fromCache, accessToken }) => ({
  user: account.username,
  scopes: granted.filter((scope) => scope.includes("/")),
  fromCache,
  hasToken: accessToken !== "",
});

async function byCode() {
  const app = application();
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const url = await app.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256", state: "here" });
  const browser = openBrowser();
  const { location } = await browser.send(await browser.open(url), credentials);
  const answer = new URL(location).searchParams;
  const result = await app.acquireTokenByCode({ scopes, redirectUri, code: answer.get("code"), codeVerifier: verifier });
  tell("code.signedIn", { ...facts(result), state: answer.get("state"), api: await read(result.accessToken) });
  tell("code.silent", facts(await app.acquireTokenSilent({ scopes, account: result.account })));
  const fresh = await app.acquireTokenSilent({ scopes, account: result.account, forceRefresh: true });
  tell("code.refreshed", { ...facts(fresh), isNew: fresh.accessToken !== result.accessToken, api: await read(fresh.accessToken) });
  const again = await app.acquireTokenSilent({ scopes, account: result.account, forceRefresh: true });
  tell("code.refreshedAgain", { isNew: again.accessToken !== fresh.accessToken });
  const refused = await app.acquireTokenByCode({ scopes, redirectUri, code: answer.get("code"), codeVerifier: verifier }).catch((error) => error);
  tell("code.replayed", { name: refused.name, code: refused.errorCode, hasText: refused.message.includes("AADSTS54005") });
}

async function approve({ verificationUri, userCode }) {
  const browser = openBrowser();
  const asked = await browser.send(await browser.open(verificationUri), { user_code: userCode });
  await browser.send(await browser.send(asked, credentials), { decision: "allow" });
}

async function byDevice() {
  const deviceCodeCallback = (device) => void approve(device);
  const result = await application().acquireTokenByDeviceCode({ scopes, deviceCodeCallback });
  tell("device.signedIn", { ...facts(result), api: await read(result.accessToken) });
}

await byCode();
await byDevice();
tell("done", true);
