// MSAL for Node as a public client, unmodified: a person signs in by code with PKCE and by device code. Prints one fact per line, as JSON.
import { CryptoProvider, PublicClientApplication } from "@azure/msal-node";
import { collections } from "./collections.mjs";
import { graphOf, refusalOf, walkGraph } from "./graph-walk.mjs";
import { decideOnDevice, signIn } from "./pages.mjs";
import { app, base, person, scopes as all, tell } from "./place.mjs";

const scopes = [`${base.origin}/SecurityEvents.Read.All`];
const redirectUri = "http://localhost:4999/";

function application() {
  return new PublicClientApplication({
    auth: { clientId: app.clientId, authority: `${base.origin}/${person.tenant}`, knownAuthorities: [base.host] },
    system: { loggerOptions: { loggerCallback() {} } },
  });
}

const connect = (token) => graphOf({ getAccessToken: async () => token });
const read = async (token) => Array.isArray((await connect(token).api(collections.secureScores.path).top(1).get()).value);
const facts = ({ account, scopes: granted, fromCache, accessToken }) => ({
  user: account.username,
  scopes: granted.filter((scope) => scope.includes("/")),
  fromCache,
  hasToken: accessToken !== "",
});

async function byCode() {
  const client = application();
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const url = await client.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256", state: "here" });
  const answer = new URL(await signIn(url)).searchParams;
  const code = { scopes, redirectUri, code: answer.get("code"), codeVerifier: verifier };
  const result = await client.acquireTokenByCode(code);
  tell("code.signedIn", { ...facts(result), state: answer.get("state"), reads: await read(result.accessToken) });
  const { path, draft } = collections.secureScores;
  tell("refused.withoutScope", await refusalOf(() => connect(result.accessToken).api(path).post(draft("client-narrow", 1))));
  const silently = (more) => client.acquireTokenSilent({ scopes, account: result.account, ...more });
  tell("code.silent", facts(await silently()));
  const fresh = await silently({ forceRefresh: true });
  tell("code.refreshed", { ...facts(fresh), isNew: fresh.accessToken !== result.accessToken, reads: await read(fresh.accessToken) });
  const again = await silently({ forceRefresh: true });
  tell("code.refreshedAgain", { isNew: again.accessToken !== fresh.accessToken });
  const refused = await client.acquireTokenByCode(code).catch((error) => error);
  tell("code.replayed", { name: refused.name, code: refused.errorCode, hasText: refused.message.includes("AADSTS54005") });
}

async function byDevice() {
  const deviceCodeCallback = (device) => void decideOnDevice(device, "allow");
  const result = await application().acquireTokenByDeviceCode({ scopes, deviceCodeCallback });
  tell("device.signedIn", { ...facts(result), reads: await read(result.accessToken) });
  const whole = await application().acquireTokenByDeviceCode({ scopes: all, deviceCodeCallback });
  await walkGraph(connect(whole.accessToken));
}

await byCode();
await byDevice();
tell("done", true);
