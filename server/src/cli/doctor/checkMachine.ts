import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockHolder } from "../../base/fileLock.ts";
import { PortTaken, requireFreePort } from "../../http/listen.ts";
import { usualServerLimits } from "../../http/serverLimits.ts";
import type { Configuration } from "../configuration.ts";
import { runningPorts } from "../dataFolder.ts";
import { dataFile } from "../openStore.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

const needed = { node: 24, disk: 100_000_000, comfort: 1_000_000_000 };

/** The Node that runs this. */
export function checkNode(): readonly Finding[] {
  const major = Number.parseInt(process.versions.node, 10);
  const says = `Node ${process.version} with SQLite ${process.versions["sqlite"] ?? "?"}.`;
  return [major >= needed.node ? ok("node", says) : fail("node", says, `Install Node ${needed.node} or newer.`)];
}

/** Room on the disk of the data folder: a migration and a backup need as much as the data again. */
export function checkDisk({ data }: Pick<Configuration, "data">): readonly Finding[] {
  const folder = existing(data);
  const { bavail, bsize, type } = statfsSync(folder);
  const free = bavail * bsize;
  const size = statSync(dataFile(data), { throwIfNoEntry: false })?.size ?? 0;
  const says = `${megabytes(free)} MB are free for ${megabytes(size)} MB of data.`;
  const network = networkFileSystems.get(type);
  return [
    free < needed.disk
      ? fail("disk", says, "Free some room: writes are refused when there is none.")
      : free < Math.max(needed.comfort, 2 * size)
        ? warn("disk", says, "Free some room: updates and backups need as much as the data twice.")
        : ok("disk", says),
    ...(network === undefined
      ? []
      : [fail("disk", `${folder} is on ${network}, where SQLite's write-ahead log and locks do not work.`, "Put the data folder on a disk of this machine.")]),
  ];
}

/** By their numbers in statfs(2). */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x517b, "SMB"],
]);

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

/** The clock runs evenly, and is not behind what the data folder has seen. */
export async function checkClock({ data }: Pick<Configuration, "data">): Promise<readonly Finding[]> {
  const [wall, steady] = [Date.now(), performance.now()];
  await sleep(250);
  const drift = Math.round(Date.now() - wall - (performance.now() - steady));
  const latest = statSync(dataFile(data), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const findings: Finding[] = [];
  if (Math.abs(drift) > 50)
    findings.push(
      warn("clock", `The clock was set by ${drift} ms within a quarter of a second.`, "Let a time service (chrony, systemd-timesyncd) slew it instead."),
    );
  if (latest > Date.now() + 60_000)
    findings.push(fail("clock", `The data were last written at ${new Date(latest).toISOString()}, which is to come.`, "Set the clock."));
  return findings.length > 0 ? findings : [ok("clock", `It is ${new Date().toISOString()}, and the clock runs evenly.`)];
}

/** The ports are free, or this folder's own server has them. */
export async function checkPorts({ data, hosts, port, tlsPort }: Pick<Configuration, "data" | "hosts" | "port" | "tlsPort">): Promise<readonly Finding[]> {
  const running = runningPorts(data);
  const own = new Set([running?.port, running?.tlsPort]);
  const findings: Finding[] = [];
  for (const wanted of new Set(tlsPort === "off" ? [port] : [port, tlsPort])) {
    try {
      if (!own.has(wanted)) await requireFreePort(hosts, wanted);
      findings.push(ok("ports", own.has(wanted) ? `Port ${wanted} is open: the server of this data folder has it.` : `Port ${wanted} is free.`));
    } catch (error) {
      const says = error instanceof PortTaken ? error.message : `Port ${wanted} on ${hosts[0]} cannot be opened: ${(error as Error).message}.`;
      findings.push(fail("ports", says, "Stop what has it, or set PORT or SECGRAPH_TLS_PORT to another one."));
    }
  }
  return findings;
}

/** Who works on the data folder. */
export function checkLock({ data }: Pick<Configuration, "data">): readonly Finding[] {
  const path = join(data, "lock");
  const holder = lockHolder(path);
  if (holder !== undefined) return [ok("lock", `Process ${holder.pid} on ${holder.host} works on the data folder.`)];
  return [
    ok("lock", existsSync(path) ? "The last server ended without giving its lock back; the next one takes it over." : "No server works on the data folder."),
  ];
}

/** Open files that the process may have: each connection is one. */
export function checkOpenFiles({ server }: Pick<Configuration, "server">): readonly Finding[] {
  if (!existsSync("/proc/self/limits")) return [];
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? "unlimited";
  const connections = server.connections ?? usualServerLimits.connections;
  if (soft === "unlimited" || Number(soft) >= connections + 200) return [ok("open files", `${soft} files may be open, for ${connections} connections.`)];
  const remedy = `Raise the limit (ulimit -n, LimitNOFILE=) above ${connections + 200}, or lower SECGRAPH_MAX_CONNECTIONS.`;
  return [warn("open files", `${soft} files may be open, fewer than ${connections} connections need.`, remedy)];
}

function megabytes(bytes: number): string {
  return String(Math.floor(bytes / 1e6));
}
