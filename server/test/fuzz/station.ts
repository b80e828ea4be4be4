import { listen, type Listening } from "../../src/http/listen.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import type { Model } from "../../src/edm/model.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { authorizationOf, callerOf, openHub, type TestHub } from "../wire/hub.ts";
import { memoryFolder } from "../wire/memoryFolder.ts";
import { faultsOfStore, layGround, refill, type Ground } from "./ground.ts";
import type { Answered } from "./oracle.ts";
import { overPort } from "./overPort.ts";
import type { FuzzRequest } from "./requests.ts";

/** A hub with rows everywhere that is spoken to both ways: by `handle`, and over a real socket. */
export interface Station {
  readonly model: Model;
  readonly ground: Ground;
  readonly send: (request: FuzzRequest, isOverPort: boolean) => Promise<Answered>;
  /** Between rounds: another client is served, the store does not contradict itself, and rows are there again. Tells what is wrong. */
  readonly lookAfter: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** Opens a station. After so many rounds its hub is left for a new one, so that a long campaign does not end up among a million rows. */
export async function openStation(roundsOfHub: number): Promise<Station> {
  const model = createModel(securityGraph);
  const authorization = authorizationOf(callerOf());
  let open = await openOne(model);
  let rounds = 0;
  const ask = (request: FuzzRequest): Promise<Answered> => overPort(open.listening.port, request, authorization);
  return {
    model,
    get ground() {
      return open.ground;
    },
    send: (request, isOverPort) => (isOverPort ? ask(request) : open.hub.send(request.method, request.target, request)),
    async lookAfter() {
      const other = await ask({ method: "GET", target: "/v1.0/security/secureScores?$top=1", headers: {} });
      const faults = [
        ...(other.status === 200 ? [] : [`another client was answered ${other.status} ${other.text}`]),
        ...faultsOfStore(open.ground).slice(0, 5),
      ];
      rounds += 1;
      if (rounds % roundsOfHub === 0) {
        await closeOne(open);
        open = await openOne(model);
      } else {
        await refill(open.ground);
      }
      return faults;
    },
    close: () => closeOne(open),
  };
}

interface Open {
  readonly hub: TestHub;
  readonly ground: Ground;
  readonly listening: Listening;
}

async function openOne(model: Model): Promise<Open> {
  const hub = await openHub({ model, folder: await memoryFolder() });
  const { handle, refuse } = hub.service;
  const shell = { handle, refuse, mounts: [], limits: defaultBudgets, publicUrl: "https://hub.example" };
  return { hub, ground: await layGround(hub, model), listening: await listen({ hosts: ["127.0.0.1"], port: 0, shell }) };
}

async function closeOne({ hub, listening }: Open): Promise<void> {
  await listening.close(0);
  await hub.close();
}
