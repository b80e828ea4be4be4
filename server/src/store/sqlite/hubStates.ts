import type { HubSettings } from "../../edm/rules.ts";
import { defaultSettings, readSettings } from "../hubSettings.ts";
import type { SqliteConnection } from "./driver.ts";

/** A hub's counters while a group runs. */
export interface HubState {
  /** What rows know the hub by. */
  readonly n: number;
  /** False until the hub's first write. */
  real: boolean;
  /** The last change sequence given. */
  seq: number;
  /** The last number of its audit trail. */
  audits: number;
  /** The seal of the last record of the trail; undefined where none is sealed. */
  seal: string | undefined;
  settings: HubSettings;
}

/** The hubs that a group of writes touches, read once and written once. */
export interface HubStates {
  readonly get: (hub: string) => HubState;
  /** Marks the beginning of a member of the group. */
  readonly begin: () => void;
  /** Back to the marks. */
  readonly undo: () => void;
  /** Writes the states of real hubs. */
  readonly save: (now: string) => void;
}

const lastSeal = `SELECT a."seal" FROM "audit" AS a WHERE a."hub" = h."n" AND a."seal" IS NOT NULL ORDER BY a."seq" DESC LIMIT 1`;
const find = `SELECT h."n", h."seq", h."audits", h."settings", (${lastSeal}) FROM "hubs" AS h WHERE h."hub" = ?1`;
const put = `INSERT INTO "hubs" VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT ("hub") DO UPDATE SET "seq" = excluded."seq", "audits" = excluded."audits", "settings" = excluded."settings"`;

const greatest = `SELECT coalesce(max("n"), 0) FROM "hubs"`;

export function createHubStates(connection: SqliteConnection): HubStates {
  const states = new Map<string, HubState>();
  let marks = new Map<string, HubState>();
  let last: number | undefined;
  const nextNumber = (): number => (last = (last ?? Number(connection.prepare(greatest).get([])![0])) + 1);
  return {
    get(hub) {
      let state = states.get(hub);
      if (state === undefined)
        states.set(hub, (state = read(connection, hub) ?? { n: nextNumber(), real: false, seq: 0, audits: 0, seal: undefined, settings: defaultSettings }));
      if (!marks.has(hub)) marks.set(hub, { ...state });
      return state;
    },
    begin: () => void (marks = new Map()),
    undo() {
      for (const [hub, state] of marks) states.set(hub, state);
    },
    save(now) {
      for (const [hub, { n, real, seq, audits, settings }] of states) {
        if (real) connection.prepare(put).run([hub, n, seq, audits, JSON.stringify(settings), now]);
      }
    },
  };
}

function read(connection: SqliteConnection, hub: string): HubState | undefined {
  const row = connection.prepare(find).get([hub]);
  if (row === undefined) return undefined;
  const [n, seq, audits, settings, seal] = row;
  return {
    n: Number(n),
    real: true,
    seq: Number(seq),
    audits: Number(audits),
    seal: seal === null ? undefined : String(seal),
    settings: readSettings(String(settings)),
  };
}
