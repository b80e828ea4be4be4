// The kiota runtime of @microsoft/msgraph-sdk with the typed beta models of the four entities, unmodified. Prints one fact per line, as JSON.
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { ClientSecretCredential } from "@azure/identity";
import { HttpMethod, RequestInformation } from "@microsoft/kiota-abstractions";
import { createODataErrorFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js";
import { createGraphServiceClient, GraphRequestAdapter } from "@microsoft/msgraph-sdk";
import { BatchRequestContent, GraphAzureIdentityAuthenticationProvider, PageIterator } from "@microsoft/msgraph-sdk-core";
// oxlint-disable-next-line import/no-unassigned-import -- adds subscriptions to the client, as its documentation says
import "@microsoft/msgraph-sdk-subscriptions";
import { collections } from "./collections.mjs";
import { typed } from "./kiota-models.mjs";
import { app, areAll, bareApp, base, nowhere, scopes, tell, tenant } from "./place.mjs";

const errorMappings = { XXX: createODataErrorFromDiscriminatorValue };

function credentialOf({ clientId, clientSecret }) {
  return new ClientSecretCredential(tenant, clientId, clientSecret, { authorityHost: base.origin, disableInstanceDiscovery: true });
}

/** An adapter with the tokens of a credential: the host without its port is the one that gets them. */
function connect(credential, allowedHosts = new Set([base.hostname])) {
  const connected = new GraphRequestAdapter(new GraphAzureIdentityAuthenticationProvider(credential, scopes, undefined, allowedHosts));
  connected.baseUrl = `${base.origin}/beta`;
  return connected;
}

const credential = credentialOf(app);
const adapter = connect(credential);

/** A request as the generated packages make them; those for security are not published. */
function request(method, path, options = {}) {
  const { query = {}, headers = {}, content, serializer, of = adapter } = options;
  const info = new RequestInformation(method, `{+baseurl}${path}{?%24count,%24filter,%24orderby,%24select,%24top}`, { baseurl: of.baseUrl });
  for (const [name, value] of Object.entries(query)) info.queryParameters[`%24${name}`] = value;
  for (const [name, value] of Object.entries(headers)) info.headers.add(name, value);
  info.headers.tryAdd("Accept", "application/json");
  if (content !== undefined) info.setContentFromParsable(of, "application/json", content, serializer);
  return info;
}

/** The properties of a draft that an answer does not repeat as they were sent. */
function differences(sent, got, path = "") {
  if (sent instanceof Date) return got instanceof Date && got.getTime() === sent.getTime() ? [] : [path];
  if (typeof sent !== "object" || sent === null) return Object.is(sent, got) ? [] : [path];
  if (typeof got !== "object" || got === null) return [path];
  return Object.keys(sent).flatMap((key) => differences(sent[key], got[key], path === "" ? key : `${path}/${key}`));
}

/** The ETag of a typed model: a control annotation, which no generated model declares. */
function etagOf({ additionalData }) {
  return additionalData?.["@odata.etag"];
}

/** What the caller of a client sees of a refusal. */
async function refusalOf(call) {
  try {
    return { answered: (await call()) ?? null };
  } catch (error) {
    const { responseStatusCode, message, errorEscaped } = error;
    if (errorEscaped === undefined) return { name: error.name, responseStatusCode, message };
    const { code, innerError, details, target } = errorEscaped;
    const header = error.responseHeaders?.["request-id"]?.[0];
    return {
      responseStatusCode,
      code,
      message,
      repeated: errorEscaped.message === message,
      requestId: innerError.requestId !== undefined && innerError.requestId === header,
      date: innerError.date instanceof Date,
      ...(target === undefined ? {} : { target }),
      ...(details === undefined ? {} : { details: details.map((detail) => detail.target) }),
    };
  }
}

/** The calls of a collection, as a generated request builder has them. */
function callsOf(name) {
  const { path } = collections[name];
  const { serializer, one, many } = typed[name];
  return {
    list: (query, headers) => adapter.send(request(HttpMethod.GET, path, { query, headers }), many, errorMappings),
    count: (query) => adapter.sendPrimitive(request(HttpMethod.GET, `${path}/$count`, { query, headers: { Accept: "text/plain" } }), "number", errorMappings),
    make: (content) => adapter.send(request(HttpMethod.POST, path, { content, serializer }), one, errorMappings),
    get: (id) => adapter.send(request(HttpMethod.GET, `${path}/${id}`), one, errorMappings),
    patch: (id, content, headers) => adapter.send(request(HttpMethod.PATCH, `${path}/${id}`, { headers, content, serializer }), one, errorMappings),
    remove: (id) => adapter.sendNoResponseContent(request(HttpMethod.DELETE, `${path}/${id}`), errorMappings),
  };
}

const markOf = (name) => `kiota-${name}`;

async function create(name) {
  const { make, get } = callsOf(name);
  const drafts = [1, 2, 3, 4, 5].map((index) => typed[name].draft(markOf(name), index));
  const made = [];
  for (const each of drafts) made.push(await make(each));
  tell(`${name}.created`, { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map(({ odataType }) => odataType))] });
  tell(`${name}.lost`, [...new Set(drafts.flatMap((sent, index) => differences(sent, made[index])))]);
  const got = await get(made[0].id);
  tell(`${name}.got`, { lost: differences(drafts[0], got), hasETag: typeof etagOf(got) === "string", dated: got.createdDateTime instanceof Date });
  return made;
}

