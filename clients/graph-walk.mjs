// What @microsoft/microsoft-graph-client is asked to do, whoever gets its tokens.
import { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";
import { collections } from "./collections.mjs";
import { areAll, base, namesOf, nowhere, tell } from "./place.mjs";

/** A client as the product's how-to describes it. */
export function graphOf(authProvider) {
  return Client.initWithMiddleware({ baseUrl: `${base.origin}/`, defaultVersion: "v1.0", customHosts: new Set([base.hostname]), authProvider });
}

/** What the caller of a client sees of a refusal. */
export async function refusalOf(request) {
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

/** Walks over all that a client of this kind can do here. */
export async function walkGraph(graph) {
  for (const [name, collection] of Object.entries(collections)) {
    const made = await create(graph, name, collection);
    await read(graph, name, { ...collection, made });
    await change(graph, name, { ...collection, one: made[0] });
  }
  await useBatch(graph);
  await useBatchClasses(graph);
  await useRefusedBatch(graph);
  await useRefusals(graph);
}

const markOf = (name) => `client-${name}`;

async function create(graph, name, { path, draft }) {
  const made = [];
  for (let index = 1; index <= 5; index += 1) made.push(await graph.api(path).post(draft(markOf(name), index)));
  tell(`${name}.created`, { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map((one) => one["@odata.type"]))] });
  return made;
}

async function read(graph, name, { path, find, made }) {
  const filter = find(markOf(name));
  const headers = { Prefer: "odata.maxpagesize=2" };
  const first = await graph.api(path).filter(filter).headers(headers).get();
  const ids = [];
  const iterator = new PageIterator(graph, first, (item) => ids.push(item.id) > 0, { headers });
  await iterator.iterate();
  const hasNextLink = "@odata.nextLink" in first;
  tell(`${name}.paged`, { first: first.value.length, hasNextLink, all: areAll(ids, made), complete: iterator.isComplete() });
  tell(`${name}.listed`, (await graph.api(path).get()).value.length >= made.length);
  tell(`${name}.top`, (await graph.api(path).filter(filter).top(3).get()).value.length);
  const counted = await graph.api(path).filter(filter).count(true).top(1).get();
  tell(`${name}.counted`, { count: counted["@odata.count"], bare: Number(await graph.api(`${path}/$count`).filter(filter).get()) });
  const [selected] = (await graph.api(path).filter(filter).select("id").top(1).get()).value;
  tell(`${name}.selected`, namesOf(selected));
}

async function change(graph, name, { path, change: changes, deletes, one }) {
  const at = () => graph.api(`${path}/${one.id}`);
  const got = await at().get();
  tell(`${name}.got`, { same: JSON.stringify(got) === JSON.stringify(one), hasETag: typeof got["@odata.etag"] === "string" });
  await at().header("If-Match", got["@odata.etag"]).patch(changes);
  const [property, value] = Object.entries(changes)[0];
  const changed = await at().get();
  tell(`${name}.updated`, { applied: changed[property] === value, newETag: changed["@odata.etag"] !== got["@odata.etag"] });
  tell(`${name}.stale`, await refusalOf(() => at().header("If-Match", got["@odata.etag"]).patch(changes)));
  if (deletes) await at().delete();
  tell(`${name}.deleted`, await refusalOf(() => (deletes ? at().get() : at().delete())));
}

const json = { "Content-Type": "application/json" };

async function useBatch(graph) {
  const { draft, path } = collections.secureScores;
  const requests = [
    { id: "list", method: "GET", url: `${path}?$top=1` },
    { id: "make", method: "POST", url: path, headers: json, body: draft("client-batch", 1) },
    { id: "after", method: "GET", url: "/security/userSecurityProfiles?$top=1", dependsOn: ["make"] },
    { id: "none", method: "GET", url: `${path}/${nowhere}` },
  ];
  const { responses } = await graph.api("/$batch").post({ requests });
  tell("batch.statuses", Object.fromEntries(responses.map(({ id, status }) => [id, status]).toSorted()));
  const { body } = responses.find(({ id }) => id === "make");
  tell("batch.made", (await graph.api(`${path}/${body.id}`).get()).enabledServices);
}

