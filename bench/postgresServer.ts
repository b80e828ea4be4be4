import { mkdirSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { defaultBudgets } from "../server/src/base/limits.ts";
import { listen } from "../server/src/http/listen.ts";
import { openPostgresStore } from "../server/src/store/postgres/openPostgresStore.ts";
import { answerParent } from "./child.ts";
import { serviceOver } from "./openService.ts";

/** A server over PostgreSQL in a process of its own. Arguments: the URL, and a control group that this process is to enter with the milliseconds of CPU it may have in each 20. */
const [, , url = "", group, milliseconds] = process.argv;
const connections = 16;
const period = 20_000;

const { service, store, metrics, token } = await serviceOver((model) => openPostgresStore({ url, model, connections }));
const { port } = await listen({
  hosts: ["127.0.0.1"],
  port: 0,
  shell: { handle: service.handle, refuse: service.refuse, mounts: [], limits: defaultBudgets, metrics, onError: (error) => console.error(error) },
});
answerParent({ port, token }, { confine: () => group !== undefined && confine(group, Number(milliseconds) * 1000) }, store.close);

/** In version 1 of control groups, or in version 2. */
function confine(folder: string, quota: number): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(folder, "cpu.cfs_quota_us"))) {
    writeFileSync(join(folder, "cpu.cfs_period_us"), String(period));
    writeFileSync(join(folder, "cpu.cfs_quota_us"), String(quota));
  } else writeFileSync(join(folder, "cpu.max"), `${quota} ${period}`);
  writeFileSync(join(folder, "cgroup.procs"), String(process.pid));
}
