// The v4 model of OpenUI5, unmodified, in a page of another origin. Tells one fact per line of the browser's console, as JSON.
import { collections } from "../collections.mjs";
import { app, areAll, bareApp, namesOf, nowhere, tell } from "../place.mjs";
import { batchesSent, contextOf, modelOf, refusalOf, tokenOf, ui5 } from "./model.mjs";

const { Filter, FilterOperator, Messaging, Sorter } = ui5;
const equal = (path, value1) => [new Filter({ path, operator: FilterOperator.EQ, value1 })];

/** How each collection is filtered in the objects of the client; scores by a sub-provider, as those know no any(). */
const finds = {
  secureScores: (mark) => equal("vendorInformation/subProvider", mark),
  securityActions: (mark) => equal("clientContext", mark),
  userSecurityProfiles: (mark) => equal("displayName", mark),
  deviceAppManagementTasks: (mark) => equal("displayName", mark),
};

function draftOf(name, mark, index = 1) {
  const draft = collections[name].draft(mark, index);
  return name === "secureScores" ? { ...draft, vendorInformation: { ...draft.vendorInformation, subProvider: mark } } : draft;
}

/** The client follows no BaseType in $metadata and so knows no keys: paths are written by hand (README.md). */
const pathOf = (name, { id }) => `${collections[name].path}('${id}')`;

async function make(model, name, draft) {
  const context = model.bindList(collections[name].path).create(draft, true);
  await context.created();
  return { draft, path: context.getPath(), ...context.getObject() };
}

/** Whether all of a draft is read back as it was sent. */
function isSame(sent, got) {
  if (typeof sent !== "object" || sent === null) return Object.is(sent, got);
  return Object.keys(sent).every((key) => key.startsWith("@") || isSame(sent[key], got?.[key]));
}

async function create(model, name, mark) {
  const made = [];
  for (let index = 1; index <= 5; index += 1) made.push(await make(model, name, draftOf(name, mark, index)));
  return made;
}

async function read(model, name, { mark, made }) {
  const { path } = collections[name];
  const list = model.bindList(path, undefined, [new Sorter("id")], finds[name](mark), { $count: true });
  const pages = [];
  for (let start = 0; start < made.length; start += 2) pages.push((await list.requestContexts(start, 2)).map((context) => context.getProperty("id")));
  const [selected] = await model.bindList(path, undefined, [], finds[name](mark), { $select: "id" }).requestContexts(0, 1);
  return {
    listed: (await model.bindList(path).requestContexts(0, 100)).length >= made.length,
    paged: { sizes: pages.map(({ length }) => length), all: areAll(pages.flat(), made), isFinal: list.isLengthFinal() },
    counted: { count: await list.getHeaderContext().requestProperty("$count"), length: list.getLength() },
    selected: namesOf(selected.getObject()),
  };
}

async function change([model, another], name, path) {
  const { change: changes, deletes } = collections[name];
  const [property, value] = Object.entries(changes)[0];
  const [mine, theirs] = [await contextOf(model, path), await contextOf(another, path)];
  const before = mine.getProperty("@odata.etag");
  await mine.setProperty(property, value);
  const [after, etag] = [(await contextOf(another, path)).getProperty(property), mine.getProperty("@odata.etag")];
  const stale = await refusalOf(() => theirs.setProperty(property, value));
  const removed = await refusalOf(async () => (await contextOf(model, path)).delete());
  const deleted = deletes && "answered" in removed ? await refusalOf(() => contextOf(another, path)) : removed;
  return { updated: { applied: after === value, newETag: etag !== before }, stale, deleted };
}

async function useCollection(groupId, models, name) {
  const fact = (what, value) => tell(`${groupId}.${name}.${what}`, value);
  const mark = `openui5-${groupId.slice(1)}-${name}`;
  const made = await create(models[0], name, mark);
  fact("created", { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map((one) => one["@odata.type"]))] });
  fact("path", made[0].path.replace(/\(.*/, "(...)") + (made[0].path.includes(made[0].id) ? " by key" : ""));
  const got = (await contextOf(models[1], pathOf(name, made[0]))).getObject();
  fact("got", { same: isSame(made[0].draft, got), hasETag: typeof got["@odata.etag"] === "string" });
  for (const [what, value] of Object.entries(await read(models[0], name, { mark, made }))) fact(what, value);
  for (const [what, value] of Object.entries(await change(models, name, pathOf(name, made[0])))) fact(what, value);
}

