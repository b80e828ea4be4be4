import { setTimeout as sleep } from "node:timers/promises";
import { asSuperuser } from "../databases.ts";
import type { FaultGround } from "./faultGround.ts";

type Strike = (ground: FaultGround) => Promise<void>;

/** The database goes down as after a crash, and comes back on what is on its disk. */
export const restartImmediately: Strike = async ({ postgres }) => {
  await postgres.halt("SIGQUIT");
  await postgres.resume();
};

/** The same by SIGKILL of the postmaster; what it had started ends by itself. */
export const killPostmaster: Strike = async ({ postgres }) => {
  await postgres.halt("SIGKILL");
  await postgres.resume();
};

/** One backend is killed: the database ends all others, and recovers by itself. */
export const killBackend: Strike = async ({ postgres }) => {
  const pick = `SELECT pid FROM pg_stat_activity WHERE application_name = 'secgraph' ORDER BY state = 'active' DESC LIMIT 1`;
  const [found] = await asSuperuser(postgres.url, pick);
  process.kill(Number(found!["pid"]), "SIGKILL");
  await sleep(100);
  while ((await asSuperuser(postgres.url, "SELECT 1").catch(() => [])).length === 0) await sleep(20);
};

/** Connections are ended by the database in the middle of transactions, some times. */
export const terminateBackends: Strike = async ({ postgres, random }) => {
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'secgraph' AND state <> 'idle'`;
  for (let time = 0; time < 8; time += 1) {
    await asSuperuser(postgres.url, end);
    await sleep(random.between(5, 60));
  }
};

/** Connections break at random bytes for a while. */
export const cutConnections: Strike = async ({ proxy, random }) => {
  proxy.cutting = true;
  await sleep(random.between(500, 1500));
  proxy.cutting = false;
};

/** The server itself is killed, and another one started on its port. */
export const killServer: Strike = async ({ killServer: kill, patience }) => {
  patience.serverMayDie = true;
  await kill();
  await sleep(200);
  patience.serverMayDie = false;
};
