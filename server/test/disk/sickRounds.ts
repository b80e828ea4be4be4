import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { exchange, type Peer, type Received } from "../process/exchange.ts";
import type { ServerProcess } from "../process/server.ts";
import { tokenOf } from "../process/tokenOf.ts";

/** What a writer sent, by the mark that finds it again. */
export interface Told {
  readonly acknowledged: Set<string>;
  readonly refused: Map<string, number>;
  /** Answers that nobody should get. */
  readonly faults: string[];
}

/** A caller of a server whose disk is sick. */
export interface Patient {
  readonly told: Told;
  /** Writes until so many writes have been acknowledged, or refused, since the call; tells of the milliseconds it took. */
  readonly writeUntil: (what: "acknowledged" | "refused", count: number) => Promise<number>;
  /** Writes once; the status. */
  readonly write: () => Promise<number | undefined>;
  /** Reads in every way: the statuses, each once. */
  readonly read: () => Promise<readonly number[]>;
  readonly probe: (path: string) => Promise<number | undefined>;
  /** What differs between what was told and what is there; ends the connections. */
  readonly recount: () => Promise<readonly string[]>;
}

const scores = "/v1.0/security/secureScores";
const patience = 60_000;

/** Fetches a token of the server's own authority and begins. */
export async function openPatient({ port, data }: ServerProcess, told: Told = { acknowledged: new Set(), refused: new Map(), faults: [] }): Promise<Patient> {
  const peer: Peer = { port, agent: new Agent({ keepAlive: true }) };
  const headers = { Authorization: `Bearer ${await tokenOf(peer, data)}`, "Content-Type": "application/json" };
  const get = (path: string) => exchange(peer, { method: "GET", path, headers });
  let count = told.acknowledged.size + told.refused.size;

  async function write(): Promise<number | undefined> {
    const mark = `mark-${(count += 1)}`;
    const body = JSON.stringify({ currentScore: 1, maxScore: 2, vendorInformation: { vendor: "Contoso", provider: "Sick", subProvider: mark } });
    const answer = await exchange(peer, { method: "POST", path: scores, headers, body });
    if (answer?.status === 201) told.acknowledged.add(mark);
    else if (answer !== undefined) told.refused.set(mark, answer.status);
    const fault = faultOf(answer);
    if (fault !== undefined) told.faults.push(fault);
    return answer?.status;
  }

  return {
    told,
    write,
    async writeUntil(what, wanted) {
      const [begun, size] = [performance.now(), told[what].size];
      const work = async (): Promise<void> => {
        while (told[what].size < size + wanted && told.faults.length === 0 && performance.now() < begun + patience) await write();
      };
      await Promise.all(Array.from({ length: 8 }, work));
      if (told[what].size < size + wanted) told.faults.push(`In ${patience / 1000} s only ${told[what].size - size} writes were ${what}.`);
      return performance.now() - begun;
    },
    async read() {
      const answers = await Promise.all([
        get(`${scores}?$top=5&$count=true`),
        get(`${scores}?$filter=contains(vendorInformation/subProvider,'mark')&$top=1`),
        get(`${scores}/$count`),
        get("/v1.0/security/userSecurityProfiles"),
        get("/v1.0/$metadata"),
      ]);
      told.faults.push(...answers.map(shapeFault).filter((fault) => fault !== undefined));
      return [...new Set(answers.map((answer) => answer?.status ?? 0))];
    },
    probe: async (path) => (await get(path))?.status,
    async recount() {
      const found = await marksOf(get);
      peer.agent.destroy();
      const lost = [...told.acknowledged].filter((mark) => found.get(mark) !== 1).map((mark) => `lost: ${mark} is there ${found.get(mark) ?? 0} times`);
      const undead = [...found.keys()].filter((mark) => told.refused.has(mark)).map((mark) => `undead: ${mark} was refused and is there`);
      return [...told.faults, ...lost, ...undead];
    },
  };
}

/** Sees that the server is well again: milliseconds until a write is acknowledged. */
export async function untilWell({ write }: Patient): Promise<number> {
  const begun = performance.now();
  while (performance.now() < begun + patience) {
    if ((await write()) === 201) return performance.now() - begun;
    await sleep(50);
  }
  return Number.POSITIVE_INFINITY;
}

/** A write is acknowledged, or refused as a server in trouble refuses: 503 or 507, Graph's error, and when to come again. */
function faultOf(answer: Received | undefined): string | undefined {
  if (answer?.status === 201) return undefined;
  if (answer?.status !== 503 && answer?.status !== 507) return `A write answers ${answer?.status} ${answer?.text}`;
  return shapeFault(answer) ?? (Number(answer.headers["retry-after"]) > 0 ? undefined : "A refused write is not told when to come again.");
}

function shapeFault(answer: Received | undefined): string | undefined {
  if (answer === undefined) return "A request got no answer.";
  if (answer.status < 400) return undefined;
  const { error } = JSON.parse(answer.text ?? "{}") as {
    readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly innerError?: object };
  };
  const isGraphs = typeof error?.code === "string" && typeof error.message === "string" && error.innerError !== undefined;
  return isGraphs && (answer.status === 503 || answer.status === 507) ? undefined : `An answer has the status ${answer.status} and the body ${answer.text}`;
}

async function marksOf(get: (path: string) => Promise<Received | undefined>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  let next: string | undefined = `${scores}?$top=1000&$select=vendorInformation`;
  while (next !== undefined) {
    const answer: Received | undefined = await get(next);
    if (answer?.status !== 200) throw new Error(`A page answers ${answer?.status} ${answer?.text}`);
    const page = JSON.parse(answer.text!) as { readonly value: readonly { readonly vendorInformation: { readonly subProvider: string } }[] };
    for (const { vendorInformation } of page.value) found.set(vendorInformation.subProvider, (found.get(vendorInformation.subProvider) ?? 0) + 1);
    const link = (page as { readonly "@odata.nextLink"?: string })["@odata.nextLink"];
    next = link === undefined ? undefined : link.slice(new URL(link).origin.length);
  }
  return found;
}
