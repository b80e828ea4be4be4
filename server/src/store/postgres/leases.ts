import type { Scalar } from "../../plan/typed.ts";
import type { Lease, Leases, NewWork, Taking, WorkFigures } from "../leases.ts";
import type { SqlRow } from "../sqlRow.ts";
import type { Connections } from "./connections.ts";
import type { Hints } from "./hints.ts";
import type { Statement } from "./pipeline.ts";
import { databaseNow as now, workTexts as texts } from "./workTexts.ts";

const system = { kind: "system" } as const;
const ofKinds = `"kind" = ANY($1::text[])`;
const nextDue = `SELECT min("ready") - ${now} FROM "leased_work" WHERE ${ofKinds}`;
const due = `SELECT "hub", "kind", "key" FROM "leased_work" WHERE ${ofKinds} AND "ready" <= ${now} ORDER BY "ready" LIMIT $2 FOR UPDATE SKIP LOCKED`;
const take = `WITH due AS MATERIALIZED (${due}) UPDATE "leased_work" AS w
  SET "owner" = $3, "ready" = ${now} + $4::bigint, "token" = nextval('lease_tokens'), "attempts" = w."attempts" + 1 FROM due
  WHERE w."hub" = due."hub" AND w."kind" = due."kind" AND w."key" = due."key" RETURNING w."hub", w."kind", w."key", w."token", w."attempts", w."payload"`;

/** The lease table of a PostgreSQL database, for any number of servers. */
export function createLeases(connections: Pick<Connections, "run" | "transaction">, hints: Hints): Leases {
  const change = (statements: readonly Statement[]): Promise<number> =>
    connections.transaction(system, async () => ({ commit: statements, value: ([first]) => first!.count }));
  const mine = async ({ hub, kind, key, owner, token }: Lease, sql: string, ...values: readonly Scalar[]): Promise<boolean> => {
    const isMine = (await change([{ sql, values: [hub, kind, key, owner, token, ...values] }])) > 0;
    hints.ring();
    return isMine;
  };
  return {
    async put(work) {
      if (work.length > 0)
        await change(sorted(work).map(({ hub, kind, key, dueIn = 0, payload }) => ({ sql: texts.put, values: [hub, kind, key, dueIn, payload ?? null] })));
      hints.ring();
      hints.tellOthers(work.map(({ hub }) => hub));
    },
    async take({ owner, kinds, most, life }: Taking) {
      const values = [arrayOf(kinds), most, owner, life];
      return connections.transaction(system, async () => ({
        commit: [{ sql: take, values }],
        value: ([taken]) => taken!.rows.map((row) => leaseOf(row, owner)),
      }));
    },
    extend: (lease, life) => mine(lease, texts.extend, life),
    async complete(lease) {
      const { hub, kind, key, owner, token } = lease;
      const isMine = (await change([{ sql: texts.finish, values: [hub, kind, key, owner, token] }, { sql: texts.remove, values: [hub, kind, key] }])) > 0; // prettier-ignore
      hints.ring();
      return isMine;
    },
    later: (lease, delay, failed) => (failed === undefined ? mine(lease, texts.later, delay) : mine(lease, texts.fail, delay, failed)),
    giveUp: (lease, why) => mine(lease, texts.giveUp, why),
    async nextDue(kinds) {
      const [found] = await connections.run(system, [{ sql: nextDue, values: [arrayOf(kinds)] }]);
      const wait = found!.rows[0]?.[0] ?? null;
      return wait === null ? undefined : Math.max(0, Number(wait));
    },
    listen: hints.listen,
    tell: (hub) => hints.tellOthers([hub]),
    hear: hints.hear,
    async figures() {
      const [found] = await connections.run(system, [{ sql: texts.figures, values: [] }]);
      return new Map(found!.rows.map(figuresOf));
    },
  };
}

/** In one order for all, so that two servers do not wait for each other. */
function sorted(work: readonly NewWork[]): readonly NewWork[] {
  const keyOf = ({ hub, kind, key }: NewWork): string => JSON.stringify([hub, kind, key]);
  return work.map((one) => ({ one, key: keyOf(one) })).toSorted((left, right) => (left.key < right.key ? -1 : 1)).map(({ one }) => one); // prettier-ignore
}

function arrayOf(kinds: readonly string[]): string {
  return `{${kinds.map((kind) => JSON.stringify(kind)).join(",")}}`;
}

function leaseOf([hub, kind, key, token, attempts, payload]: SqlRow, owner: string): Lease {
  return { hub: String(hub), kind: String(kind), key: String(key), owner, token: Number(token), attempts: Number(attempts), payload: String(payload) };
}

function figuresOf([kind, waiting, held, givenUp]: SqlRow): [string, WorkFigures] {
  return [String(kind), { waiting: Number(waiting), held: Number(held), givenUp: Number(givenUp) }];
}
