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

test("a patch that names a derived type makes no row half of that type", async () => {
  const tasks = "/beta/deviceAppManagement/deviceAppManagementTasks";
  const made = await hub.post(tasks, { displayName: "plain" });
  const body = { "@odata.type": "#microsoft.graph.appVulnerabilityTask", mitigationType: "UNINSTALL" };
  const patched = await hub.patch(`${tasks}/${made.json.id}`, body);
  expect([patched.status, patched.json.error.target]).toEqual([400, "@odata.type"]);
  expect((await hub.get(`${tasks}/${made.json.id}`)).json).not.toHaveProperty("mitigationType");
});
