import { appendFile } from "node:fs/promises";
import type { Egress } from "../../egress/createEgress.ts";
import type { Publish } from "../../outbox/audit/checkpoints.ts";
import type { TrailEnd } from "../../store/audit/auditEntry.ts";
import type { StoreSystem } from "../../store/store.ts";
import type { AppParts } from "../appPort.ts";

interface Publishing extends Pick<AppParts, "onCheckpoint"> {
  readonly system: Pick<StoreSystem, "getValue" | "keepValue">;
  readonly egress: Pick<Egress, "send">;
  readonly onFault: (error: unknown) => void;
}

/**
 * Makes what signs the ends of trails, each by itself, and writes them to the log, into a file or to an endpoint; `to`: `log`, a path or a URL. It answers those that
 * were taken: what comes behind a fault is for another time.
 */
export function createPublish(to: string, { system, onCheckpoint, egress, onFault }: Publishing): Publish {
  const put = async (end: TrailEnd, jws: string): Promise<void> => {
    if (to === "log") onCheckpoint(end, jws);
    else if (/^https?:/.test(to)) await push(to, jws, egress);
    else await appendFile(to, `${jws}\n`, { mode: 0o600 });
  };
  return async (ends) => {
    const { keepCheckpointKey, signCheckpoint } = await import("./checkpoint.ts");
    const key = await keepCheckpointKey(system);
    const made = new Date().toISOString();
    const taken: TrailEnd[] = [];
    try {
      for (const end of ends) {
        await put(end, await signCheckpoint({ made, hubs: [end] }, key));
        taken.push(end);
      }
    } catch (error) {
      onFault(error);
    }
    return taken;
  };
}

const limits = { headers: 5_000, total: 5_000, bytes: 4096 };

/** Any 2xx in time is success. */
async function push(url: string, body: string, egress: Pick<Egress, "send">): Promise<void> {
  const headers = { "Content-Type": "application/jose" };
  const { status } = await egress.send({ purpose: "checkpoint", reach: "operator", method: "POST", url, headers, body, limits, wanted: "status" });
  if (status < 200 || status >= 300) throw new Error(`${new URL(url).origin} answered a checkpoint with ${status}.`);
}
