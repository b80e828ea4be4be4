import { expect, onTestFinished, test } from "vitest";
import { firewall } from "./connectorBodies.ts";
import { openServers, type TestServer } from "./openServers.ts";

async function servers(): Promise<readonly [TestServer, TestServer]> {
  const { one, two, close } = await openServers();
  onTestFinished(close);
  return [one, two];
}

const connectors = "/v1.0/security/connectors";

test("two servers register different connectors at once, the first writes into their hub: none is refused, and the hub shows all of them", async () => {
  const both = await servers();
  const answers = await Promise.all(Array.from({ length: 24 }, (_, n) => both[n % 2]!.post(connectors, { ...firewall, provider: `Firewall ${n}` })));
  expect(answers.map(({ status, text }) => (status === 201 ? "" : text)).filter((text) => text !== "")).toEqual([]);
  const hub = (await both[0].get("/v1.0/security?$select=providerStatus")).json;
  expect(hub.providerStatus).toHaveLength(24);
  expect((await both[1].get("/v1.0/security/actionProviders/$count")).text).toBe("24");
});

test("two servers register one connector at once: it is made once, and all others hear what it is called and that it is there", async () => {
  const both = await servers();
  for (let round = 0; round < 6; round += 1) {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => both[n % 2]!.post(connectors, { ...firewall, provider: `Firewall ${round}` })));
    const [made, ...more] = answers.filter(({ status }) => status === 201);
    expect(more).toEqual([]);
    for (const { status, json } of answers.filter((answer) => answer !== made)) {
      expect([status, json.error.code, json.error.target]).toEqual([409, "nameAlreadyExists", "provider"]);
      expect(json.error.message).toContain(made!.json.id);
    }
  }
});

test("two servers change, pause and remove connectors while others are registered: each of them stands", async () => {
  const both = await servers();
  const made = await Promise.all(Array.from({ length: 12 }, (_, n) => both[n % 2]!.post(connectors, { ...firewall, provider: `Old ${n}` })));
  const answers = await Promise.all(
    made.flatMap(({ json: { id } }, n) => {
      const [near, far] = n % 2 === 0 ? both : [both[1], both[0]];
      const changed =
        n % 3 === 0
          ? near.remove(`${connectors}/${id}`)
          : n % 3 === 1
            ? near.post(`${connectors}/${id}/pause`, {})
            : near.patch(`${connectors}/${id}`, { displayName: "x" });
      return [changed, far.post(connectors, { ...firewall, provider: `New ${n}` }), far.patch("/v1.0/security", { displayName: `Hub ${n}` })];
    }),
  );
  expect(answers.filter(({ status }) => status >= 300).map(({ text }) => text)).toEqual([]);
  const hub = (await both[0].get("/v1.0/security?$select=providerStatus")).json;
  const shown = hub.providerStatus.map(({ provider, enabled }: { provider: string; enabled: boolean }) => `${provider}${enabled ? "" : " paused"}`);
  const left = made.flatMap((_, n) => (n % 3 === 0 ? [] : [`Old ${n}${n % 3 === 1 ? " paused" : ""}`]));
  expect(shown.toSorted()).toEqual([...left, ...made.map((_, n) => `New ${n}`)].toSorted());
});
