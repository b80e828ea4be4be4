import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { send, type Writing } from "./changeLedger.ts";
import { crashEnv } from "./crashRounds.ts";
import { openOnceEndpoint, type OnceEndpoint } from "./onceEndpoint.ts";
import { randomOf } from "./randomOf.ts";
import { program, startServer, type ServerProcess } from "./server.ts";
import { tokenOf } from "./tokenOf.ts";

/** Milliseconds that the first of it may take. */
const patience = 60_000;

/** Actions that are acknowledged before a round ends. */
const enough = (round: number): number => 3 * (round + 1);

const tenant = "11111111-1111-4111-8111-111111111111";
const actions = "/v1.0/security/securityActions";

interface Settings {
  readonly data: string;
  readonly rounds: number;
  readonly seed: number;
  readonly writers: number;
}

/** What the rounds have shown. */
export interface DispatchReport {
  /** Actions that took effect not at all or more than once, whose tokens did not grow, or that do not say what happened. */
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly calls: number;
  /** Actions that were sent more than once. */
  readonly repeated: number;
}

/** Posts actions for an endpoint that outlives the server, kills -9 at random moments amid calls, starts again; at last everything has to be done, once. */
export async function dispatchRounds({ data, rounds, seed, writers }: Settings): Promise<DispatchReport> {
  const random = randomOf(seed);
  const endpoint = await openOnceEndpoint(() => random.between(0, 60));
  const posted = new Set<string>();
  const start = (): Promise<ServerProcess> => startServer({ command: [...program, "emulator"], data, env: crashEnv });
  try {
    let server = await start();
    for (let number = 0; number < rounds; number += 1) {
      const round = await openRound(server);
      if (number === 0) await connect(round, endpoint.url);
      const writing = Array.from({ length: writers }, () => keepPosting(round, posted));
      await sleep(random.between(50, 500));
      // A busy machine may not have come to a call by then; the first crash comes amid one for certain.
      const release = number === 0 ? await endpoint.hold() : undefined;
      for (const until = Date.now() + patience; posted.size < enough(number) && Date.now() < until;) await sleep(5);
      round.over = true;
      await server.kill();
      release?.();
      await Promise.all(writing);
      round.peer.agent.destroy();
      server = await start();
    }
    const round = await openRound(server);
    const faults = await settledFaults(round, posted);
    await server.kill();
    round.peer.agent.destroy();
    return reportOf(endpoint, posted, faults);
  } finally {
    await endpoint.close();
  }
}

async function openRound({ port, data }: ServerProcess): Promise<Writing> {
  const peer = { port, agent: new Agent({ keepAlive: true }) };
  return { peer, token: await tokenOf(peer, data, tenant), over: false };
}

async function connect(round: Writing, url: string): Promise<void> {
  const body = {
    vendor: "Contoso",
    provider: "Crash",
    kind: "http",
    guarantee: "exactlyOnce",
    actions: [{ name: "BlockIp" }],
    http: { url },
    limits: { ratePerMinute: 60_000 },
  };
  const answer = await send(round, "POST", "/v1.0/security/connectors", body);
  if (answer?.status !== 201) throw new Error(`No connector: ${answer?.status} ${answer?.text}`);
}

/** Posts until it is over or the server is gone, and notes what was acknowledged. */
async function keepPosting(round: Writing, posted: Set<string>): Promise<void> {
  while (!round.over) {
    const body = { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.7" }], vendorInformation: { vendor: "Contoso", provider: "Crash" } };
    const made = await send(round, "POST", actions, body);
    if (made?.status !== 201) return;
    posted.add(/'([^']+)'\)$/.exec(made.headers.location!)![1]!);
    await sleep(5);
  }
}

/** Waits until every action has ended, and tells of those that did not end as Completed. A lease of who was killed is good for half a minute. */
async function settledFaults(round: Writing, posted: ReadonlySet<string>): Promise<readonly string[]> {
  const open = new Set(posted);
  for (const until = Date.now() + 90_000; Date.now() < until && open.size > 0;) {
    const listed = await send(
      round,
      "GET",
      `${actions}?$filter=status eq 'Running' or status eq 'NotStarted'&$select=id,status&$top=999`.replaceAll(" ", "%20"),
    );
    const left = new Set((JSON.parse(listed?.text ?? "{}") as { value: { id: string }[] }).value.map(({ id }) => id));
    for (const id of open) if (!left.has(id)) open.delete(id);
    if (open.size > 0) await sleep(100);
  }
  const failed = await send(round, "GET", `${actions}?$filter=status eq 'Failed'&$select=id,errorInfo`.replaceAll(" ", "%20"));
  return [...[...open].map((id) => `${id} has not ended`), ...(failed?.text?.includes('"errorInfo"') === true ? [`Failed: ${failed.text.slice(0, 300)}`] : [])];
}

function reportOf({ effects, tokens, calls }: OnceEndpoint, posted: ReadonlySet<string>, faults: readonly string[]): DispatchReport {
  const lost = [...posted].filter((id) => effects.get(id) !== 1).map((id) => `${id} took effect ${effects.get(id) ?? 0} times`);
  const order = [...tokens]
    .filter(([, all]) => all.some((token, index) => index > 0 && token <= all[index - 1]!))
    .map(([id, all]) => `tokens of ${id}: ${all.join()}`);
  const repeated = [...tokens.values()].filter((all) => all.length > 1).length;
  return { faults: [...faults, ...lost, ...order], acknowledged: posted.size, calls: calls(), repeated };
}
