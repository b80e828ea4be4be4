// A client that odata2ts generates from the server's own $metadata, compiled with TypeScript 5 and used. Prints one fact per line, as JSON.
import { FetchClient } from "@odata2ts/http-client-fetch";
import { collections } from "../collections.mjs";
import { app, areAll, bareApp, base, claimsOf, namesOf, nowhere, scopes, tell, tenant } from "../place.mjs";
import { generatedClient, refusalOf } from "./generatedClient.mjs";

const root = `${base.origin}/v1.0`;
/** It overlooks Core.Computed: what the server sets but is never null has to be named, else every draft would want it. */
const options = { propertiesByName: [{ name: "azureTenantId", managed: true }] };
const program = `import { FetchClient } from "@odata2ts/http-client-fetch";
import { operationStatus } from "./out/secgraphModel";
import type { secureScore } from "./out/secgraphModel";
import { secgraphService } from "./out/secgraphService";
const service = new secgraphService(new FetchClient(), "https://localhost/v1.0");
export const created: Promise<secureScore> = service.security().secureScores().create({ currentScore: 1, vendorInformation: { provider: "p", vendor: "v" } }).then(({ data }) => data);
export const done = service.security().securityActions().query((builder, action) => builder.filter(action.status.eq(operationStatus.Completed)).top(1));
// @ts-expect-error -- a score is a number
void service.security().secureScores().create({ currentScore: "much" });
`;

