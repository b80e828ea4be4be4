// PnPjs for Graph in Node with its own MSAL behaviour, unmodified. Prints one fact per line, as JSON.
import { Count, graphDelete, graphfi, GraphCollection, GraphInstance, graphPatch, graphPost, graphPut, Paged } from "@pnp/graph";
// oxlint-disable-next-line import/no-unassigned-import -- adds batched() to the client, as its documentation says
import "@pnp/graph/batching.js";
// oxlint-disable-next-line import/no-unassigned-import -- adds subscriptions to the client, as its documentation says
import "@pnp/graph/subscriptions/index.js";
import { GraphDefault, MSAL } from "@pnp/nodejs";
import { BearerToken, body, HttpRequestError, InjectHeaders } from "@pnp/queryable";
import { collections, tell } from "./collections.mjs";

const { BASE_URL, TENANT, CLIENT_ID, CLIENT_SECRET, BARE_CLIENT_ID, BARE_CLIENT_SECRET } = process.env;
const base = new URL(BASE_URL);
const root = GraphDefault({ baseUrl: `${base.origin}/v1.0` });

/** The client of an application; MSAL is the one that PnPjs brings. */
function connect(clientId, clientSecret) {
  const auth = { clientId, clientSecret, authority: `${base.origin}/${TENANT}`, knownAuthorities: [base.host] };
  return graphfi().using(root, MSAL({ auth }, [`${base.origin}/.default`]));
}

const graph = connect(CLIENT_ID, CLIENT_SECRET);
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

async function useCollection(name, { path, draft, find, change, deletes }) {
  const mark = `pnp-${name}`;
  const made = [];
  for (let index = 1; index <= 5; index += 1) made.push(await graphPost(collection(path), body(draft(mark, index))));
  tell(`${name}.created`, { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map((one) => one["@odata.type"]))] });

  const found = () => collection(path).filter(find(mark));
  const sizes = [];
  const ids = [];
  for await (const page of found().top(2)) {
    sizes.push(page.length);
    ids.push(...page.map(({ id }) => id));
  }
  tell(`${name}.paged`, { sizes, all: ids.length === made.length && made.every(({ id }) => ids.includes(id)) });
  const counting = found().top(1).using(Paged(true));
  counting.query.set("$count", "true");
  const { count, value, hasNext } = await counting();
  tell(`${name}.counted`, { count, page: value.length, hasNext, byCount: await Count(found()) });
  const [selected] = await found().select("id").orderBy("createdDateTime", false).top(1)();
  tell(
    `${name}.selected`,
    Object.keys(selected).filter((key) => !key.startsWith("@")),
  );

  const at = `${path}/${made[0].id}`;
  const got = await instance(at)();
  tell(`${name}.got`, {
    same: Object.keys(made[0]).every((key) => JSON.stringify(got[key]) === JSON.stringify(made[0][key])),
    hasETag: typeof got["@odata.etag"] === "string",
  });
  const patch = () => graphPatch(instance(at).using(InjectHeaders({ "If-Match": got["@odata.etag"] })), body(change));
  await patch();
  const after = await instance(at)();
  const [property, wanted] = Object.entries(change)[0];
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
    refusalOf(() => instance(`${path}/00000000-0000-4000-8000-000000000000`, batched)()),
  ];
  await execute();
  const [made, listed, none] = await Promise.all(asked);
  tell("batch.answers", { made: made.enabledServices, listed: listed.length, none });
  tell("batch.kept", (await collection(path).filter(find("pnp-batch"))()).length);
}

async function useRefusals() {
  const { secureScores, securityActions } = collections;
  tell("refused.badBody", await refusalOf(() => graphPost(collection(secureScores.path), body({ currentScore: "much" }))));
  tell("refused.badFilter", await refusalOf(() => collection(secureScores.path).filter("currentScore gt")()));
  tell("refused.unknownSegment", await refusalOf(() => collection("/security/secureThings")()));
  tell("refused.badToken", await refusalOf(() => graphfi().using(root, BearerToken("not.a.token")).create(GraphCollection, "security/secureScores")()));
  tell("refused.noToken", await refusalOf(() => graphfi().using(root).create(GraphCollection, "security/secureScores")()));
  tell("refused.withoutRoles", await refusalOf(() => collection(secureScores.path, connect(BARE_CLIENT_ID, BARE_CLIENT_SECRET))()));
  tell("refused.badSecret", await refusalOf(() => collection(secureScores.path, connect(CLIENT_ID, "wrong"))()));
  tell("refused.unknownId", await refusalOf(() => instance(`${secureScores.path}/00000000-0000-4000-8000-000000000000`)()));
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

for (const [name, each] of Object.entries(collections)) await useCollection(name, each);
await useBatch();
await useRefusals();
await useSubscriptions();
tell("done", true);