async function read(name, made) {
  const { list, count } = callsOf(name);
  tell(`${name}.listed`, (await list()).value.length >= made.length);
  const filter = collections[name].find(markOf(name));
  // $top is the size of a page here, as in Graph: the next link goes on.
  const first = await list({ filter, top: 2, count: true });
  const ids = [];
  const iterator = new PageIterator(adapter, first, (item) => ids.push(item.id) > 0, typed[name].many, errorMappings);
  await iterator.iterate();
  const hasNextLink = first.odataNextLink !== undefined;
  tell(`${name}.paged`, { first: first.value.length, hasNextLink, all: areAll(ids, made), state: iterator.getPagingState() });
  tell(`${name}.counted`, { count: first.odataCount, bare: await count({ filter }) });
  const [selected] = (await list({ filter, select: ["id"], orderby: ["createdDateTime desc"] })).value;
  const own = new Set(["additionalData", "backingStoreEnabled"]);
  tell(
    `${name}.selected`,
    Object.keys(selected).filter((key) => selected[key] !== undefined && !own.has(key)),
  );
}

async function change(name, { id }) {
  const { get, patch, remove } = callsOf(name);
  const got = await get(id);
  const changes = typed[name].change;
  const update = (headers) => patch(id, { odataType: got.odataType, ...changes }, { "If-Match": etagOf(got), ...headers });
  const answered = await update({ Prefer: "return=representation" });
  const after = await get(id);
  tell(`${name}.updated`, { answered: differences(changes, answered), kept: differences(changes, after), newETag: etagOf(after) !== etagOf(got) });
  tell(`${name}.stale`, await refusalOf(() => update({})));
  const { deletes } = collections[name];
  if (deletes) await remove(id);
  tell(`${name}.deleted`, await refusalOf(() => (deletes ? get(id) : remove(id))));
}

/** Runs requests as one batch: their statuses. What answers within a batch hold is not readable by this client (clients/README.md). */
async function statusesOf(requests) {
  const batch = new BatchRequestContent(adapter, errorMappings);
  const steps = Object.entries(requests).map(([name, each]) => [name, batch.addBatchRequest(each).id]);
  const statuses = await (await batch.postAsync()).getResponsesStatusCodes();
  return Object.fromEntries(steps.map(([name, id]) => [name, statuses.get(id)]));
}

async function useBatch() {
  const { secureScores, securityActions } = collections;
  const none = request(HttpMethod.GET, `${secureScores.path}/${nowhere}`);
  tell("batch.statuses", await statusesOf({ list: request(HttpMethod.GET, secureScores.path, { query: { top: 1 } }), none }));
  const draft = { content: typed.secureScores.draft("kiota-batch", 1), serializer: typed.secureScores.serializer };
  tell("batch.write", await refusalOf(() => statusesOf({ write: request(HttpMethod.POST, secureScores.path, draft) })));

  const action = await callsOf("securityActions").make(typed.securityActions.draft("kiota-batch", 1));
  const cancel = () => ({ cancel: request(HttpMethod.POST, `${securityActions.path}/${action.id}/cancelSecurityAction`) });
  tell("batch.ended", [await statusesOf(cancel()), await statusesOf(cancel())]);
  const score = await callsOf("secureScores").make(draft.content);
  await callsOf("secureScores").patch(score.id, { currentScore: 2 });
  const stale = request(HttpMethod.DELETE, `${secureScores.path}/${score.id}`, { headers: { "If-Match": etagOf(score) } });
  tell("batch.stale", await statusesOf({ stale }));
}

