import { isObject, textOf, type Json } from "../../src/base/json.ts";
import { parseStored } from "../../src/base/parseJson.ts";
import { sha256 } from "../../src/store/audit/sealRecord.ts";
import { ChainWalk } from "../../src/store/audit/verifyChain.ts";
import type { Cell, Inspecting, Row } from "./inspecting.ts";

/** What a trail tells of the writes of rows. */
export interface ToldWrites {
  /** Finds what is wrong with what is told of a row as it stands: nothing, or a line. */
  readonly faultOf: (row: Row) => string | undefined;
}

/** Walks along the chains of all hubs; every fault goes into `faults`. */
export function* inspectTrail(faults: string[]): Inspecting<ToldWrites> {
  const walks = new Map<Cell, ChainWalk>();
  const told = new Map<string, Json>();
  for (const { hub, seq, seal, body } of yield `SELECT "hub", "seq", "seal", "body" FROM "audit" ORDER BY "hub", "seq"`) {
    const record = parseStored(String(body));
    let walk = walks.get(hub!);
    if (walk === undefined) walks.set(hub!, (walk = new ChainWalk()));
    const fault = walk.next({ ...record, seal: String(seal) }, Number(seq));
    if (fault !== undefined) faults.push(`trail of hub ${String(hub)}: record ${fault.number} is ${fault.kind}: ${fault.detail}`);
    const resources = record["resources"];
    for (const one of Array.isArray(resources) ? resources : []) if (isObject(one)) told.set(keyOf(hub!, one["version"] as number), one);
  }
  return { faultOf: (row) => faultOf(row, told.get(keyOf(row["hub"]!, row["seq"]!))) };
}

function keyOf(hub: Cell, version: Cell): string {
  return `${String(hub)} ${String(version)}`;
}

function faultOf({ id, body }: Row, told: Json | undefined): string | undefined {
  if (told === undefined || !isObject(told)) return "no record tells of its last write";
  if (!textOf(told["path"]).endsWith(`/${String(id)}`)) return `the record of its last write is about ${textOf(told["path"])}`;
  return told["digest"] === sha256(String(body)) ? undefined : "the record of its last write has the digest of another body";
}
