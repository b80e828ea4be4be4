import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { callersFolder } from "../checkoutRoot.ts";
import { ConfigurationFault } from "../configuration.ts";
import type { CheckpointFlags, TrailFlags } from "./auditCommands.ts";
import { checkpointKeyName, keepCheckpointKey, publicPart, signCheckpoint } from "./checkpoint.ts";
import { withTrail } from "./trailOf.ts";
import { requireHub } from "./verifyCommand.ts";
import { verifyTrail } from "./verifyTrail.ts";

/** Checks the trails and signs how far they have come. */
export async function checkpointCommand(flags: CheckpointFlags): Promise<void> {
  const key = await keyOf(flags);
  const jws = await withTrail(flags, async (trail) => {
    requireHub(trail, flags.hub);
    const { chains, faults } = await verifyTrail(trail, { hub: flags.hub });
    const [fault] = faults;
    if (fault !== undefined) throw new ConfigurationFault(`Nothing is signed: in ${fault.hub} record ${fault.number} is ${fault.kind}: ${fault.detail}.`);
    const hubs = chains.map(({ hub, last, seal, at }) => ({ hub, number: last, seal, at }));
    return signCheckpoint({ made: new Date().toISOString(), hubs }, key);
  });
  if (flags.to === undefined) return console.log(jws);
  writeFileSync(resolve(callersFolder(), flags.to), `${jws}\n`, { flag: "wx" });
  console.log(`${flags.to} is written. Keep it where those who can change the data cannot.`);
}

/** Prints the public key. */
export async function keyCommand(flags: TrailFlags): Promise<void> {
  console.log(publicPart(await keyOf(flags)));
}

/** The installation's key: a server has made it at its start, so that nothing has to be written beside it. */
async function keyOf(flags: TrailFlags): Promise<string> {
  const known = await withTrail(flags, (trail) => trail.value(checkpointKeyName));
  if (known !== undefined) return known;
  const { onSystem } = await import("../onSystem.ts");
  return onSystem(flags, keepCheckpointKey);
}
