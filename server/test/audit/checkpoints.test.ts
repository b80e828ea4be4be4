import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicPart, readCheckpoint } from "../../src/cli/audit/checkpoint.ts";
import { createPublish } from "../../src/cli/audit/publishCheckpoints.ts";
import { createCheckpoints } from "../../src/outbox/audit/checkpoints.ts";
import type { TrailEnd } from "../../src/store/audit/auditEntry.ts";
import { temporaryFolder } from "../cli/program.ts";

const lease = { hub: "", kind: "", key: "", owner: "", token: 1, attempts: 1, payload: "" };
const end = (hub: string, number: number): TrailEnd => ({ hub, number, seal: `seal ${number}`, at: "2026-11-22T18:00:00.0000000Z" });

test("once an hour a line is signed for each trail that has grown, by the installation's one key", async () => {
  const file = join(temporaryFolder(), "checkpoints.jws");
  const values = new Map<string, string>();
  const system = {
    getValue: async (name: string) => values.get(name),
    keepValue: async (name: string, fresh: string) => values.get(name) ?? (values.set(name, fresh), fresh),
  };
  let ends = [end("a", 3), end("b", 5)];
  const job = createCheckpoints({ trails: async () => ends }, createPublish(file, { system, onCheckpoint: () => undefined }));
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
    onCheckpoint: ({ hub, number }, jws) => told.push(`${hub} ${number} ${jws.split(".").length} ${jws.length < 1024}`),
  });
  await publish([end("93f71079-569e-8c5e-bf11-52b2d747d62b", 1_000_000)]);
  expect(told).toEqual(["93f71079-569e-8c5e-bf11-52b2d747d62b 1000000 3 true"]);
});