async function useRefusals() {
  const { secureScores, securityActions } = collections;
  const get = (path, options) => refusalOf(() => (options?.of ?? adapter).send(request(HttpMethod.GET, path, options), typed.secureScores.many, errorMappings));
  tell("refused.badFilter", await get(secureScores.path, { query: { filter: "currentScore gt" } }));
  tell("refused.unknownProperty", await get(securityActions.path, { query: { filter: "nme eq 'x'" } }));
  tell("refused.unknownSegment", await get("/security/secureThings"));
  const forged = new GraphRequestAdapter({ authenticateRequest: async ({ headers }) => void headers.add("Authorization", "Bearer not.a.token") });
  forged.baseUrl = adapter.baseUrl;
  tell("refused.badToken", await get(secureScores.path, { of: forged }));
  tell("refused.unknownId", await get(`${secureScores.path}/${nowhere}`));
  tell("refused.wrongMethod", await refusalOf(() => adapter.sendNoResponseContent(request(HttpMethod.DELETE, securityActions.path), errorMappings)));
  const { one, serializer, draft } = typed.securityActions;
  const make = (content) => adapter.send(request(HttpMethod.POST, securityActions.path, { content, serializer }), one, errorMappings);
  tell("refused.required", await refusalOf(() => make({ name: "BlockIp" })));
  const { id } = await make(draft("kiota-refused", 1));
  const cancel = () => adapter.sendNoResponseContent(request(HttpMethod.POST, `${securityActions.path}/${id}/cancelSecurityAction`), errorMappings);
  await cancel();
  tell("refused.cancelledTwice", await refusalOf(cancel));
  tell("refused.withoutRoles", await get(secureScores.path, { of: connect(credentialOf(bareApp)) }));
  tell("refused.hostWithPort", await get(secureScores.path, { of: connect(credential, new Set([base.host])) }));
  tell("refused.badSecret", await get(secureScores.path, { of: connect(credentialOf({ ...app, clientSecret: "wrong" })) }));
}

/** A notification endpoint on this machine: it answers challenges, and keeps what it is told. */
async function openReceiver() {
  const told = [];
  const answer = async (incoming, response) => {
    const challenge = new URL(incoming.url, "http://receiver").searchParams.get("validationToken");
    const body = await text(incoming);
    if (challenge === null) told.push(...JSON.parse(body).value);
    response.writeHead(challenge === null ? 202 : 200, { "Content-Type": "text/plain" }).end(challenge ?? "");
    if (challenge === null) server.emit("told");
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { told, server, url: `http://127.0.0.1:${server.address().port}/hook` };
}

async function useSubscriptions() {
  const graph = createGraphServiceClient(adapter);
  tell("subscriptions.none", (await graph.subscriptions.get()).value.length);
  const { told, server, url } = await openReceiver();
  const subscription = {
    changeType: "created",
    clientState: "secret",
    expirationDateTime: new Date(Date.now() + 3_600_000),
    notificationUrl: url,
    resource: "/security/secureScores",
  };
  const made = await graph.subscriptions.post(subscription);
  tell("subscriptions.created", {
    lost: differences(subscription, made),
    applicationId: made.applicationId === app.clientId,
    creatorId: made.creatorId === app.clientId,
  });
  await followSubscription(graph.subscriptions, made, told, server);
  server.close();
  server.closeAllConnections();
  tell(
    "subscriptions.unreachable",
    await refusalOf(() => graph.subscriptions.post({ ...subscription, notificationUrl: "https://hooks.contoso.example/graph" })),
  );
  tell("subscriptions.past", await refusalOf(() => graph.subscriptions.post({ ...subscription, expirationDateTime: new Date(0) })));
  tell("subscriptions.unknown", await refusalOf(() => graph.subscriptions.bySubscriptionId(nowhere).get()));
}

async function followSubscription(subscriptions, made, told, server) {
  const one = subscriptions.bySubscriptionId(made.id);
  tell("subscriptions.got", {
    lost: differences(made, await one.get()),
    listed: areAll(
      (await subscriptions.get()).value.map(({ id }) => id),
      [made],
    ),
  });
  const heard = once(server, "told");
  const score = await callsOf("secureScores").make(typed.secureScores.draft("kiota-told", 1));
  await heard;
  const [{ subscriptionId, changeType, clientState, resourceData }] = told;
  tell("subscriptions.told", { ours: subscriptionId === made.id, changeType, clientState, score: resourceData.id === score.id, count: told.length });
  const later = { expirationDateTime: new Date(Date.now() + 7_200_000) };
  tell("subscriptions.renewed", { answered: differences(later, await one.patch(later)), kept: differences(later, await one.get()) });
  tell("subscriptions.changed", await refusalOf(() => one.patch({ resource: "/security/securityActions" })));
  tell("subscriptions.reauthorized", await refusalOf(() => one.reauthorize.post()));
  await one.delete();
  tell("subscriptions.deleted", await refusalOf(() => one.get()));
}

const { token, expiresOnTimestamp } = await credential.getToken(scopes);
tell("token", { minutes: Math.round((expiresOnTimestamp - Date.now()) / 60_000), kept: (await credential.getToken(scopes)).token === token });
for (const name of Object.keys(typed)) {
  const made = await create(name);
  await read(name, made);
  await change(name, made[0]);
}
await useBatch();
await useRefusals();
await useSubscriptions();
tell("done", true);
