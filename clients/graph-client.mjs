// The published Graph client and Azure Identity, unmodified, against a running server. Prints one fact per line, as JSON.
import { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import { ClientSecretCredential } from "@azure/identity";
import { collections, tell } from "./collections.mjs";

const { BASE_URL, TENANT, CLIENT_ID, CLIENT_SECRET, BARE_CLIENT_ID, BARE_CLIENT_SECRET } = process.env;
const base = new URL(BASE_URL);

/** A client of an application, as the product's how-to describes it: no host but the server's own is ever asked. */
function connect(clientId, clientSecret) {
  const credential = new ClientSecretCredential(TENANT, clientId, clientSecret, { authorityHost: base.origin, disableInstanceDiscovery: true });
  const authProvider = new TokenCredentialAuthenticationProvider(credential, { scopes: [`${base.origin}/.default`] });
  return Client.initWithMiddleware({ baseUrl: `${base.origin}/`, defaultVersion: "v1.0", customHosts: new Set([base.hostname]), authProvider });
}

const graph = connect(CLIENT_ID, CLIENT_SECRET);

/** What the caller of a client sees of a refusal. */
async function refusalOf(request) {
  try {
    return { answered: (await request()) ?? null };
  } catch (error) {
    if (!(error instanceof GraphError)) return { name: error.name, message: error.message };
    const { statusCode, code, message, requestId, date, body } = error;
    // The client falls back to the present moment where it finds no date: what it was told stands in the body.
    const told = statusCode > 0 ? JSON.parse(body).innerError : {};
    return { statusCode, code, message, requestId: requestId === told["request-id"], date: date.getTime() === new Date(told.date).getTime() };
  }
}

const small = { Prefer: "odata.maxpagesize=2" };

/** Everything that the page iterator walks over. */
async function walk(first) {
  const ids = [];
  const iterator = new PageIterator(graph, first, (item) => ids.push(item.id) > 0, { headers: small });
  await iterator.iterate();
  return { ids, complete: iterator.isComplete() };
}

async function useCollection(name, { path, draft, find, change, deletes }) {
  const mark = `client-${name}`;
  const made = [];
  for (let index = 1; index <= 5; index += 1) made.push(await graph.api(path).post(draft(mark, index)));
  tell(`${name}.created`, { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map((one) => one["@odata.type"]))] });

  const filter = find(mark);
  const first = await graph.api(path).filter(filter).headers(small).get();
  const { ids, complete } = await walk(first);
  tell(`${name}.paged`, {
    first: first.value.length,
    hasNextLink: "@odata.nextLink" in first,
    all: ids.length === made.length && made.every(({ id }) => ids.includes(id)),
    complete,
  });
  tell(`${name}.top`, (await graph.api(path).filter(filter).top(3).get()).value.length);
  const counted = await graph.api(path).filter(filter).count(true).top(1).get();
  tell(`${name}.counted`, { count: counted["@odata.count"], bare: Number(await graph.api(`${path}/$count`).filter(filter).get()) });
  const [listed] = (await graph.api(path).filter(filter).select("id").top(1).get()).value;
  tell(
    `${name}.selected`,
    Object.keys(listed).filter((key) => !key.startsWith("@")),
  );

  const [one] = made;
  const got = await graph.api(`${path}/${one.id}`).get();
  tell(`${name}.got`, { same: JSON.stringify(got) === JSON.stringify(one), hasETag: typeof got["@odata.etag"] === "string" });
  await graph.api(`${path}/${one.id}`).header("If-Match", got["@odata.etag"]).patch(change);
  const [property, value] = Object.entries(change)[0];
  const changed = await graph.api(`${path}/${one.id}`).get();
  tell(`${name}.updated`, { applied: changed[property] === value, newETag: changed["@odata.etag"] !== got["@odata.etag"] });
  tell(`${name}.stale`, await refusalOf(() => graph.api(`${path}/${one.id}`).header("If-Match", got["@odata.etag"]).patch(change)));

  if (!deletes) tell(`${name}.deleted`, await refusalOf(() => graph.api(`${path}/${one.id}`).delete()));
  else {
    await graph.api(`${path}/${one.id}`).delete();
    tell(`${name}.deleted`, await refusalOf(() => graph.api(`${path}/${one.id}`).get()));
  }
}

