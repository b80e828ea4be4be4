// PnPjs for Graph in Node with its own MSAL behaviour, unmodified. Prints one fact per line, as JSON.
import { Count, graphDelete, graphfi, GraphCollection, GraphInstance, graphPatch, graphPost, graphPut, Paged } from "@pnp/graph";
// oxlint-disable-next-line import/no-unassigned-import -- adds batched() to the client, as its documentation says
import "@pnp/graph/batching.js";
// oxlint-disable-next-line import/no-unassigned-import -- adds subscriptions to the client, as its documentation says
import "@pnp/graph/subscriptions/index.js";
import { GraphDefault, MSAL } from "@pnp/nodejs";
import { BearerToken, body, HttpRequestError, InjectHeaders } from "@pnp/queryable";
import { collections } from "./collections.mjs";
import { app, areAll, bareApp, base, claimsOf, namesOf, nowhere, scopes, tell, tenant } from "./place.mjs";

const root = GraphDefault({ baseUrl: `${base.origin}/v1.0` });

/** The client of an application; MSAL is the one that PnPjs brings. */
function connect({ clientId, clientSecret }) {
  const auth = { clientId, clientSecret, authority: `${base.origin}/${tenant}`, knownAuthorities: [base.host] };
  return graphfi().using(root, MSAL({ auth }, scopes));
}

const graph = connect(app);
const collection = (path, of = graph) => of.create(GraphCollection, path.slice(1));
const instance = (path, of = graph) => of.create(GraphInstance, path.slice(1));

/** What the caller of a client sees of a refusal: the answer itself, or an error of MSAL. */
async function refusalOf(call) {
  try {
    return { answered: (await call()) ?? null };
  } catch (error) {
    if (!(error instanceof HttpRequestError)) return { name: error.name, message: error.message };
    const { status, response, message } = error;
    const { code, message: told, innerError } = (await response.json()).error;
    return {
      status,
      code,
      message: told,
      within: message.includes(JSON.stringify(told)),
      requestId: innerError["request-id"] === response.headers.get("request-id"),
    };
  }
}

/** What the MSAL of this client got, as two requests carried it: the global fetch is watched meanwhile. */
async function useToken() {
  const plain = globalThis.fetch;
  const seen = [];
  globalThis.fetch = (url, init) => {
    const token = new Headers(init?.headers).get("Authorization");
    if (token !== null) seen.push(token.replace("Bearer ", ""));
    return plain(url, init);
  };
  for (let round = 0; round < 2; round += 1) await collection(collections.secureScores.path).top(1)();
  globalThis.fetch = plain;
  const { tid, appid, azp = appid } = claimsOf(seen[0]);
  tell("token", { tenant: tid === tenant, app: azp === app.clientId, kept: seen[0] === seen[1] });
}

const markOf = (name) => `pnp-${name}`;

async function create(name, { path, draft }) {
  const made = [];
  for (let index = 1; index <= 5; index += 1) made.push(await graphPost(collection(path), body(draft(markOf(name), index))));
  tell(`${name}.created`, { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map((one) => one["@odata.type"]))] });
  return made;
}

async function read(name, { path, find }, made) {
  tell(`${name}.listed`, (await collection(path)()).length >= made.length);
  const found = () => collection(path).filter(find(markOf(name)));
  const sizes = [];
  const ids = [];
  for await (const page of found().top(2)) {
    sizes.push(page.length);
    ids.push(...page.map(({ id }) => id));
  }
  tell(`${name}.paged`, { sizes, all: areAll(ids, made) });
  const counting = found().top(1).using(Paged(true));
  counting.query.set("$count", "true");
  const { count, value, hasNext } = await counting();
  tell(`${name}.counted`, { count, page: value.length, hasNext });
  tell(`${name}.countedByCount`, await Count(found()));
  const [selected] = await found().select("id").orderBy("createdDateTime", false).top(1)();
  tell(`${name}.selected`, namesOf(selected));
}

