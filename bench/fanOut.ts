import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localCertificates } from "../server/src/http/localCertificates.ts";
import { startChild, type Child } from "./child.ts";
import { quantile } from "./measure.ts";
import { printGoal } from "./print.ts";

const rounds = 7;
const warmRounds = 4;
const [count, atOnce, receivers] = [8_000, 32, 4];

/**
 * Goal 8: notifications of 1 KB to four receivers, 32 at once, through the way out against undici's Pool with nothing
 * around it. Variants take turns in every round; what counts is the CPU of the sender for one.
 */
export async function compareFanOut(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-bench-"));
  try {
    await compare("http", [], undefined);
    const { caPath, cert, key } = await localCertificates(folder, []);
    const files = [join(folder, "cert.pem"), join(folder, "key.pem")] as const;
    writeFileSync(files[0], cert);
    writeFileSync(files[1], key, { mode: 0o600 });
    await compare("https", files, caPath);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(scheme: "http" | "https", credentials: readonly string[], ca: string | undefined): Promise<void> {
  const receiver = await startChild("receiver.ts", [String(receivers), ...credentials]);
  const variants = ["pool", "dispatch", "egress", "signed"];
  const senders = await Promise.all(variants.map((variant) => startChild("sender.ts", [variant, scheme, receiver.token, ...(ca === undefined ? [] : [ca])])));
  const [bare, least, ours, signed] = (await measureSenders(senders)) as [Sent, Sent, Sent, Sent];
  const tell = (what: string, base: Sent, one: Sent, goal?: number): void => {
    const share = base.cpu / one.cpu;
    const figures = `${share.toFixed(2)} (${base.cpu.toFixed(1)} of ${one.cpu.toFixed(1)} us CPU; ${base.rate.toFixed(0)} and ${one.rate.toFixed(0)} per s)`;
    printGoal(`notifications by ${scheme} ${what}`, figures, goal === undefined ? undefined : share >= goal);
  };
  tell("against a bare Pool (goal 8: >= 0.8)", bare, ours, 0.8);
  tell("against the least that a Pool does, without a stream", least, ours);
  tell("signed, against a bare Pool", bare, signed);
  if (scheme === "http") await compareTold(receiver, bare);
  for (const child of [...senders, receiver]) await child.stop();
}

/** The same from end to end: from the change log to the note of the delivery, of changes that piled up and of changes told as they come. */
async function compareTold(receiver: Child, bare: Sent): Promise<void> {
  const notifier = await startChild("notifier.ts", [receiver.token]);
  const usage = async (task: string, calls: number, notifications: number): Promise<Sent> => {
    const before = await notifier.ask("usage");
    const from = performance.now();
    const after = await notifier.ask(task, calls);
    return { cpu: (after.cpu - before.cpu) / notifications, rate: notifications / ((performance.now() - from) / 1000) };
  };
  const samples: Record<"piled" | "told" | "live", Sent[]> = { piled: [], told: [], live: [] };
  for (let round = 0; round < warmRounds + rounds; round += 1) {
    const found = {
      piled: await usage("pile", count / receivers, count),
      told: await usage("tell", count, count),
      live: await usage("live", 200, 200 * receivers),
    };
    if (round >= warmRounds) for (const [name, one] of Object.entries(found)) samples[name as keyof typeof samples].push(one);
  }
  const middle = (name: keyof typeof samples, what: keyof Sent): number =>
    quantile(
      samples[name].map((one) => one[what]),
      0.5,
    );
  const share = bare.cpu / middle("told", "cpu");
  const figures = `${share.toFixed(2)} (${bare.cpu.toFixed(1)} of ${middle("told", "cpu").toFixed(1)} us CPU; ${bare.rate.toFixed(0)} and ${middle("told", "rate").toFixed(0)} per s)`;
  printGoal("notifications from end to end against a bare Pool with a call each (goal 8: >= 0.8)", figures, share >= 0.8);
  const alone = middle("live", "cpu") - middle("piled", "cpu");
  printGoal("a change told as it comes, a call of its own to each of four, without the write", `${alone.toFixed(0)} us CPU a call`, undefined);
  await notifier.stop();
}

interface Sent {
  /** Microseconds of CPU of the sender for one. */
  readonly cpu: number;
  readonly rate: number;
}

async function measureSenders(senders: readonly Child[]): Promise<Sent[]> {
  const samples = senders.map(() => ({ cpu: [] as number[], rate: [] as number[] }));
  for (let round = 0; round < warmRounds + rounds; round += 1) {
    for (const [index, sender] of senders.entries()) {
      const before = await sender.ask("usage");
      const from = performance.now();
      const after = await sender.ask("send", count, atOnce);
      if (round < warmRounds) continue;
      samples[index]!.cpu.push((after.cpu - before.cpu) / count);
      samples[index]!.rate.push(count / ((performance.now() - from) / 1000));
    }
  }
  return samples.map(({ cpu, rate }) => ({ cpu: quantile(cpu, 0.5), rate: quantile(rate, 0.5) }));
}