async function useBatch() {
  const { draft, path } = collections.secureScores;
  const headers = { "Content-Type": "application/json" };
  const requests = [
    { id: "list", method: "GET", url: `${path}?$top=1` },
    { id: "make", method: "POST", url: path, headers, body: draft("client-batch", 1) },
    { id: "after", method: "GET", url: "/security/userSecurityProfiles?$top=1", dependsOn: ["make"] },
    { id: "none", method: "GET", url: `${path}/00000000-0000-4000-8000-000000000000` },
  ];
  const { responses } = await graph.api("/$batch").post({ requests });
  tell("batch.statuses", Object.fromEntries(responses.map(({ id, status }) => [id, status]).toSorted()));
  const { body } = responses.find(({ id }) => id === "make");
  tell("batch.made", (await graph.api(`${path}/${body.id}`).get()).enabledServices);
}

/** The same through the client's own classes for batches, which want Requests and give Responses. */
async function useBatchClasses() {
  const { draft, path } = collections.secureScores;
  const url = (tail) => `${base.origin}/v1.0${tail}`;
  const post = new Request(url(path), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(draft("client-batch", 2)) });
  const content = new BatchRequestContent([
    { id: "1", request: post },
    { id: "2", request: new Request(url(`${path}?$top=2`)), dependsOn: ["1"] },
  ]);
  const answer = new BatchResponseContent(await graph.api("/$batch").post(await content.getContent()));
  const [made, listed] = [answer.getResponseById("1"), answer.getResponseById("2")];
  tell("batch.classes", { statuses: [made.status, listed.status], service: (await made.json()).enabledServices, listed: (await listed.json()).value.length });
}

async function useRefusals() {
  const { secureScores, securityActions } = collections;
  tell("refused.badBody", await refusalOf(() => graph.api(secureScores.path).post({ currentScore: "much" })));
  tell("refused.badFilter", await refusalOf(() => graph.api(secureScores.path).filter("currentScore gt").get()));
  tell("refused.unknownProperty", await refusalOf(() => graph.api(securityActions.path).filter("nme eq 'x'").get()));
  tell("refused.required", await refusalOf(() => graph.api(securityActions.path).post({ name: "BlockIp" })));
  tell("refused.unknownId", await refusalOf(() => graph.api(`${secureScores.path}/00000000-0000-4000-8000-000000000000`).get()));
  tell("refused.unknownSegment", await refusalOf(() => graph.api("/security/secureThings").get()));
  const action = await graph.api(securityActions.path).post(securityActions.draft("client-refused", 1));
  await graph.api(`${securityActions.path}/${action.id}/cancelSecurityAction`).post({});
  tell("refused.cancelledTwice", await refusalOf(() => graph.api(`${securityActions.path}/${action.id}/cancelSecurityAction`).post({})));
  const stranger = new ClientSecretCredential(TENANT, CLIENT_ID, "wrong", { authorityHost: base.origin, disableInstanceDiscovery: true });
  tell("refused.badSecret", await refusalOf(() => stranger.getToken(`${base.origin}/.default`)));
  tell("refused.badSecretInGraph", await refusalOf(() => connect(CLIENT_ID, "wrong").api(secureScores.path).get()));
  tell("refused.withoutRoles", await refusalOf(() => connect(BARE_CLIENT_ID, BARE_CLIENT_SECRET).api(secureScores.path).get()));
  const forger = Client.init({ baseUrl: `${base.origin}/`, authProvider: (done) => done(null, "not.a.token"), customHosts: new Set([base.hostname]) });
  tell("refused.badToken", await refusalOf(() => forger.api(secureScores.path).get()));
}

for (const [name, collection] of Object.entries(collections)) await useCollection(name, collection);
await useBatch();
await useBatchClasses();
await useRefusals();
tell("done", true);
