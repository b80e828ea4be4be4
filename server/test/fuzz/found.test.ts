import { afterAll, beforeAll, expect, test } from "vitest";
import { openHub, type TestHub } from "../wire/hub.ts";

/** Requests that were once answered wrongly, as fuzzing found them. */
let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

test("a count over a member of a derived type in an empty list", async () => {
  const tasks = "/beta/deviceAppManagement/deviceAppManagementTasks";
  const filter = "$filter=microsoft.graph.appVulnerabilityTask/managedDeviceCount in ()";
  expect((await hub.get(`${tasks}?count=true&${filter}`)).json["@odata.count"]).toBe(0);
  expect((await hub.get(`${tasks}/$count?$filter=not (microsoft.graph.securityConfigurationTask/managedDeviceCount in ())`)).text).toBe("0");
});

test("an order by a computed value that is a long integer", async () => {
  const profiles = "/beta/security/secureScoreControlProfiles";
  for (const title of ["a", "b", "c"]) await hub.post(profiles, { id: title, title, vendorInformation: { vendor: "v", provider: "p" } });
  for (const value of ["floor((23372036854775807))", "-9223372036854775807", "maxScore add 9007199254740993", "round(9007199254740993)"]) {
    const page = await hub.get(`${profiles}?$top=2&$orderby=${value},title`);
    expect([value, page.status, page.json.value?.length]).toEqual([value, 200, 2]);
    const next = await hub.get(page.json["@odata.nextLink"].slice("https://hub.example".length));
    expect(next.json.value.map(({ id }: { id: string }) => id)).toEqual(["c"]);
  }
});

test("a patch that names a derived type makes no row half of that type", async () => {
  const tasks = "/beta/deviceAppManagement/deviceAppManagementTasks";
  const made = await hub.post(tasks, { displayName: "plain" });
  const body = { "@odata.type": "#microsoft.graph.appVulnerabilityTask", mitigationType: "UNINSTALL" };
  const patched = await hub.patch(`${tasks}/${made.json.id}`, body);
  expect([patched.status, patched.json.error.target]).toEqual([400, "@odata.type"]);
  expect((await hub.get(`${tasks}/${made.json.id}`)).json).not.toHaveProperty("mitigationType");
});
