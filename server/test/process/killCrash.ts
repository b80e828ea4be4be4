import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { filePlace } from "../../src/cli/transfer/place.ts";
import { verifyPlace } from "../audit/verifyPlace.ts";
import { crashEnv, type Crash } from "./crashRounds.ts";
import { inspectFile } from "./inspectFile.ts";
import { randomOf } from "./randomOf.ts";
import { program, startGroup, startServer } from "./server.ts";

const command = [...program, "emulator"];

/** SIGKILL to the server over a SQLite file; every fifth time the next start is killed halfway too, and leaves nothing that the one after minds. */
export function killCrash(data: string, seed: number): Crash {
  const random = randomOf(seed);
  let kills = 0;
  return {
    start: () => startServer({ command, data, env: crashEnv }),
    async strike(server) {
      await server.kill();
      kills += 1;
      if (kills % 5 !== 0) return;
      const group = startGroup({ command, env: { PORT: "0", SECGRAPH_DATA: data, SECGRAPH_SEED: "off", ...crashEnv } });
      await sleep(random.between(50, 800));
      await group.kill();
    },
    async verify() {
      const { chains, faults } = await verifyPlace(filePlace(data));
      const lines = faults.map(({ hub, number, kind, detail }) => `trail of ${hub}: record ${number} is ${kind}: ${detail}`);
      return chains.length === 0 && lines.length === 0 ? ["there is no trail"] : lines;
    },
    inspect: () => inspectFile(join(data, "secgraph.sqlite")),
  };
}