async function change(name, { path, change: changes, deletes }, one) {
  const at = `${path}/${one.id}`;
  const got = await instance(at)();
  const same = Object.keys(one).every((key) => JSON.stringify(got[key]) === JSON.stringify(one[key]));
  tell(`${name}.got`, { same, hasETag: typeof got["@odata.etag"] === "string" });
  const patch = () => graphPatch(instance(at).using(InjectHeaders({ "If-Match": got["@odata.etag"] })), body(changes));
  await patch();
  const after = await instance(at)();
  const [property, wanted] = Object.entries(changes)[0];
  tell(`${name}.updated`, { applied: after[property] === wanted, newETag: after["@odata.etag"] !== got["@odata.etag"] });
  tell(`${name}.stale`, await refusalOf(patch));
  if (deletes) await graphDelete(instance(at));
  tell(`${name}.deleted`, await refusalOf(() => (deletes ? instance(at)() : graphDelete(instance(at)))));
}

async function useBatch() {
  const { path, draft, find } = collections.secureScores;
  const [batched, execute] = graph.batched();
  const asked = [
    graphPost(collection(path, batched), body(draft("pnp-batch", 1))),
    collection(path, batched).top(1)(),
    refusalOf(() => instance(`${path}/${nowhere}`, batched)()),
  ];
  await execute();
  const [made, listed, none] = await Promise.all(asked);
  tell("batch.answers", { made: made.enabledServices, listed: listed.length, none });
  tell("batch.kept", (await collection(path).filter(find("pnp-batch"))()).length);
}

/** What was changed meanwhile, and what has ended: each refused in its own place, the rest done. */
async function useRefusedBatch() {
  const { secureScores, securityActions } = collections;
  const score = await graphPost(collection(secureScores.path), body(secureScores.draft("pnp-batch", 2)));
  await graphPatch(instance(`${secureScores.path}/${score.id}`), body({ currentScore: 4 }));
  const action = await graphPost(collection(securityActions.path), body(securityActions.draft("pnp-batch", 2)));
  const cancelPath = `${securityActions.path}/${action.id}/cancelSecurityAction`;
  await graphPost(instance(cancelPath));
  const [batched, execute] = graph.batched();
  const at = () => instance(`${secureScores.path}/${score.id}`, batched);
  const stale = at().using(InjectHeaders({ "If-Match": score["@odata.etag"] }));
  const asked = [refusalOf(() => graphPatch(stale, body({ currentScore: 5 }))), refusalOf(() => graphPost(instance(cancelPath, batched), body({}))), at()()];
  await execute();
  const [changed, ended, kept] = await Promise.all(asked);
  tell("batch.refused", { changed, ended, kept: kept.currentScore });
}

async function useRefusals() {
  const { secureScores, securityActions } = collections;
  tell("refused.badBody", await refusalOf(() => graphPost(collection(secureScores.path), body({ currentScore: "much" }))));
  tell("refused.badFilter", await refusalOf(() => collection(secureScores.path).filter("currentScore gt")()));
  tell("refused.unknownSegment", await refusalOf(() => collection("/security/secureThings")()));
  tell("refused.badToken", await refusalOf(() => graphfi().using(root, BearerToken("not.a.token")).create(GraphCollection, "security/secureScores")()));
  tell("refused.noToken", await refusalOf(() => graphfi().using(root).create(GraphCollection, "security/secureScores")()));
  tell("refused.withoutRoles", await refusalOf(() => collection(secureScores.path, connect(bareApp))()));
  tell("refused.badSecret", await refusalOf(() => collection(secureScores.path, connect({ ...app, clientSecret: "wrong" }))()));
  tell("refused.unknownId", await refusalOf(() => instance(`${secureScores.path}/${nowhere}`)()));
  const { id } = await graphPost(collection(securityActions.path), body(securityActions.draft("pnp-refused", 1)));
  const cancel = () => graphPost(instance(`${securityActions.path}/${id}/cancelSecurityAction`));
  tell("action.cancelled", (await cancel()) ?? null);
  tell("refused.cancelledTwice", await refusalOf(cancel));
  tell("refused.put", await refusalOf(() => graphPut(instance(`${securityActions.path}/${id}`), body({ name: "x" }))));
}

async function useSubscriptions() {
  tell("subscriptions.listed", await graph.subscriptions());
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const add = () => graph.subscriptions.add("created", "https://hooks.contoso.example/graph", "/security/securityActions", expires);
  tell("subscriptions.created", await refusalOf(add));
}

await useToken();
for (const [name, each] of Object.entries(collections)) {
  const made = await create(name, each);
  await read(name, each, made);
  await change(name, each, made[0]);
}
await useBatch();
await useRefusedBatch();
await useRefusals();
await useSubscriptions();
tell("done", true);
