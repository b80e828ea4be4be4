import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { baseUrl, openHub, vendor, type Answer, type TestHub } from "./hub.ts";
import { bodyFor, makeParents, patchFor, pathOf, routesOf } from "./places.ts";

/** What clients as they are published do or need, by the numbers of docs/reference/protocol.md. */
const model = createModel(securityGraph);
const scores = "/v1.0/security/secureScores";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const action = { name: "BlockIp", parameters: [{ name: "IP", value: "203.0.113.7" }], vendorInformation: { vendor: "Contoso", provider: "Firewall" } };

let hub: TestHub;
let id: string;
beforeAll(async () => {
  hub = await openHub({ model });
  id = (await hub.post(scores, { maxScore: 1, vendorInformation: vendor })).json.id;
  await hub.post(scores, { maxScore: 2, vendorInformation: vendor });
});
afterAll(() => hub.close());

/** Every answer to a round of create, read, list, change and delete in every place where rows are made. */
async function everywhere(): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const route of routesOf(model).filter(({ place, through }) => place.kind === "set" && through === "home" && place.path !== "subscriptions")) {
    const parents = await makeParents(hub, route.place);
    const set = `/v1.0${pathOf(route, { hubId: "", parents, form: "segment" })}`;
    const made = await hub.post(set, bodyFor(route.place));
    expect(made.status, made.text).toBe(201);
    const one = `${set}/${encodeURIComponent(made.json.id)}`;
    answers.push(
      made,
      await hub.get(one),
      await hub.get(set),
      await hub.get(`${set}/$count`),
      await hub.post(`${set}/$query`, "$top=1", { headers: { "Content-Type": "text/plain" } }),
    );
    for (const Prefer of ["return=representation", "return=minimal", "respond-async"])
      answers.push(await hub.patch(one, patchFor(route.place), { headers: { Prefer } }));
    answers.push(await hub.post(set, bodyFor(route.place), { headers: { Prefer: "respond-async, wait=0" } }), await hub.remove(one));
  }
  return answers;
}

