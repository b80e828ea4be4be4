import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicPart, readCheckpoint } from "../../src/cli/audit/checkpoint.ts";
import { createPublish } from "../../src/cli/audit/publishCheckpoints.ts";
import { retentionSettings } from "../../src/cli/retentionSettings.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { createCheckpoints } from "../../src/outbox/audit/checkpoints.ts";
import type { TrailEnd } from "../../src/store/audit/auditEntry.ts";
import { temporaryFolder } from "../cli/program.ts";

const lease = { hub: "", kind: "", key: "", owner: "", token: 1, attempts: 1, payload: "" };
const end = (hub: string, number: number): TrailEnd => ({ hub, number, seal: `seal ${number}`, at: "2026-11-22T18:00:00.0000000Z" });

const none = { send: () => Promise.reject(new Error("Nothing is sent.")) };
const onFault = (error: unknown): never => {
  throw error;
};

test("once an hour a line is signed for each trail that has grown, by the installation's one key", async () => {
  const file = join(temporaryFolder(), "checkpoints.jws");
  const values = new Map<string, string>();
  const system = {
    getValue: async (name: string) => values.get(name),
    keepValue: async (name: string, fresh: string) => values.get(name) ?? (values.set(name, fresh), fresh),
  };
  let ends = [end("a", 3), end("b", 5)];
  const job = createCheckpoints({ trails: async () => ends }, createPublish(file, { system, egress: none, onFault, onCheckpoint: () => undefined }));
  for (const next of [ends, [end("a", 3), end("b", 6)], [end("a", 3), end("b", 6)]]) {
    ends = next;
    expect(await job(lease, new AbortController().signal)).toEqual({ later: 3_600_000 });
  }
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const read = await Promise.all(lines.map((line) => readCheckpoint(line, publicPart([...values.values()][0]!))));
  expect(read.map(({ hubs: [one] }) => `${one!.hub} ${one!.number}`)).toEqual(["a 3", "b 5", "b 6"]);
  expect(statSync(file).mode & 0o077).toBe(0);
});

test("or goes into the log", async () => {
  const told: string[] = [];
  const system = { getValue: async () => undefined, keepValue: async (_: string, fresh: string) => fresh };
  const publish = createPublish("log", {
    system,
    egress: none,
    onFault,
    onCheckpoint: ({ hub, number }, jws) => told.push(`${hub} ${number} ${jws.split(".").length} ${jws.length < 1024}`),
  });
  await publish([end("93f71079-569e-8c5e-bf11-52b2d747d62b", 1_000_000)]);
  expect(told).toEqual(["93f71079-569e-8c5e-bf11-52b2d747d62b 1000000 3 true"]);
});

test("or is sent to an endpoint; what that does not take is told, and comes again a minute later, the rest an hour", async () => {
  const values = new Map<string, string>();
  const system = {
    getValue: async (name: string) => values.get(name),
    keepValue: async (name: string, fresh: string) => values.get(name) ?? (values.set(name, fresh), fresh),
  };
  const calls: string[] = [];
  const answers = [200, 503, 204];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      calls.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
      response.writeHead(answers.shift()!).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/kept?token=t`;
  const egress = createEgress({ allow: [] });
  const faults: string[] = [];
  const publish = createPublish(url, { system, egress, onFault: (error) => faults.push((error as Error).message), onCheckpoint: () => undefined });
  const job = createCheckpoints({ trails: async () => [end("a", 3), end("b", 5)] }, publish);
  expect(await job(lease, new AbortController().signal)).toEqual({ later: 60_000 });
  expect(await job(lease, new AbortController().signal)).toEqual({ later: 3_600_000 });
  expect(await job(lease, new AbortController().signal)).toEqual({ later: 3_600_000 });
  await egress.close();
  await new Promise((resolve) => receiver.close(resolve));
  const read = await Promise.all(calls.map((call) => readCheckpoint(call.split(" ")[3]!, publicPart([...values.values()][0]!))));
  expect(read.map(({ hubs: [one] }) => `${one!.hub} ${one!.number}`)).toEqual(["a 3", "b 5", "b 5"]);
  for (const call of calls) expect(call).toMatch(/^POST \/kept\?token=t application\/jose /);
  expect(faults).toEqual([`${new URL(url).origin} answered a checkpoint with 503.`]);
});

test.each([
  ["off", "off"],
  ["LOG", "log"],
  ["https://keeper.example/checkpoints?token=t", "https://keeper.example/checkpoints?token=t"],
  ["http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x"],
])("the setting takes %s", (value, read) => {
  expect(retentionSettings.auditCheckpoints.parse(value)).toBe(read);
});

test.each(["http://keeper.example/x", "https://me:pass@keeper.example/", "ftp://keeper.example/", "https://", "https://keeper.example/#x"])(
  "and not %s, which it does not repeat",
  (value) => {
    expect(() => retentionSettings.auditCheckpoints.parse(value)).toThrow(/^'off', 'log', a path, or an https address/);
  },
);
