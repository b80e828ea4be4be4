import { Agent } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { send, type Writing } from "./changeLedger.ts";
import { crashEnv } from "./crashRounds.ts";
import { program, startServer } from "./server.ts";
import { tokenOf } from "./tokenOf.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-rechecked-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const tenant = "11111111-1111-4111-8111-111111111111";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const vendorInformation = { vendor: "Contoso", provider: "Posture" };
const names = Array.from({ length: 60 }, (_, number) => `Control-${number}`);

interface Task {
  readonly status: string;
  readonly verification: { readonly controlNames: readonly string[]; readonly state: string };
  readonly statusHistory: readonly object[];
}

test("killed amid deciding about tasks: each of them is decided once, and its history written once", { timeout: 180_000 }, async () => {
  const start = () => startServer({ command: [...program, "emulator"], data, env: crashEnv });
  let server = await start();
  const open = async (): Promise<Writing> => {
    const peer = { port: server.port, agent: new Agent({ keepAlive: true }) };
    return { peer, token: await tokenOf(peer, data, tenant), over: false };
  };
  let round = await open();
  for (const name of names) {
    const made = await send(round, "POST", tasks, { status: "completed", verification: { controlNames: [name], provider: vendorInformation.provider } });
    expect(made?.status, made?.text).toBe(201);
  }
  const controlScores = names.map((controlName, number) => ({ controlName, score: number % 2 === 0 ? 1 : 5, maxScore: 5 }));
  expect((await send(round, "POST", "/v1.0/security/secureScores", { vendorInformation, controlScores }))?.status).toBe(201);
  const list = async (): Promise<readonly Task[]> =>
    (JSON.parse((await send(round, "GET", `${tasks}?$top=200&$filter=verification/provider%20eq%20'Posture'`))?.text ?? "{}") as { value: Task[] }).value;
  const decided = async (): Promise<number> => (await list()).filter(({ verification }) => verification.state !== "unverified").length;
  // Killed when some of them are decided, and others are not.
  for (const until = Date.now() + 60_000; Date.now() < until && (await decided()) === 0;) await sleep(2);
  await server.kill();
  round.peer.agent.destroy();
  server = await start();
  round = await open();
  await expect.poll(decided, { timeout: 90_000, interval: 100 }).toBe(names.length);
  const found = await list();
  await server.kill();
  round.peer.agent.destroy();
  for (const { status, verification, statusHistory } of found) {
    const isBad = names.indexOf(verification.controlNames[0]!) % 2 === 0;
    expect([status, verification.state, statusHistory.length]).toEqual([isBad ? "active" : "completed", isBad ? "failed" : "verified", 2]);
  }
});
