import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { providerKey } from "../../graph/rules/providerKey.ts";
import type { OpenedCredential } from "../../outbox/dispatch/connection.ts";
import { listAll, refusalLines, type Answered, type Desk } from "./desk.ts";

/** What became of a connector that was to be as it is written. */
export type Applied = { readonly did: "made" | "changed" | "nothing"; readonly id: string } | { readonly faults: readonly string[] };

/** Makes a connector, or changes the one of its vendor and provider so that it is as it is written; what is not written stays. Where nothing differs, nothing is written. */
export async function applyConnector(desk: Desk, body: JsonObject): Promise<Applied> {
  const key = providerKey(textOf(body["vendor"]), textOf(body["provider"]));
  const standing = (await listAll(desk, "connectors")).find((one) => one["providerKey"] === key);
  if (standing !== undefined) return change(desk, body, standing);
  const answer = await desk.send("POST", "connectors", body);
  if (answer.status === 201) return { did: "made", id: idOf(answer) };
  // Of several servers that begin at once, one was first.
  if (answer.status === 409 && (await listAll(desk, "connectors")).some((one) => one["providerKey"] === key)) return applyConnector(desk, body);
  return { faults: refusalLines(answer) };
}

function idOf({ json }: Answered): string {
  return isObject(json) ? textOf(json["id"]) : "";
}

async function change(desk: Desk, body: JsonObject, standing: JsonObject): Promise<Applied> {
  const id = textOf(standing["id"]);
  const { credentials, ...rest } = body;
  const known = credentials === undefined ? [] : await desk.opened?.(id);
  const isSame = covers(rest, standing) && (credentials === undefined || sameCredentials(credentials, standing["credentials"], known));
  if (isSame) return { did: "nothing", id };
  // Names in another case are the same provider, and stay as they were written first.
  const { vendor: _, provider: __, ...patch } = body;
  const answer = await desk.send("PATCH", `connectors/${encodeURIComponent(id)}`, patch);
  return answer.status < 300 ? { did: "changed", id } : { faults: refusalLines(answer) };
}

/** Whether all that is written stands there already. */
function covers(written: Json, standing: Json | undefined): boolean {
  if (isObject(written)) {
    return Object.entries(written).every(([name, value]) => {
      if (name === "vendor" || name === "provider" || name.startsWith("@")) return true;
      const other = isObject(standing) && Object.hasOwn(standing, name) ? standing[name] : undefined;
      return name === "parameters" && isObject(value) ? canonical(value) === canonical(other ?? null) : covers(value, other);
    });
  }
  if (Array.isArray(written)) {
    const others = Array.isArray(standing) ? (standing as readonly Json[]) : [];
    return written.length === others.length && (written as readonly Json[]).every((one, index) => covers(one, others[index]) && isWhole(one, others[index]));
  }
  return written === (standing ?? null);
}

/** An element is written whole: what it leaves out is what it is without being told. */
function isWhole(written: Json, standing: Json | undefined): boolean {
  if (!isObject(written) || !isObject(standing)) return true;
  return Object.entries(standing).every(([name, value]) => {
    const isUsual = value === null || value === "none" || (Array.isArray(value) && value.length === 0);
    return Object.hasOwn(written, name) || name.startsWith("@") || isUsual;
  });
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isObject(one as Json) ? Object.fromEntries(Object.entries(one as JsonObject).toSorted(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

function sameCredentials(written: Json, standing: Json | undefined, known: readonly OpenedCredential[] | undefined): boolean {
  const all = Array.isArray(written) ? (written as readonly Json[]).filter(isObject) : [];
  if (known === undefined || !Array.isArray(standing) || known.length !== all.length) return false;
  return all.every((one, index) => {
    const other: Readonly<Record<string, string>> = { ...known[index]! };
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => name.startsWith("@") || textOf(one[name]) === (other[name] ?? ""));
  });
}
