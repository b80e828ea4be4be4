// What the Graph clients make of 429: they wait as long as they are told and come back. Prints one fact per line, as JSON.
import { ClientSecretCredential } from "@azure/identity";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { HttpMethod, RequestInformation } from "@microsoft/kiota-abstractions";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import { createSecureScoreCollectionResponseFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/index.js";
import { createODataErrorFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js";
import { GraphRequestAdapter } from "@microsoft/msgraph-sdk";
import { GraphAzureIdentityAuthenticationProvider } from "@microsoft/msgraph-sdk-core";
import { graphfi, GraphCollection } from "@pnp/graph";
import { GraphDefault } from "@pnp/nodejs";
import { BearerToken } from "@pnp/queryable";
import { collections } from "./collections.mjs";
import { graphOf } from "./graph-walk.mjs";
import { app, base, scopes, tell, tenant } from "./place.mjs";

const { path } = collections.secureScores;
const credential = new ClientSecretCredential(tenant, app.clientId, app.clientSecret, { authorityHost: base.origin, disableInstanceDiscovery: true });
const { token } = await credential.getToken(scopes);

// All of these clients use the global fetch: it is watched, and otherwise left as it is.
const plain = globalThis.fetch;
let answers = [];
globalThis.fetch = async (...request) => {
  const asked = Date.now();
  const answer = await plain(...request);
  answers.push({ status: answer.status, wait: Number(answer.headers.get("Retry-After")), asked, answered: Date.now() });
  return answer;
};

/** Reads until there is nothing left; the answer that said so. */
async function exhaust() {
  for (;;) {
    const answer = await plain(`${base.origin}/v1.0${path}`, { headers: { Authorization: `Bearer ${token}` } });
    if (answer.status === 429) return answer;
    await answer.body?.cancel();
  }
}

/** A client that reads when nothing is left: what it got, and whether it came back no sooner than it was told. */
async function useClient(name, read) {
  for (let round = 1; round <= 10; round += 1) {
    await exhaust();
    answers = [];
    const value = await read();
    const [refused, ...later] = answers.filter(({ status }) => status === 429 || status === 200);
    // A client that was slow enough met no refusal: once more.
    if (refused.status !== 429) continue;
    // Timers may fire a moment early.
    const waited = later[0].asked - refused.answered >= refused.wait * 1000 - 20;
    tell(name, { value, waited, last: later.at(-1).status });
    return;
  }
}

const client = graphOf(new TokenCredentialAuthenticationProvider(credential, { scopes }));
const auth = { ...app, authority: `${base.origin}/${tenant}`, knownAuthorities: [base.host] };
const registered = new ConfidentialClientApplication({ auth, system: { loggerOptions: { loggerCallback() {} } } });
const getAccessToken = async () => (await registered.acquireTokenByClientCredential({ scopes })).accessToken;
// Kept from here on, so that what follows is answers of the API alone.
await getAccessToken();
const adapter = new GraphRequestAdapter(new GraphAzureIdentityAuthenticationProvider(credential, scopes, undefined, new Set([base.hostname])));
adapter.baseUrl = `${base.origin}/v1.0`;
const pnp = graphfi().using(GraphDefault({ baseUrl: `${base.origin}/v1.0` }), BearerToken(token));

const refused = await exhaust();
const { error } = await refused.json();
tell("refused", { code: error.code, wait: Number(refused.headers.get("Retry-After")), left: refused.headers.get("RateLimit-Remaining") });
await useClient("graphClient", async () => (await client.api(path).get()).value);
await useClient("msal", async () => (await graphOf({ getAccessToken }).api(path).get()).value);
await useClient("kiota", async () => {
  const info = new RequestInformation(HttpMethod.GET, `{+baseurl}${path}`, { baseurl: adapter.baseUrl });
  info.headers.add("Accept", "application/json");
  return (await adapter.send(info, createSecureScoreCollectionResponseFromDiscriminatorValue, { XXX: createODataErrorFromDiscriminatorValue })).value;
});
await useClient("pnp", () => pnp.create(GraphCollection, path.slice(1))());
tell("done", true);
