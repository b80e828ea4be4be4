// @azure/msal-browser, unmodified, in a page of another origin than the server's: a person signs in, tokens are renewed by the
// refresh token, the API is asked, the person signs out. The page is left and loaded again on the way. Facts as in the other scripts.
import { base, person, tell } from "../place.mjs";

const { CLIENT_ID } = process.env;
const { PublicClientApplication, InteractionRequiredAuthError } = globalThis.msal;
const redirectUri = `${location.origin}${location.pathname}`;
const scopes = [`${base.origin}/SecurityEvents.Read.All`];

const client = new PublicClientApplication({
  auth: { clientId: CLIENT_ID, authority: `${base.origin}/${person.tenant}`, knownAuthorities: [base.host], redirectUri, postLogoutRedirectUri: redirectUri },
  cache: { cacheLocation: "sessionStorage" },
});

function told({ account, accessToken, scopes: given, fromCache, state }) {
  return { user: account.username, hasToken: accessToken.length > 100, scopes: given, fromCache, state };
}

/** What the API answers a page of another origin, and which of its headers the page may read (R182, R183). */
async function askApi(token) {
  const headers = { Authorization: `Bearer ${token}`, ConsistencyLevel: "eventual", "client-request-id": crypto.randomUUID() };
  const reply = await fetch(`${base.origin}/v1.0/security/secureScores?$top=1`, { headers });
  return { status: reply.status, readsIds: reply.headers.get("request-id") !== null, isList: Array.isArray((await reply.json()).value) };
}

async function nameOf(work) {
  try {
    await work();
    return "none";
  } catch (error) {
    return error instanceof InteractionRequiredAuthError ? `interaction required: ${error.errorCode}` : `${error.name}: ${error.errorCode}`;
  }
}

async function useTokens(first) {
  tell("redirect.signedIn", { ...told(first), api: await askApi(first.accessToken) });
  const { account } = first;
  const kept = await client.acquireTokenSilent({ scopes, account });
  tell("silent.kept", { ...told(kept), same: kept.accessToken === first.accessToken });
  const renewed = await client.acquireTokenSilent({ scopes, account, forceRefresh: true });
  tell("silent.renewed", { ...told(renewed), same: renewed.accessToken === first.accessToken, api: await askApi(renewed.accessToken) });
  const again = await client.acquireTokenSilent({ scopes, account, forceRefresh: true });
  tell("silent.renewedAgain", { same: again.accessToken === renewed.accessToken });
  const greedy = { scopes: [`${base.origin}/Nothing.At.All`], account, cacheLookupPolicy: 3 };
  tell("silent.refused", await nameOf(() => client.acquireTokenSilent(greedy)));
}

await client.initialize();
const phase = sessionStorage.getItem("phase") ?? "begin";
const answer = await client.handleRedirectPromise();
if (phase === "begin") {
  sessionStorage.setItem("phase", "signing in");
  await client.loginRedirect({ scopes, state: "here" });
} else if (phase === "signing in") {
  await useTokens(answer);
  sessionStorage.setItem("phase", "signing out");
  await client.logoutRedirect({ account: answer.account });
} else {
  tell("signedOut", { accounts: client.getAllAccounts().length });
  tell("done", true);
}
