import { problem } from "../base/errors.ts";
import type { Expression } from "../odata/expression.ts";
import type { Limits } from "../odata/lexer.ts";
import type { QueryOptions } from "../odata/options.ts";
import { parseOptions } from "../odata/parseOptions.ts";
import { requireLegal } from "./optionLegality.ts";
import type { DeltaStart } from "./plan.ts";

/** What a request for changes means: where it goes on, and the options of the first request. */
export interface DeltaAsked {
  readonly at: DeltaStart["at"];
  readonly options: QueryOptions;
  readonly aliases: ReadonlyMap<string, Expression>;
  /** What they were read from: the same means the same. */
  readonly text: string;
}

/** A token of a delta link: the options of the first request in plain, then the sealed state, which is bound to them (R137). */
export function deltaToken(optionsText: string, sealed: string): string {
  return `${Buffer.from(optionsText).toString("base64url")}.${sealed}`;
}

/**
 * Reads a request for changes: a first one with its options, `$deltatoken=latest` for what comes from now on (R133), `$deltatoken=` for a
 * fresh start (R139), or a link, whose options are in its token: others beside it are 400. Throws 400 for a token that is none.
 */
export function readDelta(
  { options, aliases, text: asked }: Pick<DeltaAsked, "options" | "aliases" | "text">,
  { resource, limits, shape }: { readonly resource: string; readonly limits: Limits; readonly shape: "delta" | "feed" },
): DeltaAsked {
  const { skiptoken, deltatoken, ...rest } = options;
  if (skiptoken !== undefined && deltatoken !== undefined)
    throw problem("badRequest", { what: "$skiptoken and $deltatoken cannot stand together." }, { target: "$deltatoken" });
  if (rest.top === 0) throw problem("badRequest", { what: "$top is the size of a page of changes: expected 1 at least, found 0." }, { target: "$top" });
  const isLatest = deltatoken?.toLowerCase() === "latest";
  const given = skiptoken ?? deltatoken;
  if (given === undefined || deltatoken === "" || isLatest) {
    requireLegal(options, shape, resource);
    return { at: isLatest ? "now" : "rows", options: rest, aliases, text: asked };
  }
  requireLegal(options, "link", resource);
  const option = skiptoken === undefined ? "$deltatoken" : "$skiptoken";
  const [, text = "", token = ""] = /^([\w-]*)\.(.+)$/s.exec(given) ?? [];
  if (token === "") throw problem("badRequest", { what: `The ${option} is not one of this server: follow the links unchanged.` }, { target: option });
  const carriedText = Buffer.from(text, "base64url").toString();
  const carried = parseOptions(carriedText, limits);
  requireLegal(carried.options, shape, resource);
  return { at: { option, token }, options: carried.options, aliases: carried.aliases, text: carriedText };
}
