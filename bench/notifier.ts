import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningNotifier } from "../server/src/wiring/behindRequests.ts";
import { readAllowedDestinations } from "../server/src/egress/allowedDestinations.ts";
import { createEgress } from "../server/src/egress/createEgress.ts";
import { openSqliteStore } from "../server/src/store/sqlite/openSqliteStore.ts";
import { answerParent } from "./child.ts";
import { serviceOver } from "./openService.ts";

/**
 * Change notifications from end to end: `notifier.ts <ports>`. A service over a file of its own, with a subscription for each receiver. The task `pile`
 * writes so many scores while nobody is told; `tell` tells all of them to everybody; `live` writes so many, each when the one before was told.
 */
const [, , portList = ""] = process.argv;
const ports = portList.split(",");
const folder = mkdtempSync(join(tmpdir(), "secgraph-bench-"));
const egress = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:*") });
/** The receivers of these benches know nothing of challenges. */
const agreeable: typeof egress.send = async ({ url }) => ({
  status: 200,
  headers: { "content-type": "text/plain" },
  body: Buffer.from(new URL(url).searchParams.get("validationToken") ?? ""),
});
const { service, store, token } = await serviceOver((model) => openSqliteStore({ file: join(folder, "hub.sqlite"), model }), { egress: { send: agreeable } });

async function post(path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = { method: "POST", target: `/v1.0/${path}`, headers, baseUrl: "https://hub.example", loopback: true, body: Buffer.from(JSON.stringify(body)) };
  const { status } = await service.handle(sent);
  if (status !== 201) throw new Error(`${path} was answered ${status}.`);
}

for (const port of ports) {
  await post("subscriptions", {
    changeType: "created",
    resource: "security/secureScores",
    clientState: "s".repeat(128),
    notificationUrl: `http://127.0.0.1:${port}/hooks/security?code=4f1c`,
    expirationDateTime: new Date(Date.now() + 86_400_000).toISOString(),
  });
}

const score = { currentScore: 1, maxScore: 100, vendorInformation: { vendor: "Contoso", provider: "Bench" } };
function start(): RunningNotifier {
  return service.startNotifying({
    egress,
    keep: 3_600_000,
    onFault(error) {
      throw error;
    },
  });
}

/** Waits until this notifier has told so many. */
async function untilTold(notifier: RunningNotifier, count: number): Promise<void> {
  while (notifier.figures()!.notifications.delivered < count) await sleep(1);
}

async function pile(count: number): Promise<void> {
  for (let n = 0; n < count; n += 20) await Promise.all(Array.from({ length: Math.min(20, count - n) }, () => post("security/secureScores", score)));
}

async function tell(count: number): Promise<void> {
  const notifier = start();
  await untilTold(notifier, count);
  await notifier.stop();
}

async function live(count: number): Promise<void> {
  const notifier = start();
  for (let n = 1; n <= count; n += 1) {
    await post("security/secureScores", score);
    await untilTold(notifier, n * ports.length);
  }
  await notifier.stop();
}

async function close(): Promise<void> {
  await egress.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}

answerParent({ port: 0, token: "" }, { pile: ([count = 0]) => pile(count), tell: ([count = 0]) => tell(count), live: ([count = 0]) => live(count) }, close);
