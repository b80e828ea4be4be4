// MSAL for Node with client credentials, unmodified, and the Graph client that takes its tokens. Prints one fact per line, as JSON.
import { ConfidentialClientApplication } from "@azure/msal-node";
import { Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";
import { collections, tell } from "./collections.mjs";

const { BASE_URL, TENANT, CLIENT_ID, CLIENT_SECRET, BARE_CLIENT_ID, BARE_CLIENT_SECRET } = process.env;
const base = new URL(BASE_URL);
const scopes = [`${base.origin}/.default`];

/** An application as MSAL knows it: of knownAuthorities it wants host and port, and then asks no public cloud about them. */
function application(clientId, clientSecret, tenant = TENANT) {
  return new ConfidentialClientApplication({
    auth: { clientId, clientSecret, authority: `${base.origin}/${tenant}`, knownAuthorities: [base.host] },
    system: { loggerOptions: { loggerCallback() {} } },
  });
}

/** The Graph client with tokens of an application. */
function connect(app) {
  const authProvider = { getAccessToken: async () => (await app.acquireTokenByClientCredential({ scopes })).accessToken };
  return Client.initWithMiddleware({ baseUrl: `${base.origin}/`, defaultVersion: "v1.0", customHosts: new Set([base.hostname]), authProvider });
}

function claimsOf({ accessToken }) {
  return JSON.parse(Buffer.from(accessToken.split(".")[1], "base64url").toString());
}

async function useTokens() {
  const app = application(CLIENT_ID, CLIENT_SECRET);
  const [first, second] = [await app.acquireTokenByClientCredential({ scopes }), await app.acquireTokenByClientCredential({ scopes })];
  const claims = claimsOf(first);
  tell("token.first", {
    type: first.tokenType,
    fromCache: first.fromCache,
    minutes: Math.round((first.expiresOn.getTime() - Date.now()) / 60_000),
    tenant: claims.tid === TENANT,
    app: (claims.appid ?? claims.azp) === CLIENT_ID,
  });
  tell("token.second", { fromCache: second.fromCache, same: second.accessToken === first.accessToken });
  const fresh = await app.acquireTokenByClientCredential({ scopes, skipCache: true });
  tell("token.fresh", { fromCache: fresh.fromCache, same: fresh.accessToken === first.accessToken });
  const byName = await application(CLIENT_ID, CLIENT_SECRET, "contoso.localtest").acquireTokenByClientCredential({ scopes });
  tell("token.byName", claimsOf(byName).tid);
}

async function useGraph() {
  const graph = connect(application(CLIENT_ID, CLIENT_SECRET));
  for (const [name, { path, draft, find, change, deletes }] of Object.entries(collections)) {
    const mark = `msal-${name}`;
    const made = [await graph.api(path).post(draft(mark, 1)), await graph.api(path).post(draft(mark, 2)), await graph.api(path).post(draft(mark, 3))];
    const headers = { Prefer: "odata.maxpagesize=2" };
    const first = await graph.api(path).filter(find(mark)).count(true).headers(headers).get();
    const ids = [];
    await new PageIterator(graph, first, (item) => ids.push(item.id) > 0, { headers }).iterate();
    const one = await graph.api(`${path}/${made[0].id}`).get();
    await graph.api(`${path}/${one.id}`).header("If-Match", one["@odata.etag"]).patch(change);
    const [property, value] = Object.entries(change)[0];
    const changed = await graph.api(`${path}/${one.id}`).get();
    if (deletes) await graph.api(`${path}/${one.id}`).delete();
    tell(name, {
      count: first["@odata.count"],
      firstPage: first.value.length,
      all: ids.length === made.length && made.every(({ id }) => ids.includes(id)),
      same: JSON.stringify(one) === JSON.stringify(made[0]),
      changed: changed[property] === value,
      left: (await graph.api(path).filter(find(mark)).get()).value.length,
    });
  }
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
  tell("refused.badSecret", await asked(CLIENT_ID, "wrong"));
  tell("refused.unknownApp", await asked("00000000-0000-4000-8000-000000000000", CLIENT_SECRET));
  tell("refused.otherTenant", await asked(BARE_CLIENT_ID, BARE_CLIENT_SECRET, "22222222-2222-4222-8222-222222222222"));
  const scope = "https://elsewhere.example/.default";
  tell("refused.scope", await refusalOf(() => application(CLIENT_ID, CLIENT_SECRET).acquireTokenByClientCredential({ scopes: [scope] })));
  const bare = connect(application(BARE_CLIENT_ID, BARE_CLIENT_SECRET));
  tell("refused.withoutRoles", await refusalOf(() => bare.api(collections.secureScores.path).get()));
  tell("refused.badSecretInGraph", await refusalOf(() => connect(application(CLIENT_ID, "wrong")).api(collections.secureScores.path).get()));
}

await useTokens();
await useGraph();
await useRefusals();
tell("done", true);
