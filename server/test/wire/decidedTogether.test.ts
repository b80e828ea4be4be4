import { expect, onTestFinished, test } from "vitest";
import { actions, app, block, disable, firewall, identity, person, refusal } from "./connectorBodies.ts";
import { openServers, type TestServer } from "./openServers.ts";

async function servers(): Promise<readonly [TestServer, TestServer]> {
  const { one, two, close } = await openServers();
  onTestFinished(close);
  return [one, two];
}

const busy = "409,Conflict";
const late = "409,ActionStateConflict";

test("two servers decide on one action: one decision stands, the rest hears that it is too late or is asked to come again", async () => {
  const both = await servers();
  const [one] = both;
  await one.post("/v1.0/security/connectors", identity);
  for (const operations of [
    ["approve", "approve"],
    ["approve", "reject"],
  ]) {
    const { id } = (await one.post(actions, disable, person("ada@contoso.example"))).json;
    const all = Array.from({ length: 16 }, (_, index) =>
      both[index % 2]!.post(`${actions}/${id}/${operations[(index >> 1) % 2]}`, { reason: "x" }, person(`p${index}@contoso.example`)),
    );
    const answers = await Promise.all(all);
    const won = answers.findIndex(({ status }) => status === 204);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 204)) expect([busy, late]).toContain(refusal(answer).join());
    const after = (await both[1].get(`${actions}/${id}`)).json;
    expect(after.dispatch.approval.decidedBy).toBe(`p${won}@contoso.example`);
    expect(after.states).toHaveLength(after.status === "Failed" ? 2 : 1);
  }
});

test("two servers undo one action: one reverse is made", async () => {
  const both = await servers();
  const [one] = both;
  const { id } = (await one.post(actions, block)).json;
  for (const status of ["Running", "Completed"]) await one.patch(`${actions}/${id}`, { status }, app("agent"));
  await one.post("/v1.0/security/connectors", firewall);
  const answers = await Promise.all(Array.from({ length: 16 }, (_, index) => both[index % 2]!.post(`${actions}/${id}/undo`, {})));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201)) expect([busy, late]).toContain(refusal(answer).join());
  const { value } = (await both[1].get(`${actions}?$filter=dispatch/status eq 'queued'`)).json;
  expect(value.map((undo: any) => undo.dispatch.undoes)).toEqual([id]);
  expect((await one.get(`${actions}/${id}`)).json.dispatch.undoneBy).toBe(value[0].id);
});

test("two servers approve and cancel a parent with its children: all of them share one end", async () => {
  const both = await servers();
  const [one, two] = both;
  await one.post("/v1.0/security/connectors", identity);
  const targets = Array.from({ length: 20 }, (_, index) => ({ parameters: [{ name: "user", value: `u${index}` }] }));
  const { id } = (await one.post(actions, { ...disable, targets }, person("ada@contoso.example"))).json;
  await Promise.all([
    one.post(`${actions}/${id}/approve`, {}, person("bob@contoso.example")),
    two.post(`${actions}/${id}/cancelSecurityAction`, {}, person("eve@contoso.example")),
    two.post(`${actions}/${id}/reject`, { reason: "x" }, person("mallory@contoso.example")),
  ]);
  const children = (await two.get(`${actions}?$filter=dispatch/parentId eq '${id}'&$top=100`)).json.value;
  const parent = (await one.get(`${actions}/${id}`)).json;
  expect(children).toHaveLength(20);
  expect(new Set(children.map((child: any) => `${child.status} ${child.dispatch.status}`)).size).toBe(1);
  expect(parent.status).toBe(children[0].status);
});
