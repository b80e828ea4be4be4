import { afterAll, beforeAll, expect, test } from "vitest";
import { calendar } from "../../src/emulator/demo/calendar.ts";
import { practiceConnector } from "../../src/emulator/demo/practiceConnector.ts";
import { createConnections } from "../../src/outbox/connectors/createConnections.ts";
import { openHub, type Answer, type TestHub } from "../wire/hub.ts";

const actions = "/v1.0/security/securityActions";
const faults: unknown[] = [];
let hub: TestHub;
let dispatcher: { readonly stop: () => Promise<void> };
beforeAll(async () => {
  const egress = { send: () => Promise.reject(new Error("nothing is called")) };
  hub = await openHub({ connections: createConnections({ egress, clock: Date.now, programs: [] }) });
  dispatcher = hub.service.startDispatching({ drain: 100, reportWithin: 3_600_000, longestDrain: 60_000, onFault: (error) => void faults.push(error) });
  for (const { path, body } of practiceConnector(calendar(Date.now()))) await hub.post(`/v1.0${path}`, body);
});
afterAll(async () => {
  await dispatcher.stop();
  await hub.close();
  if (faults.length > 0) throw new AggregateError(faults, "The dispatcher failed.");
});

const post = (name: string, provider: string): Promise<Answer> =>
  hub.post(actions, { name, parameters: [{ name: "ip", value: "203.0.113.7" }], vendorInformation: { vendor: "Contoso", provider } });

test("an action of the demo is carried out, and can be taken back", async () => {
  const { status, json } = await post("BlockIp", "Practice");
  expect([status, json.status]).toEqual([201, "NotStarted"]);
  const show = async (id: string): Promise<string> => (await hub.get(`${actions}/${id}`)).json.status;
  await expect.poll(() => show(json.id)).toBe("Completed");
  const undo = await hub.post(`${actions}/${json.id}/undo`, {});
  await expect.poll(() => show(undo.json.id)).toBe("Completed");
});

test("beside a connector that only plays, actions of any other provider wait as without one; beside a real one they are refused", async () => {
  const waiting = await post("BlockIp", "Somebody else");
  expect([waiting.status, waiting.json.dispatch]).toEqual([201, null]);
  expect((await post("Dance", "Practice")).status).toBe(400);
  const real = { vendor: "Contoso", provider: "Firewall", kind: "pull", actions: [{ name: "BlockIp" }] };
  expect((await hub.post("/v1.0/security/connectors", real)).status).toBe(201);
  const { status, json } = await post("BlockIp", "Somebody quite else");
  expect([status, json.error.details.length]).toEqual([400, 2]);
});
