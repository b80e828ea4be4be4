import { afterAll, beforeAll, expect, test } from "vitest";
import { openHub, vendor, type TestHub } from "./hub.ts";

/** What of a stored row an answer shows. */
const scores = "/v1.0/security/secureScores";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const domains = "/v1.0/security/domainSecurityProfiles";

let hub: TestHub;
let score: string;
let task: string;
beforeAll(async () => {
  hub = await openHub();
  const made = await hub.post(scores, { maxScore: 60, mood: "calm", weather: { sky: "blue" }, vendorInformation: vendor });
  score = `${scores}/${made.json.id}`;
  const asked = { "@odata.type": "#microsoft.graph.securityConfigurationTask", applicablePlatform: "macOS", managedDeviceCount: 3, insights: "x" };
  task = `${tasks}/${(await hub.post(tasks, asked)).json.id}`;
});
afterAll(() => hub.close());

const full = { headers: { Accept: "application/json;odata.metadata=full" } };
const namesOf = (json: object): string[] => Object.keys(json).filter((name) => !name.includes("@"));

test("$select=* gives what is declared, and nothing that is not (R70)", async () => {
  const { json } = await hub.get(`${score}?$select=*`);
  const whole = namesOf((await hub.get(score)).json);
  expect(whole).toEqual(expect.arrayContaining(["mood", "weather"]));
  expect(namesOf(json)).toEqual(whole.filter((name) => name !== "mood" && name !== "weather"));
  expect(namesOf((await hub.get(`${score}?$select=*`, full)).json)).toEqual(namesOf(json));
});

test("$select=* beside a name adds it, and beside a path leaves the whole (R70)", async () => {
  expect(namesOf((await hub.get(`${score}?$select=*,mood`)).json)).toContain("mood");
  const { json } = await hub.get(`${score}?$select=*,vendorInformation/vendor`);
  expect(json.vendorInformation).toMatchObject(vendor);
  expect(namesOf(json)).not.toContain("mood");
  expect(json.maxScore).toBe(60);
});

test("$select of a path gives that part of a complex value alone, also of an undeclared one (R70)", async () => {
  const { json } = await hub.get(`${score}?$select=vendorInformation/vendor,vendorInformation/provider`);
  expect(namesOf(json.vendorInformation)).toEqual(["provider", "vendor"]);
  expect(namesOf(json)).toEqual(["id", "vendorInformation"]);
  const both = await hub.get(`${score}?$select=vendorInformation/vendor,vendorInformation`);
  expect(both.json.vendorInformation).toMatchObject(vendor);
});

test("metadata=full says the types of a derived type's properties where the set is of the base (R28)", async () => {
  const one = (await hub.get(task, full)).json;
  expect(one).toMatchObject({
    "applicablePlatform@odata.type": "#microsoft.graph.endpointSecurityConfigurationApplicablePlatform",
    "managedDeviceCount@odata.type": "#Int32",
  });
  const [listed] = (await hub.get(`${tasks}?$filter=insights eq 'x'`.replaceAll(" ", "%20"), full)).json.value;
  expect(listed["applicablePlatform@odata.type"]).toBe(one["applicablePlatform@odata.type"]);
});

test("metadata=full does not say what JSON shows: strings, booleans, doubles, complex values, null (R28)", async () => {
  const { json } = await hub.get(score, full);
  const said = Object.keys(json).filter((name) => name.endsWith("@odata.type") && name !== "@odata.type");
  expect(said.toSorted()).toEqual([
    "averageComparativeScores@odata.type",
    "controlScores@odata.type",
    "createdDateTime@odata.type",
    "enabledServices@odata.type",
  ]);
  expect(json["enabledServices@odata.type"]).toBe("#Collection(String)");
  expect(json["controlScores@odata.type"]).toBe("#Collection(microsoft.graph.controlScore)");
});

test("null clears a complex value, and what is sent then begins anew (R94)", async () => {
  const made = await hub.post(domains, { registrant: { url: "a.example", organization: "Contoso" }, vendorInformation: vendor });
  const path = `${domains}/${made.json.id}`;
  expect((await hub.patch(path, { registrant: null })).status).toBe(204);
  expect((await hub.get(path)).json.registrant).toBeNull();
  expect((await hub.patch(path, { registrant: { vendor: "Registry" } })).status).toBe(204);
  expect((await hub.get(path)).json.registrant).toEqual({
    "@odata.type": "microsoft.graph.domainRegistrant",
    countryOrRegionCode: null,
    organization: null,
    url: null,
    vendor: "Registry",
  });
});

test.each(["enabledServices/nothing", "enabledServices/$value", "enabledServices/0", "maxScore/$count", "maxScore/nothing"])(
  "behind a collection stands $count and behind a number $value, nothing else: %s is 400 (R9, R11)",
  async (path) => {
    const answer = await hub.get(`${score}/${path}`);
    expect([answer.status, answer.json.error?.code], answer.text).toEqual([400, "BadRequest"]);
    expect((await hub.get(`${score}/enabledServices/$count`)).text).toBe("0");
    expect((await hub.get(`${score}/maxScore/$value`)).text).toBe("60");
  },
);
