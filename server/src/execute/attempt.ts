import { setTimeout as pause } from "node:timers/promises";
import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { Row, WriteAnswer, WriteSet } from "../store/store.ts";
import type { Place } from "../edm/model.ts";
import type { ExecuteContext } from "./context.ts";
import { homeRow } from "./homeRow.ts";

const attempts = 20;
/** So many follow one upon the other; others that want the same row are then let by. */
const atOnce = 3;
/** Milliseconds. */
const longestPause = 160;

/** The server makes the next whole number of a key: of two creates at once both would get the same. */
function countsKeys({ type, definition }: Place): boolean {
  if (definition.requiresKey !== true) return false;
  return type.allProperties.some(({ name, setBy, type: { name: kind } }) => type.key.includes(name) && setBy !== "client" && /^Edm\.(?:S?Byte|Int)/.test(kind));
}

/** The row that a write contends for: its own, or the one that contains what it creates. Undefined: nothing yet. */
function contended({ plan, scope }: Permitted): string | undefined {
  const target = "entity" in plan.target ? plan.target.entity : plan.target;
  const hub = scope.kind === "hub" ? scope.hub.id : scope.tenant;
  const { sharing } = target.place.definition;
  if (sharing !== undefined) return JSON.stringify([hub, sharing]);
  const own = target.kind === "entity" && target.parents.length === 0 ? target.key : undefined;
  const [row = own ?? (plan.kind === "create" && countsKeys(target.place) ? "the next key" : undefined)] = target.parents;
  if (row === undefined) return undefined;
  const place = target.parents.length === 0 ? target.place.path : (target.place.parent?.path ?? "");
  return JSON.stringify([hub, place, row]);
}

/** Decides what is to be written, from what is committed; undefined: everything is as it shall be. */
type DecideSet = () => Promise<WriteSet | undefined>;

/**
 * Decides and writes; when a row moved between the two, decides anew from what is committed then, up to twenty
 * times in about a second. Throws 409 `nameAlreadyExists` for a taken key, 409 `conflict` when the row would not stand still.
 */
export async function attempt(permitted: Permitted, context: ExecuteContext, decideSet: DecideSet): Promise<readonly Row[]> {
  const row = contended(permitted);
  const write = (): Promise<readonly Row[]> => decideAndWrite(permitted, context, decideSet);
  return row === undefined ? write() : context.rows.run(row, write);
}

async function decideAndWrite(permitted: Permitted, context: ExecuteContext, decideSet: DecideSet): Promise<readonly Row[]> {
  for (let tried = 0; tried < attempts; tried += 1) {
    if (tried >= atOnce) await pause(Math.random() * Math.min(longestPause, 2 ** tried));
    const writeSet = await decideSet();
    if (writeSet === undefined) return [];
    const own = writeSet.rows.length;
    const home = await homeRow(permitted, writeSet, context);
    const answer = await context.store.write(permitted, { ...writeSet, rows: [...writeSet.rows, ...home] });
    if (answer.kind === "written") {
      tellWritten(permitted, context, writeSet);
      return answer.rows.slice(0, own);
    }
    if (answer.kind === "exists" && !isSeenNextTime(answer, permitted, { writeSet, tried })) throw taken(writeSet, answer.index, answer.unique);
  }
  throw problem("conflict", { what: "The entity is being changed by others; try again." }, { headers: { "Retry-After": "1" } });
}

function tellWritten({ scope }: Permitted, { onWritten }: ExecuteContext, { rows }: WriteSet): void {
  if (onWritten !== undefined && scope.kind === "hub") onWritten(scope.hub.id, [...new Set(rows.map(({ place }) => place))], rows);
}

interface Tried {
  readonly writeSet: WriteSet;
  readonly tried: number;
}

/** What an upsert and the first write into a hub found absent has come to be in the meantime: the next decision sees it. */
function isSeenNextTime({ unique, index }: Extract<WriteAnswer, { kind: "exists" }>, { plan, own }: Permitted, { writeSet, tried }: Tried): boolean {
  const row = writeSet.rows[index];
  // A key that the server makes is nothing a client can be told of: the rule that makes it has the words.
  if (unique !== undefined && row !== undefined && tried === 0 && isMade(row.place, unique)) return true;
  // What other applications made is never seen.
  if (row !== undefined && own.has(row.place)) return false;
  // The ids of what an action over one entity makes are its rule's.
  const isOurs = plan.kind === "update" || (plan.kind === "action" && plan.target.kind === "entity");
  return unique === undefined && (isOurs || row === undefined || row.place.definition.hub !== undefined);
}

function isMade({ type, definition }: Place, names: readonly string[]): boolean {
  return definition.rules?.create !== undefined && type.allProperties.some(({ name, setBy }) => setBy !== "client" && names.includes(name));
}

function taken(writeSet: WriteSet, index: number, unique: readonly string[] | undefined): Error {
  const row = writeSet.rows[index]!;
  const what = unique === undefined ? `An object with the id '${row.id}' exists already.` : `An object with the same ${unique.join(", ")} exists already.`;
  return problem("nameAlreadyExists", { what }, { target: unique?.[0] ?? "id" });
}
