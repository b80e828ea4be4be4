import type { Segment } from "./options.ts";
import { encodeQuery } from "./encodeQuery.ts";
import { printArguments } from "./printExpression.ts";

/** Prints segments as a percent-encoded path with a leading slash (ABNF `resourcePath`); a segment without a name continues the one before it. */
export function printPath(segments: readonly Segment[]): string {
  return segments.map((segment) => (segment.name === "" ? "" : "/") + encodeSegment(print(segment))).join("");
}

function print(segment: Segment): string {
  return segment.arguments === undefined ? segment.name : segment.name + printArguments(segment.arguments);
}

/** As in a query, but a slash or question mark is always encoded. */
function encodeSegment(text: string): string {
  return encodeQuery(text).replaceAll("/", "%2F").replaceAll("?", "%3F");
}
