import { expect, onTestFinished, test } from "vitest";
import { actions, block, disable, firewall, identity, person } from "./connectorBodies.ts";
import { openHub, type TestHub } from "./hub.ts";
import { testConnection } from "./testConnection.ts";

const connectors = "/v1.0/security/connectors";

interface Held {
  readonly hub: TestHub;
  /** Runs `work` while the dispatcher, which has read the connectors, reads no further. */
  readonly amid: (work: () => Promise<void>) => Promise<void>;
}

/** A hub whose dispatcher is held up before it goes through the actions that wait beside the connectors it knows. */
async function openHeld(): Promise<Held> {
  const hub = await openHub({ connections: new Map([["mock", testConnection()]]) });
  const { list } = hub.store;
  const [reached, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  Object.assign(hub.store, {
    async list(...given: Parameters<typeof list>) {
      const filter = JSON.stringify((given[0].plan as { readonly query?: { readonly filter?: object } }).query?.filter ?? {});
      // Those of all connectors but the ones that are known, in the order of their ids.
      if (filter.includes('["dispatch","connectorId"]') && filter.includes('["id"]')) {
        reached.resolve();
        await goesOn.promise;
      }
      return list.apply(hub.store, given);
    },
  });
  const faults: unknown[] = [];
  const dispatcher = hub.service.startDispatching({ drain: 1000, reportWithin: 3_600_000, longestDrain: 60_000, onFault: (error) => void faults.push(error) });
  onTestFinished(async () => {
    goesOn.resolve();
    await dispatcher.stop();
    await hub.close();
    expect(faults).toEqual([]);
  });
  return {
    hub,
    async amid(work) {
      await reached.promise;
      await work();
      goesOn.resolve();
    },
  };
}

const made = async (answer: ReturnType<TestHub["post"]>): Promise<string> => {
  const { status, text, json } = await answer;
  expect(status, text).toBe(201);
  return json.id;
};

test("an action for a connector that came while others were looked after is not taken for one whose connector is gone", async () => {
  const { hub, amid } = await openHeld();
  await made(hub.post(connectors, firewall));
  let ids: string[] = [];
  await amid(async () => {
    await made(hub.post(connectors, identity));
    ids = [await made(hub.post(actions, { ...disable, name: "ResetPassword" })), await made(hub.post(actions, disable, person("ada@contoso.example")))];
  });
  await expect.poll(async () => (await hub.get(`${actions}/${ids[0]}`)).json.status).toBe("Completed");
  expect((await hub.get(`${actions}/${ids[1]}`)).json).toMatchObject({ status: "NotStarted", dispatch: { status: "pendingApproval" } });
});

test("an action that waited for a connector which came while others were looked after goes out", async () => {
  const { hub, amid } = await openHeld();
  const early = await made(hub.post(actions, block));
  await made(hub.post(connectors, identity));
  await amid(async () => void (await made(hub.post(connectors, firewall))));
  await expect.poll(async () => (await hub.get(`${actions}/${early}`)).json.status).toBe("Completed");
});

test("a connector is drained though a call of another one goes on and on", async () => {
  const connection = testConnection();
  const over = Promise.withResolvers<void>();
  connection.answer = async () => {
    await over.promise;
    return { kind: "completed" };
  };
  const hub = await openHub({ connections: new Map([["mock", connection]]) });
  const dispatcher = hub.service.startDispatching({ drain: 1000, reportWithin: 3_600_000, longestDrain: 3_600_000, onFault: () => undefined });
  onTestFinished(async () => {
    over.resolve();
    await dispatcher.stop();
    await hub.close();
  });
  await made(hub.post(connectors, firewall));
  const drained = `${connectors}/${await made(hub.post(connectors, identity))}`;
  await made(hub.post(actions, block));
  await connection.until(1);
  expect((await hub.post(`${drained}/drain`, {})).status).toBe(204);
  await expect.poll(async () => (await hub.get(drained)).json).toMatchObject({ state: "paused", stateReason: "Drained." });
});
