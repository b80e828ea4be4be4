import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";

/** An address that a connector is told with, and where it stands. */
export interface Address {
  readonly target: string;
  readonly url: string;
}

/** Every address of a connector's settings: its own and those of single actions, of asking and of cancelling. */
export function addressesOf(connector: JsonObject | undefined): readonly Address[] {
  const kind = textOf(connector?.["kind"]);
  return found(connector?.[kind], kind);
}

function found(value: Json | undefined, at: string): readonly Address[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((one, index) => found(one, `${at}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const target = `${at}/${name}`;
    return name === "url" && typeof one === "string" && one !== "" ? [{ target, url: one }] : found(one, target);
  });
}

/** Scheme, host and port alone, in lower case; null for what is no address. */
export function originOf(url: string): string | null {
  return /^https?:\/\/[^/?#{}]+/i.exec(url)?.[0].toLowerCase() ?? null;
}
