// The published Graph client and Azure Identity, unmodified, against a running server. Prints one fact per line, as JSON.
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import { ClientSecretCredential } from "@azure/identity";
import { collections } from "./collections.mjs";
import { graphOf, refusalOf, walkGraph } from "./graph-walk.mjs";
import { app, bareApp, base, claimsOf, scopes, tell, tenant } from "./place.mjs";

/** What gets an application's tokens, as the product's how-to describes it: no host but the server's own is ever asked. */
function credentialOf({ clientId, clientSecret }) {
  return new ClientSecretCredential(tenant, clientId, clientSecret, { authorityHost: base.origin, disableInstanceDiscovery: true });
}

const connect = (application) => graphOf(new TokenCredentialAuthenticationProvider(credentialOf(application), { scopes }));

async function useTokens() {
  const credential = credentialOf(app);
  const first = await credential.getToken(scopes);
  const claims = claimsOf(first.token);
  tell("token.first", {
    minutes: Math.round((first.expiresOnTimestamp - Date.now()) / 60_000),
    tenant: claims.tid === tenant,
    app: (claims.appid ?? claims.azp) === app.clientId,
  });
  tell("token.kept", (await credential.getToken(scopes)).token === first.token);
  tell("refused.badSecret", await refusalOf(() => credentialOf({ ...app, clientSecret: "wrong" }).getToken(scopes)));
}

await useTokens();
await walkGraph(connect(app));
tell(
  "refused.badSecretInGraph",
  await refusalOf(() =>
    connect({ ...app, clientSecret: "wrong" })
      .api(collections.secureScores.path)
      .get(),
  ),
);
tell("refused.withoutRoles", await refusalOf(() => connect(bareApp).api(collections.secureScores.path).get()));
tell("done", true);