/** What is asked for in one turn goes out as one batch; what changes, as one change set of it. */
async function useBatch(model, another) {
  const list = () => model.bindList(collections.secureScores.path).requestContexts(0, 1);
  await list();
  const before = batchesSent();
  const asked = [
    make(model, "secureScores", draftOf("secureScores", "openui5-batch")),
    make(model, "userSecurityProfiles", draftOf("userSecurityProfiles", "openui5-batch")),
    list(),
  ];
  const [score, profile, listed] = await Promise.all(asked);
  tell("batch", { sent: batchesSent() - before, made: [score["@odata.type"], profile["@odata.type"]], listed: listed.length });

  const [scorePath, profilePath] = [pathOf("secureScores", score), pathOf("userSecurityProfiles", profile)];
  const [one, other] = [await contextOf(model, scorePath), await contextOf(model, profilePath)];
  await (await contextOf(another, scorePath)).setProperty("currentScore", 4);
  const sent = batchesSent();
  const refused = await Promise.all([refusalOf(() => one.setProperty("currentScore", 5)), refusalOf(() => other.setProperty("riskScore", "high"))]);
  const batches = batchesSent() - sent;
  const kept = [await contextOf(another, scorePath), await contextOf(another, profilePath)];
  tell("batch.stale", { sent: batches, refused, kept: [kept[0].getProperty("currentScore"), kept[1].getProperty("riskScore")] });
}

/** An action goes out with the ETag that was read: a second time that is stale; read again, the action has ended. */
async function useActions(model, groupId) {
  const { path } = await makeAction(model, groupId);
  const cancel = (context) => refusalOf(() => model.bindContext("microsoft.graph.cancelSecurityAction(...)", context).invoke(groupId));
  const context = await contextOf(model, path);
  const first = await cancel(context);
  const stale = await cancel(context);
  const fresh = await contextOf(model, path);
  // What stands behind a refused change in a batch is not done, as the protocol has it: the client says so.
  const [ended, list] = await Promise.all([
    cancel(fresh),
    refusalOf(async () => (await model.bindList(collections.securityActions.path).requestContexts(0, 1)).length),
  ]);
  tell(`${groupId}.action`, { first, state: fresh.getProperty("status"), stale, ended, list });
}

async function makeAction(model, groupId) {
  return { path: pathOf("securityActions", await make(model, "securityActions", draftOf("securityActions", `openui5-cancel-${groupId}`))) };
}

/** A creation that is refused stays as a transient entity; the application hears of it by an event and a message. */
async function refusedCreation(model) {
  const list = model.bindList(collections.secureScores.path);
  const completed = new Promise((resolve) => list.attachCreateCompleted((event) => resolve(event.getParameter("success"))));
  const context = list.create({ currentScore: "much" }, true);
  const gone = context.created().catch(({ canceled }) => canceled === true);
  const success = await completed;
  const [message] = Messaging.getMessageModel()
    .getData()
    .filter((each) => each.getMessage().includes("currentScore"));
  const told = { success, code: message.getCode(), text: message.getMessage(), status: message.getTechnicalDetails().httpStatus };
  await context.delete();
  return { ...told, discarded: await gone };
}

async function useRefusals(token, groupId) {
  const model = modelOf(token, groupId);
  const { path } = collections.secureScores;
  const list = (of, options) => refusalOf(async () => (await of.bindList(path, undefined, [], [], options).requestContexts(0, 1)).length);
  const fact = (what, value) => tell(`${groupId}.refused.${what}`, value);
  fact("badFilter", await list(model, { $filter: "currentScore gt" }));
  fact("badToken", await list(modelOf("not.a.token", groupId)));
  fact("noToken", await list(modelOf(undefined, groupId)));
  fact("withoutRoles", await list(modelOf(await tokenOf(bareApp), groupId)));
  fact("unknownId", await refusalOf(() => contextOf(model, `${path}('${nowhere}')`)));
  fact("badBody", await refusedCreation(model));
}

const token = await tokenOf(app);
tell("token", token.split(".").length);
for (const groupId of ["$direct", "$auto"]) {
  const models = [modelOf(token, groupId), modelOf(token, groupId)];
  const sent = batchesSent();
  for (const name of Object.keys(collections)) await useCollection(groupId, models, name);
  await useActions(models[0], groupId);
  await useRefusals(token, groupId);
  tell(`${groupId}.batches`, batchesSent() - sent > 0);
  if (groupId === "$auto") await useBatch(...models);
}
const meta = modelOf(token).getMetaModel();
tell("metadata", {
  score: (await meta.requestObject("/security/secureScores/currentScore")).$Type,
  action: (await meta.requestObject("/microsoft.graph.cancelSecurityAction"))[0].$IsBound,
  openType: (await meta.requestObject("/security/secureScores/")).$OpenType,
  inherited: (await meta.requestObject("/security/secureScores/id")) ?? null,
});
tell("done", true);
