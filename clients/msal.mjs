// MSAL for Node with client credentials, unmodified, and the Graph client that takes its tokens. Prints one fact per line, as JSON.
import { ConfidentialClientApplication } from "@azure/msal-node";
import { GraphError } from "@microsoft/microsoft-graph-client";
import { collections } from "./collections.mjs";
import { graphOf, walkGraph } from "./graph-walk.mjs";
import { app, bareApp, base, claimsOf, nowhere, scopes, tell, tenant } from "./place.mjs";

/** An application as MSAL knows it: of knownAuthorities it wants host and port, and then asks no public cloud about them. */
function application({ clientId, clientSecret }, of = tenant) {
  return new ConfidentialClientApplication({
    auth: { clientId, clientSecret, authority: `${base.origin}/${of}`, knownAuthorities: [base.host] },
    system: { loggerOptions: { loggerCallback() {} } },
  });
}

const connect = (registered) => graphOf({ getAccessToken: async () => (await registered.acquireTokenByClientCredential({ scopes })).accessToken });

async function useTokens() {
  const registered = application(app);
  const first = await registered.acquireTokenByClientCredential({ scopes });
  const second = await registered.acquireTokenByClientCredential({ scopes });
  const claims = claimsOf(first.accessToken);
  tell("token.first", {
    type: first.tokenType,
    fromCache: first.fromCache,
    minutes: Math.round((first.expiresOn.getTime() - Date.now()) / 60_000),
    tenant: claims.tid === tenant,
    app: (claims.appid ?? claims.azp) === app.clientId,
  });
  tell("token.second", { fromCache: second.fromCache, same: second.accessToken === first.accessToken });
  const fresh = await registered.acquireTokenByClientCredential({ scopes, skipCache: true });
  tell("token.fresh", { fromCache: fresh.fromCache, same: fresh.accessToken === first.accessToken });
  const byName = await application(app, "contoso.localtest").acquireTokenByClientCredential({ scopes });
  tell("token.byName", claimsOf(byName.accessToken).tid);
}

/** What the caller sees of a refusal by the issuer, or by the API behind it. */
async function refusalOf(request) {
  try {
    return { answered: (await request()) ?? null };
  } catch (error) {
    if (error instanceof GraphError) return { name: "GraphError", statusCode: error.statusCode, code: error.code };
    const { name, errorCode, errorMessage, status, errorNo, correlationId } = error;
    return { name, errorCode, errorMessage, status, errorNo, hasCorrelationId: typeof correlationId === "string" && correlationId !== "" };
  }
}

async function useRefusals() {
  const asked = (...of) => refusalOf(() => application(...of).acquireTokenByClientCredential({ scopes }));
  tell("refused.badSecret", await asked({ ...app, clientSecret: "wrong" }));
  tell("refused.unknownApp", await asked({ ...app, clientId: nowhere }));
  tell("refused.otherTenant", await asked(bareApp, "22222222-2222-4222-8222-222222222222"));
  const scope = "https://elsewhere.example/.default";
  tell("refused.scope", await refusalOf(() => application(app).acquireTokenByClientCredential({ scopes: [scope] })));
  const { path } = collections.secureScores;
  tell("refused.withoutRoles", await refusalOf(() => connect(application(bareApp)).api(path).get()));
  tell(
    "refused.badSecretInGraph",
    await refusalOf(() =>
      connect(application({ ...app, clientSecret: "wrong" }))
        .api(path)
        .get(),
    ),
  );
}

await useTokens();
await walkGraph(connect(application(app)));
await useRefusals();
tell("done", true);