/** A batch through the client's own classes, which want Requests and give Responses. */
async function batchOf(graph, steps) {
  const requestOf = ({ url, body, headers = {}, ...more }) => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return new Request(`${base.origin}/v1.0${url}`, { ...more, ...content, headers: { ...(body === undefined ? {} : json), ...headers } });
  };
  const ids = Object.keys(steps);
  const content = new BatchRequestContent(ids.map((id) => ({ id, request: requestOf(steps[id]), dependsOn: steps[id].after })));
  const answer = new BatchResponseContent(await graph.api("/$batch").post(await content.getContent()));
  return Object.fromEntries(ids.map((id) => [id, answer.getResponseById(id)]));
}

async function useBatchClasses(graph) {
  const { draft, path } = collections.secureScores;
  const { made, listed } = await batchOf(graph, {
    made: { url: path, method: "POST", body: draft("client-batch", 2) },
    listed: { url: `${path}?$top=2`, after: ["made"] },
  });
  tell("batch.classes", { statuses: [made.status, listed.status], service: (await made.json()).enabledServices, listed: (await listed.json()).value.length });
}

/** What was changed meanwhile, and what has ended: each refused in its own place, the rest done. */
async function useRefusedBatch(graph) {
  const { secureScores, securityActions } = collections;
  const score = await graph.api(secureScores.path).post(secureScores.draft("client-batch", 3));
  await graph.api(`${secureScores.path}/${score.id}`).patch({ currentScore: 4 });
  const action = await graph.api(securityActions.path).post(securityActions.draft("client-batch", 3));
  const cancel = `${securityActions.path}/${action.id}/cancelSecurityAction`;
  await graph.api(cancel).post({});
  const answers = await batchOf(graph, {
    stale: { url: `${secureScores.path}/${score.id}`, method: "PATCH", headers: { "If-Match": score["@odata.etag"] }, body: { currentScore: 5 } },
    ended: { url: cancel, method: "POST", body: {} },
    well: { url: `${secureScores.path}/${score.id}` },
  });
  const told = async (answer) => ({ status: answer.status, ...(await answer.json()).error });
  const [stale, ended] = [await told(answers.stale), await told(answers.ended)];
  tell("batch.refused", {
    stale: { status: stale.status, code: stale.code },
    ended: { status: ended.status, code: ended.code, message: ended.message },
    kept: (await answers.well.json()).currentScore,
  });
}

async function useRefusals(graph) {
  const { secureScores, securityActions } = collections;
  tell("refused.badBody", await refusalOf(() => graph.api(secureScores.path).post({ currentScore: "much" })));
  tell("refused.badFilter", await refusalOf(() => graph.api(secureScores.path).filter("currentScore gt").get()));
  tell("refused.unknownProperty", await refusalOf(() => graph.api(securityActions.path).filter("nme eq 'x'").get()));
  tell("refused.required", await refusalOf(() => graph.api(securityActions.path).post({ name: "BlockIp" })));
  tell("refused.unknownId", await refusalOf(() => graph.api(`${secureScores.path}/${nowhere}`).get()));
  tell("refused.unknownSegment", await refusalOf(() => graph.api("/security/secureThings").get()));
  const action = await graph.api(securityActions.path).post(securityActions.draft("client-refused", 1));
  await graph.api(`${securityActions.path}/${action.id}/cancelSecurityAction`).post({});
  tell("refused.cancelledTwice", await refusalOf(() => graph.api(`${securityActions.path}/${action.id}/cancelSecurityAction`).post({})));
  const forger = Client.init({ baseUrl: `${base.origin}/`, authProvider: (done) => done(null, "not.a.token"), customHosts: new Set([base.hostname]) });
  tell("refused.badToken", await refusalOf(() => forger.api(secureScores.path).get()));
}
