// The kiota runtime of @microsoft/msgraph-sdk with the typed beta models of the four entities, unmodified. Prints one fact per line, as JSON.
import { ClientSecretCredential } from "@azure/identity";
import { HttpMethod, RequestInformation } from "@microsoft/kiota-abstractions";
import * as models from "@microsoft/msgraph-beta-sdk/models/index.js";
import { createODataErrorFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js";
import { createGraphServiceClient, GraphRequestAdapter } from "@microsoft/msgraph-sdk";
import { BatchRequestContent, GraphAzureIdentityAuthenticationProvider, PageIterator } from "@microsoft/msgraph-sdk-core";
// oxlint-disable-next-line import/no-unassigned-import -- adds subscriptions to the client, as its documentation says
import "@microsoft/msgraph-sdk-subscriptions";
import { collections, tell, vendorInformation } from "./collections.mjs";

const { BASE_URL, TENANT, CLIENT_ID, CLIENT_SECRET, BARE_CLIENT_ID, BARE_CLIENT_SECRET } = process.env;
const base = new URL(BASE_URL);
const errorMappings = { XXX: createODataErrorFromDiscriminatorValue };

/** An adapter of an application: the host without its port is the one that gets tokens. */
function connect(clientId, clientSecret, allowedHosts = new Set([base.hostname])) {
  const credential = new ClientSecretCredential(TENANT, clientId, clientSecret, { authorityHost: base.origin, disableInstanceDiscovery: true });
  const authentication = new GraphAzureIdentityAuthenticationProvider(credential, [`${base.origin}/.default`], undefined, allowedHosts);
  const connected = new GraphRequestAdapter(authentication);
  connected.baseUrl = `${base.origin}/beta`;
  return connected;
}

const adapter = connect(CLIENT_ID, CLIENT_SECRET);

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

/** Typed models: what is created, and by which of the generated functions it is written and read. */
const typed = {
  secureScores: {
    draft: (mark, index) => ({
      activeUserCount: index,
      averageComparativeScores: [{ averageScore: 31.25, basis: "AllTenants" }],
      controlScores: [{ controlCategory: "Identity", controlName: "mfa", description: "Ünïcode ✓", score: index + 0.5 }],
      currentScore: index,
      enabledServices: [mark, "second"],
      licensedUserCount: 7,
      maxScore: 100,
      vendorInformation,
    }),
    change: { currentScore: 99.5 },
    serializer: models.serializeSecureScore,
    one: models.createSecureScoreFromDiscriminatorValue,
    many: models.createSecureScoreCollectionResponseFromDiscriminatorValue,
  },
  securityActions: {
    draft: (mark, index) => ({
      actionReason: "typed",
      clientContext: mark,
      name: "BlockIp",
      parameters: [{ name: "ip", value: `192.0.2.${index}` }],
      vendorInformation,
    }),
    change: { status: models.OperationStatusObject.Running },
    serializer: models.serializeSecurityAction,
    one: models.createSecurityActionFromDiscriminatorValue,
    many: models.createSecurityActionCollectionResponseFromDiscriminatorValue,
  },
  userSecurityProfiles: {
    draft: (mark, index) => ({
      accounts: [
        {
          displayName: "Sam",
          lastSeenDateTime: new Date("2026-11-20T10:20:30.123Z"),
          riskScore: "low",
          service: "directory",
          signinName: "sam@contoso.example",
          status: models.AccountStatusObject.Active,
        },
      ],
      azureSubscriptionId: "sub",
      displayName: mark,
      riskScore: "medium",
      tags: ["VIP", mark],
      userPrincipalName: `user${index}@contoso.example`,
      vendorInformation,
    }),
    change: { riskScore: "high" },
    serializer: models.serializeUserSecurityProfile,
    one: models.createUserSecurityProfileFromDiscriminatorValue,
    many: models.createUserSecurityProfileCollectionResponseFromDiscriminatorValue,
  },
  deviceAppManagementTasks: {
    draft: (mark, index) => ({
      odataType: "#microsoft.graph.securityConfigurationTask",
      applicablePlatform: models.EndpointSecurityConfigurationApplicablePlatformObject.Windows10AndLater,
      category: models.DeviceAppManagementTaskCategoryObject.AdvancedThreatProtection,
      creatorNotes: "typed",
      description: `No ${index}`,
      displayName: mark,
      dueDateTime: new Date("2026-12-24T00:00:00Z"),
      endpointSecurityPolicy: models.EndpointSecurityConfigurationTypeObject.DiskEncryption,
      endpointSecurityPolicyProfile: models.EndpointSecurityConfigurationProfileTypeObject.BitLocker,
      intendedSettings: [{ name: "encrypt", value: "on" }],
      managedDeviceCount: 3,
      priority: models.DeviceAppManagementTaskPriorityObject.High,
    }),
    change: { status: models.DeviceAppManagementTaskStatusObject.Active },
    serializer: models.serializeSecurityConfigurationTask,
    one: models.createDeviceAppManagementTaskFromDiscriminatorValue,
    many: models.createDeviceAppManagementTaskCollectionResponseFromDiscriminatorValue,
  },
};

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

async function useCollection(name, { draft, change, serializer, one, many }) {
  const { path, find, deletes } = collections[name];
  const mark = `kiota-${name}`;
  const list = (query, headers) => adapter.send(request(HttpMethod.GET, path, { query, headers }), many, errorMappings);
  const get = (id) => adapter.send(request(HttpMethod.GET, `${path}/${id}`), one, errorMappings);
  const make = (content) => adapter.send(request(HttpMethod.POST, path, { content, serializer }), one, errorMappings);
  const drafts = [1, 2, 3, 4, 5].map((index) => draft(mark, index));
  const made = [];
  for (const each of drafts) made.push(await make(each));
  tell(`${name}.created`, { ids: new Set(made.map(({ id }) => id)).size, types: [...new Set(made.map(({ odataType }) => odataType))] });
  tell(`${name}.lost`, [...new Set(drafts.flatMap((sent, index) => differences(sent, made[index])))]);

  const got = await get(made[0].id);
  tell(`${name}.got`, { lost: differences(drafts[0], got), hasETag: typeof etagOf(got) === "string", dated: got.createdDateTime instanceof Date });

  const filter = find(mark);
  // $top is the size of a page here, as in Graph: the next link goes on.
  const first = await list({ filter, top: 2, count: true });
  const ids = [];
  const iterator = new PageIterator(adapter, first, (item) => ids.push(item.id) > 0, many, errorMappings);
  await iterator.iterate();
  const all = ids.length === made.length && made.every(({ id }) => ids.includes(id));
  tell(`${name}.paged`, { first: first.value.length, hasNextLink: first.odataNextLink !== undefined, all, state: iterator.getPagingState() });
  tell(`${name}.counted`, {
    count: first.odataCount,
    bare: await adapter.sendPrimitive(
      request(HttpMethod.GET, `${path}/$count`, { query: { filter }, headers: { Accept: "text/plain" } }),
      "number",
      errorMappings,
    ),
  });
  const [selected] = (await list({ filter, select: ["id"], orderby: ["createdDateTime desc"] })).value;
  tell(
    `${name}.selected`,
    Object.entries(selected).flatMap(([key, value]) => (value === undefined || key === "additionalData" || key === "backingStoreEnabled" ? [] : [key])),
  );

  const patch = (headers) =>
    adapter.send(request(HttpMethod.PATCH, `${path}/${got.id}`, { headers, content: { odataType: got.odataType, ...change }, serializer }), one, errorMappings);
  const answered = await patch({ "If-Match": etagOf(got), Prefer: "return=representation" });
  const after = await get(got.id);
  tell(`${name}.updated`, { answered: differences(change, answered), kept: differences(change, after), newETag: etagOf(after) !== etagOf(got) });
  tell(`${name}.stale`, await refusalOf(() => patch({ "If-Match": etagOf(got) })));
  const remove = () => adapter.sendNoResponseContent(request(HttpMethod.DELETE, `${path}/${got.id}`), errorMappings);
  if (deletes) await remove();
  tell(`${name}.deleted`, await refusalOf(deletes ? () => get(got.id) : remove));
}

/** What answers within a batch hold is not readable by this client, and what it would write is refused (clients/README.md): the statuses are told. */
async function useBatch() {
  const { path } = collections.secureScores;
  const reads = new BatchRequestContent(adapter, errorMappings);
  const list = reads.addBatchRequest(request(HttpMethod.GET, path, { query: { top: 1 } }));
  const none = reads.addBatchRequest(request(HttpMethod.GET, `${path}/00000000-0000-4000-8000-000000000000`));
  const statuses = await (await reads.postAsync()).getResponsesStatusCodes();
  tell("batch.statuses", { list: statuses.get(list.id), none: statuses.get(none.id) });
  const writes = new BatchRequestContent(adapter, errorMappings);
  const draft = { content: typed.secureScores.draft("kiota-batch", 1), serializer: models.serializeSecureScore };
  writes.addBatchRequest(request(HttpMethod.POST, path, draft));
  tell("batch.write", await refusalOf(() => writes.postAsync()));
}

async function useRefusals() {
  const { secureScores, securityActions } = collections;
  const get = (path, options) => refusalOf(() => (options?.of ?? adapter).send(request(HttpMethod.GET, path, options), typed.secureScores.many, errorMappings));
  tell("refused.badFilter", await get(secureScores.path, { query: { filter: "currentScore gt" } }));
  tell("refused.unknownProperty", await get(securityActions.path, { query: { filter: "nme eq 'x'" } }));
  tell("refused.unknownSegment", await get("/security/secureThings"));
  tell("refused.unknownId", await get(`${secureScores.path}/00000000-0000-4000-8000-000000000000`));
  tell("refused.wrongMethod", await refusalOf(() => adapter.sendNoResponseContent(request(HttpMethod.DELETE, securityActions.path), errorMappings)));
  const { one, serializer, draft } = typed.securityActions;
  const make = (content) => adapter.send(request(HttpMethod.POST, securityActions.path, { content, serializer }), one, errorMappings);
  tell("refused.required", await refusalOf(() => make({ name: "BlockIp" })));
  const { id } = await make(draft("kiota-refused", 1));
  const cancel = () => adapter.sendNoResponseContent(request(HttpMethod.POST, `${securityActions.path}/${id}/cancelSecurityAction`), errorMappings);
  await cancel();
  tell("refused.cancelledTwice", await refusalOf(cancel));
  tell("refused.withoutRoles", await get(secureScores.path, { of: connect(BARE_CLIENT_ID, BARE_CLIENT_SECRET) }));
  tell("refused.hostWithPort", await get(secureScores.path, { of: connect(CLIENT_ID, CLIENT_SECRET, new Set([base.host])) }));
  tell("refused.badSecret", await get(secureScores.path, { of: connect(CLIENT_ID, "wrong") }));
}

async function useSubscriptions() {
  const graph = createGraphServiceClient(adapter);
  const { value } = await graph.subscriptions.get();
  tell("subscriptions.listed", value.length);
  const subscription = {
    changeType: "created",
    clientState: "secret",
    expirationDateTime: new Date(Date.now() + 3_600_000),
    notificationUrl: "https://hooks.contoso.example/graph",
    resource: "/security/securityActions",
  };
  tell("subscriptions.created", await refusalOf(() => graph.subscriptions.post(subscription)));
  tell("subscriptions.unknown", await refusalOf(() => graph.subscriptions.bySubscriptionId("00000000-0000-4000-8000-000000000000").get()));
}

for (const [name, collection] of Object.entries(typed)) await useCollection(name, collection);
await useBatch();
await useRefusals();
await useSubscriptions();
tell("done", true);
