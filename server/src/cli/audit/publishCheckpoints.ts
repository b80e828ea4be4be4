import { appendFile } from "node:fs/promises";
import type { Publish } from "../../outbox/audit/checkpoints.ts";
import type { StoreSystem } from "../../store/store.ts";
import type { AppParts } from "../appPort.ts";

interface Publishing extends Pick<AppParts, "onCheckpoint"> {
  readonly system: Pick<StoreSystem, "getValue" | "keepValue">;
}

/** Makes what signs the ends of trails, each by itself, and writes them to the log or into a file. */
export function createPublish(to: string, { system, onCheckpoint }: Publishing): Publish {
  return async (ends) => {
    const { keepCheckpointKey, signCheckpoint } = await import("./checkpoint.ts");
    const key = await keepCheckpointKey(system);
    const made = new Date().toISOString();
    for (const end of ends) {
      const jws = await signCheckpoint({ made, hubs: [end] }, key);
      if (to === "log") onCheckpoint(end, jws);
      else await appendFile(to, `${jws}\n`, { mode: 0o600 });
    }
  };
}