describe("answers", () => {
  test("R171, Q5 an answer of 200 or 201 has a body, one of 204 has none, and nothing is 202", async () => {
    const answers = await everywhere();
    expect(answers.length).toBeGreaterThan(150);
    for (const { status, text, headers } of answers) {
      expect([200, 201, 204, 405], text).toContain(status);
      expect(text === "").toBe(status === 204);
      expect(headers["Content-Type"] === undefined).toBe(status === 204);
    }
  });

  test("Q2 a refusal is JSON with a length, whatever the method, the path and the wanted type", async () => {
    for (const method of ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "BREW"])
      for (const target of ["/", "/x", "/v1.0/nothing", `${scores}/nobody`, `${scores}?$top=x`, "/v1.0/%zz", "/v1.0/$batch"]) {
        const answer = await hub.send(method, target, { headers: { Accept: "text/html", "Content-Type": "text/html" }, body: "<html>" });
        expect(answer.status, `${method} ${target}`).toBeGreaterThanOrEqual(400);
        expect(answer.headers["Content-Type"]).toBe("application/json;charset=utf-8");
        expect(Object.keys(answer.json)).toEqual(["error"]);
      }
  });

  test("Q3 an error is an object with a code, never OAuth's text", async () => {
    for (const answer of [await hub.get(scores, { caller: null }), await hub.get("/v1.0/nothing"), await hub.post(scores, "{")])
      expect([typeof answer.json.error, typeof answer.json.error.code, answer.json.error_description]).toEqual(["object", "string", undefined]);
  });

  test("Q21 no answer redirects, and every Location is absolute", async () => {
    const targets = ["/v1.0", "/v1.0/", scores, `${scores}/`, `${scores}/${id}/`, "/v1.0/security", "/V1.0/SECURITY", "/v1.0//security"];
    for (const target of targets) expect((await hub.get(target)).status < 300 || (await hub.get(target)).status >= 400, target).toBe(true);
    const located = (await everywhere()).filter(({ headers }) => headers["Location"] !== undefined);
    expect(located.length).toBeGreaterThan(30);
    for (const { headers } of located) expect(headers["Location"]).toMatch(/^https:\/\/hub\.example\/v1\.0\/[^ ]+\)$/);
  });

  test("Q23 a 401 asks for no claims: there is no challenge to answer with a new token", async () => {
    const { headers } = await hub.get(scores, { caller: null });
    expect(headers["WWW-Authenticate"]).toMatch(/^Bearer realm=""/);
    expect(headers["WWW-Authenticate"]).not.toMatch(/claims|insufficient_claims/);
  });

  test("Q27 rows of a mixed collection say their type, with its case, whatever is selected", async () => {
    const names = ["securityConfigurationTask", "appVulnerabilityTask", "unmanagedDeviceDiscoveryTask", "deviceAppManagementTask"];
    for (const name of names) await hub.post(tasks, { "@odata.type": `#microsoft.graph.${name}`, displayName: name });
    for (const options of ["", "&$select=displayName", "&$select=displayName&$top=99"]) {
      const { value } = (await hub.get(`${tasks}?$filter=endswith(displayName,'Task')${options}`)).json;
      expect(new Set(value.map((one: any) => one["@odata.type"]))).toEqual(new Set(names.map((name) => `#microsoft.graph.${name}`)));
      for (const one of value) expect(one["@odata.type"]).toBe(`#microsoft.graph.${one.displayName}`);
    }
    const expanded = (await hub.get("/v1.0/security?$expand=deviceAppManagementTasks($select=id)")).json;
    for (const one of expanded.deviceAppManagementTasks) expect(one["@odata.type"]).toMatch(/^#microsoft\.graph\.\w+Task$/);
  });

  test("Q28 times of the server's are in UTC with seven digits; an error's date has no zone", async () => {
    const fresh = await openHub({ model });
    const made = (await fresh.post("/v1.0/security/securityActions", action)).json;
    await fresh.close();
    for (const time of [made.createdDateTime, made.lastActionDateTime, made.states[0].updatedDateTime])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect((await hub.get("/v1.0/nothing")).json.error.innerError.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  test("R194 links lead where the client came from, a prefix included", async () => {
    const authorization = await authorizationOf();
    const ask = async (method: string, target: string, body?: string): Promise<any> => {
      const headers = { authorization, "content-type": "application/json" };
      const answer = await hub.service.handle({
        method,
        target,
        headers,
        baseUrl: "http://127.0.0.1:7080/pre",
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
      return { ...JSON.parse(String(answer.body)), location: answer.headers["Location"] };
    };
    const page = await ask("GET", `${scores}?$top=1`);
    for (const link of [
      page["@odata.context"],
      page["@odata.nextLink"],
      (await ask("POST", scores, "{}")).location,
      (await ask("GET", "/v1.0"))["@odata.context"],
    ])
      expect(link).toMatch(/^http:\/\/127\.0\.0\.1:7080\/pre\/v1\.0\//);
    const batch = await ask("POST", "/v1.0/$batch", JSON.stringify({ requests: [{ id: "1", method: "GET", url: "/security/secureScores?$top=1" }] }));
    expect(batch.responses[0].body["@odata.nextLink"]).toMatch(/^http:\/\/127\.0\.0\.1:7080\/pre\/v1\.0\//);
  });
});

/** The header that stands for the tests' caller. */
async function authorizationOf(): Promise<string> {
  const plain = {
    tenant: "11111111-1111-4111-8111-111111111111",
    appId: "a",
    user: null,
    kind: "application",
    expires: 4_102_444_800,
    permissions: ["SecurityEvents.ReadWrite.All", "Security.ReadWrite.All"],
  };
  return `Test ${Buffer.from(JSON.stringify(plain)).toString("base64")}`;
}

describe("requests", () => {
  test.each([
    ["kiota, two values run together", ",application/jsontext/plain"],
    ["DevExtreme", "application/json;odata=verbose,text/plain, */*; q=0.01"],
    ["the JavaScript SDK", "*/*"],
    ["OpenUI5", "application/json;odata.metadata=minimal;IEEE754Compatible=true"],
    ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
    ["nothing that can be read", ";;;=,"],
    ["nothing", ""],
  ])("Q15 Accept of %s: %j gets JSON", async (_, Accept) => {
    const answer = await hub.get(scores, { headers: { Accept } });
    expect([answer.status, answer.headers["Content-Type"]]).toEqual([200, expect.stringMatching(/^application\/json;odata\.metadata=minimal;/)]);
  });

  test.each(["application/json", "application/json;odata=verbose", "application/json; charset=utf-8", "application/json;charset=UTF-8;IEEE754Compatible=true"])(
    "Q16 Content-Type %s on every method",
    async (type) => {
      const headers = { "Content-Type": type };
      expect((await hub.get(scores, { headers })).status).toBe(200);
      const made = await hub.post(scores, "{}", { headers });
      expect(made.status).toBe(201);
      const one = `${scores}/${made.json.id}`;
      expect((await hub.patch(one, '{"maxScore":1}', { headers })).status).toBe(204);
      expect((await hub.remove(one, { headers, body: "null" })).status).toBe(204);
    },
  );

  test("Q14 quotes and dollar signs percent-encoded, spaces as plus, as PnP and kiota send them", async () => {
    const answer = await hub.get(`${scores}?%24filter=vendorInformation%2Fprovider+eq+%27Posture%27&%24top=1&%24select=id%2CmaxScore`);
    expect([answer.status, answer.json.value.length]).toEqual([200, 1]);
    expect((await hub.get(answer.json["@odata.nextLink"].slice(baseUrl.length).replaceAll("$", "%24").replaceAll("'", "%27"))).json.value).toHaveLength(1);
  });

  test("Q20 an id in a PATCH: the URL's is passed over, another is 400, and keys come in both forms", async () => {
    for (const one of [`${scores}/${id}`, `${scores}('${id}')`]) {
      expect((await hub.patch(one, { id, maxScore: 5 })).status).toBe(204);
      const other = await hub.patch(one, { id: "other", maxScore: 6 });
      expect([other.status, other.json.error.target]).toEqual([400, "id"]);
    }
    expect((await hub.get(`${scores}/${id}`)).json).toMatchObject({ id, maxScore: 5 });
  });

  test("Q33 PUT as application/octet-stream: an entity is 405, a property is read as the JSON that it is", async () => {
    const headers = { "Content-Type": "application/octet-stream" };
    expect((await hub.send("PUT", `${scores}/${id}`, { headers, body: '{"maxScore":7}' })).status).toBe(405);
    expect((await hub.send("PUT", `${scores}/${id}/maxScore`, { headers, body: '{"value":7}' })).status).toBe(204);
    expect((await hub.get(`${scores}/${id}`)).json.maxScore).toBe(7);
    expect((await hub.post(scores, "{}", { headers })).status).toBe(415);
  });
});