/** This client brings nothing that gets tokens: a form, sent by hand. */
async function tokenOf({ clientId, clientSecret }) {
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope: scopes[0] });
  const answer = await fetch(`${base.origin}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: form });
  return (await answer.json()).access_token;
}

/** Every page: the generated client knows no next links, so the HTTP client beneath it follows them. */
async function walk(client, first) {
  const pages = [first];
  for (let next = first["@odata.nextLink"]; next !== undefined; next = pages.at(-1)["@odata.nextLink"]) pages.push((await client.get(next)).data);
  return { sizes: pages.map(({ value }) => value.length), ids: pages.flatMap(({ value }) => value.map(({ id }) => id)) };
}

/** How each collection is filtered in the words of the generated query objects. */
const finds = {
  secureScores: (score, mark) => score.enabledServices.any((service) => service.it.eq(mark)),
  securityActions: (action, mark) => action.clientContext.eq(mark).and(action.status.eq("NotStarted")),
  userSecurityProfiles: (profile, mark) => profile.displayName.eq(mark).and(profile.vendorInformation.props.vendor.startsWith("Con")),
  deviceAppManagementTasks: (task, mark) => task.displayName.eq(mark).and(task.priority.eq("high")),
};

async function useCollection(name, services) {
  const { draft } = collections[name];
  const { many, one } = services;
  const mark = `odata2ts-${name}`;
  const made = [];
  for (let index = 1; index <= 5; index += 1) made.push((await many.create(draft(mark, index))).data);
  tell(`${name}.created`, { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map((each) => each["@odata.type"]))] });
  const [first] = made;
  const { data: got } = await one(first.id).query();
  const same = Object.keys(first).every((key) => JSON.stringify(got[key]) === JSON.stringify(first[key]));
  tell(`${name}.got`, { path: one("x").getPath().slice(root.length), same });
  await read(name, { ...services, mark, made });
  await change(name, { one, got });
}

async function read(name, { client, many, mark, made }) {
  tell(`${name}.listed`, (await many.query()).data.value.length >= made.length);
  const query = (more) => many.query((builder, entity) => more(builder.filter(finds[name](entity, mark)), entity));
  const { data: page } = await query((builder) => builder.count().top(2));
  const { sizes, ids } = await walk(client, page);
  tell(`${name}.paged`, { count: page["@odata.count"], sizes, all: areAll(ids, made) });
  const { data: selected } = await query((builder, entity) => builder.select("id").orderBy(entity.id.desc()).top(1));
  tell(`${name}.selected`, namesOf(selected.value[0]));
}

async function change(name, { one, got }) {
  const { change: changes, deletes } = collections[name];
  const patch = () => one(got.id).patch(changes, { headers: { "If-Match": got["@odata.etag"] } });
  const { status } = await patch();
  const { data: after } = await one(got.id).query();
  const [property, value] = Object.entries(changes)[0];
  tell(`${name}.updated`, { status, applied: after[property] === value, newETag: after["@odata.etag"] !== got["@odata.etag"] });
  tell(`${name}.stale`, await refusalOf(patch));
  const removed = await refusalOf(() => one(got.id).delete());
  tell(`${name}.deleted`, deletes ? { ...removed, after: (await refusalOf(() => one(got.id).query())).status } : removed);
}

async function useOperations(service) {
  const actions = service.security().securityActions();
  const { data: action } = await actions.create(collections.securityActions.draft("odata2ts-operations", 1));
  // It wants JSON in every answer that has a body in theory: clients/README.md.
  tell("action.cancelled", await refusalOf(() => service.security().securityActions(action.id).cancelSecurityAction()));
  const { data: cancelled } = await service.security().securityActions(action.id).query();
  tell("action.then", cancelled.status);
  tell("action.cancelledTwice", await refusalOf(() => service.security().securityActions(action.id).cancelSecurityAction()));
  const tasks = service.deviceAppManagement();
  const { data: task } = await tasks.deviceAppManagementTasks().create(collections.deviceAppManagementTasks.draft("odata2ts-operations", 1));
  tell("task.updated", await refusalOf(() => tasks.deviceAppManagementTasks(task.id).updateStatus({ status: "active", note: "begun" })));
  const { data: history } = await tasks.deviceAppManagementTasks(task.id).statusHistory().query();
  tell(
    "task.history",
    history.value.map(({ status, note }) => ({ status, note })),
  );
}

async function useRefusals({ service, bare, stranger, forged }) {
  const scores = service.security().secureScores();
  tell("refused.badBody", await refusalOf(() => scores.create({ currentScore: "much" })));
  tell("refused.required", await refusalOf(() => service.security().securityActions().create({ name: "BlockIp" })));
  tell("refused.unknownId", await refusalOf(() => service.security().secureScores(nowhere).query()));
  // It doubles no quotes, neither in keys nor in filters: clients/README.md.
  tell("refused.quoteInKey", await refusalOf(() => service.security().secureScores("it's").query()));
  tell("refused.quoteInFilter", await refusalOf(() => scores.query((builder, score) => builder.filter(score.id.eq("it's")))));
  tell("refused.put", await refusalOf(() => service.security().secureScores("none").update({ currentScore: 1 })));
  tell("refused.withoutRoles", await refusalOf(() => bare.security().secureScores().query()));
  tell("refused.badToken", await refusalOf(() => forged.security().secureScores().query()));
  tell("refused.noToken", await refusalOf(() => stranger.security().secureScores().query()));
}

/** Everything of the generated client, whose services are those of `generated`. */
async function useGenerated(generated) {
  const connect = (token) => new FetchClient(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });
  const serviceOf = (client) => new generated.secgraphService(client, root);
  const token = await tokenOf(app);
  tell("token", claimsOf(token).tid === tenant);
  const client = connect(token);
  const service = serviceOf(client);
  const hub = service.security();
  for (const name of ["secureScores", "securityActions", "userSecurityProfiles"]) {
    await useCollection(name, { client, many: hub[name](), one: (id) => hub[name](id) });
  }
  // odata2ts knows no cast segments: the service of the derived type is put where the segment is.
  const tasks = service.deviceAppManagement().deviceAppManagementTasks();
  const cast = "microsoft.graph.securityConfigurationTask";
  await useCollection("deviceAppManagementTasks", {
    client,
    many: new generated.securityConfigurationTaskCollectionService(client, tasks.getPath(), cast),
    one: (id) => new generated.securityConfigurationTaskService(client, tasks.getPath(), `${cast}('${id}')`),
  });
  await useOperations(service);
  await useRefusals({ service, bare: serviceOf(connect(await tokenOf(bareApp))), stranger: serviceOf(connect()), forged: serviceOf(connect("not.a.token")) });
}

const { services, faults } = await generatedClient({ name: "secgraph", root, options, program });
tell("generated.faults", faults);
await useGenerated(services);
tell("done", true);
