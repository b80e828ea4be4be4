import { createService } from "../../src/app.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { engine } from "../engine.ts";
import { answer, openHub, type HubSettings, type TestHub } from "./hub.ts";

/** One of several servers. */
export type TestServer = Pick<TestHub, "service" | "store" | "send" | "get" | "post" | "patch" | "remove">;

export interface TestServers {
  readonly one: TestServer;
  readonly two: TestServer;
  readonly close: () => Promise<void>;
}

/** Two servers on the same data, which know nothing of each other. On PostgreSQL each has its own store; a file has one, which both work over. */
export async function openServers(settings: HubSettings = {}): Promise<TestServers> {
  const one = await openHub(settings);
  if (engine === "sqlite") return { one, two: await serveOver(one, settings), close: one.close };
  const two = await openHub({ ...settings, folder: one.folder });
  const close = async (): Promise<void> => {
    await two.store.close();
    await one.close();
  };
  return { one, two, close };
}

async function serveOver({ store, service: first }: TestHub, settings: HubSettings): Promise<TestServer> {
  const { authenticate } = first.app;
  const fixed = { model: createModel(securityGraph), store, authenticate, budgets: defaultBudgets, placeholders: ["localtest"], faithful: [] };
  const service = await createService({ ...fixed, ...settings });
  const send: TestServer["send"] = (method, target, asked = {}) => answer(service, method, target, asked);
  return {
    service,
    store,
    send,
    get: (target, asked) => send("GET", target, asked),
    post: (target, body, asked) => send("POST", target, { ...asked, body }),
    patch: (target, body, asked) => send("PATCH", target, { ...asked, body }),
    remove: (target, asked) => send("DELETE", target, asked),
  };
}
