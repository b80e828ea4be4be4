import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import { instantOf } from "../../base/instant.ts";
import { dispatchIn } from "./dispatchIn.ts";
import { below } from "./endDrain.ts";
import type { Step } from "./desk.ts";
import type { Lane } from "./lane.ts";
import type { Round } from "./round.ts";
import { settle } from "./settle.ts";
import { interrupted } from "./tend.ts";

/** Rows that are read at once. */
const portion = 100;

interface Sweep {
  readonly filter: string;
  readonly each: (action: JsonObject, id: string) => Promise<unknown>;
}

/** Goes over all actions of a filter, in the order of their ids; one that cannot be worked on holds up none. */
async function sweep({ filter, each }: Sweep, round: Round): Promise<void> {
  for (let after = ""; !round.lost.aborted;) {
    const rows = await round.desk.rows(`securityActions?$filter=${encodeURIComponent(`id gt '${after}' and (${filter})`)}&$orderby=id&$top=${portion}`);
    for (const row of rows) {
      if (round.lost.aborted) return;
      await each(row, textOf(row["id"])).catch(round.parts.onFault);
    }
    if (rows.length < portion) return;
    after = textOf(rows.at(-1)!["id"]);
  }
}

function act(round: Round, id: string, step: keyof Round["parts"]["dispatched"]["rules"], sent: Step["sent"] = {}): Promise<JsonObject | undefined> {
  return round.desk.act(id, { name: "dispatch", rule: round.parts.dispatched.rules[step], sent });
}

/** What was under way when a process ended: nobody knows what came of it, so it is tried again, as an attempt of its own with a higher token. */
export async function recover(round: Round): Promise<void> {
  await sweep(
    {
      filter: "dispatch/status in ('dispatching','cancelling') and dispatch/acceptedDateTime eq null",
      async each(action, id) {
        const lane = round.lanes.get(textOf(dispatchIn(action)["connectorId"]));
        if (lane === undefined) return;
        await settle({ report: interrupted, action }, lane, round);
        round.parts.onTrouble?.("recovered", { action: id, connector: lane.connector.id });
      },
    },
    round,
  );
}

/** What lies in a queue that nobody works off any more, for its connector is gone: not one that came after `connectors` were read. */
export async function park(round: Round, connectors: readonly string[]): Promise<void> {
  const others = connectors.length === 0 ? "" : ` and not (dispatch/connectorId in (${connectors.map(quoted).join(",")}))`;
  const filter = `dispatch/nextAttemptDateTime ne null and dispatch/connectorId ne null${others}`;
  const gone = new Set<string>();
  const isGone = async (connector: string): Promise<boolean> => {
    if (gone.has(connector)) return true;
    const path = `${below(round.parts.dispatched.connectors)}/${encodeURIComponent(connector)}`;
    if ((await round.desk.row(path)) === undefined) gone.add(connector);
    return gone.has(connector);
  };
  await sweep({ filter, each: async (action, id) => (await isGone(textOf(dispatchIn(action)["connectorId"]))) && act(round, id, "park") }, round);
}

/** Actions that wait for a connector such as this one. */
export async function adopt({ connector }: Pick<Lane, "connector">, round: Round): Promise<void> {
  const { vendor, provider, id: connectorId, guarantee } = connector;
  const names = new Set(connector.actions.map((one) => textOf(one["name"]).toLowerCase()));
  const fits = `tolower(vendorInformation/vendor) eq ${quoted(vendor.toLowerCase())} and tolower(vendorInformation/provider) eq ${quoted(provider.toLowerCase())}`;
  await sweep(
    {
      filter: `status eq 'NotStarted' and (dispatch/status eq null or dispatch/status eq 'waiting') and ${fits}`,
      async each(action, id) {
        if (names.has(textOf(action["name"]).toLowerCase())) await act(round, id, "adopt", { connectorId, guarantee, connector: connector.entity });
      },
    },
    round,
  );
}

const statuses = ["NotStarted", "Running", "Completed", "Failed"] as const;

/** Brings the parents of others to where their children are. */
export async function followFamilies(round: Round): Promise<void> {
  await sweep(
    {
      filter: "dispatch/status eq 'following'",
      async each(_, id) {
        const counts: Record<string, number> = {};
        for (const status of statuses) {
          counts[status] = await round.desk.count(
            `securityActions/$count?$filter=${encodeURIComponent(`dispatch/parentId eq ${quoted(id)} and status eq '${status}'`)}`,
          );
        }
        await act(round, id, "follow", { counts });
      },
    },
    round,
  );
}

/** When actions began lately, so that a rate holds across restarts: milliseconds ago. */
export async function begunLately(
  { connector }: Pick<Lane, "connector">,
  { desk, parts }: Pick<Round, "desk"> & { readonly parts: Pick<Round["parts"], "gate"> },
): Promise<readonly number[]> {
  const { ratePerMinute } = connector.limits;
  if (ratePerMinute === undefined) return [];
  const now = parts.gate.clock();
  const filter = `dispatch/connectorId eq ${quoted(connector.id)} and dispatch/attempts gt 0 and lastActionDateTime gt ${instantOf(now - 60_000)}`;
  const rows = await desk.rows(`securityActions?$filter=${encodeURIComponent(filter)}&$orderby=lastActionDateTime%20desc&$top=${Math.min(ratePerMinute, 999)}`);
  return rows.map((row) => now - Date.parse(textOf(row["lastActionDateTime"])));
}

function quoted(value: Json): string {
  return `'${textOf(value).replaceAll("'", "''")}'`;
}
