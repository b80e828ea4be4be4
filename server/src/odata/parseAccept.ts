import { problem } from "../base/errors.ts";

/** How a JSON response is to be written (OData 4.01 JSON format, sections 3.1 and 3.2). */
export interface Format {
  readonly metadata: "none" | "minimal" | "full";
  readonly ieee754Compatible: boolean;
}

interface Range {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const plain: Format = { metadata: "minimal", ieee754Compatible: false };
const known: ReadonlyMap<string, Format> = new Map([
  ["", plain],
  ["*/*", plain],
  ["application/json", plain],
]);

/**
 * The JSON format that `$format` or else `Accept` asks for (R28, R29). `Accept` is a hint: 406 only when it is well-formed and names nothing but concrete types
 * other than JSON and those in `also`, which the resource has too (`text/plain` for `$count`), or says of them that they are not acceptable (RFC 9110, 12.4.2,
 * 12.5.1: `q=0` of the most specific range); a `$format` that is not JSON is always refused.
 */
export function parseAccept(accept: string | undefined, format?: string, also: readonly string[] = []): Format {
  if (format !== undefined) return readFormat(format);
  const common = known.get(accept ?? "");
  if (common !== undefined || accept === undefined) return common ?? plain;
  const ranges = readRanges(accept);
  let best: Range | undefined;
  for (const range of ranges) {
    if (range !== undefined && isJson(range.type) && range.quality > 0 && isBetter(range, best)) best = range;
  }
  const said = ["application/json", ...also].map((type) => acceptsType(ranges, type));
  if (best !== undefined && said[0] !== false) return formatOf(best);
  if (isRefused(ranges, said)) {
    const served = ["application/json", ...also];
    throw problem(
      "notAcceptable",
      { what: `Only ${served.join(" and ")} ${also.length === 0 ? "is" : "are"} served here, not '${accept}'.` },
      { target: "Accept" },
    );
  }
  return plain;
}

/** What the most specific ranges say of a type; undefined where none is of it. */
function acceptsType(ranges: readonly (Range | undefined)[], type: string): boolean | undefined {
  for (const pattern of [type, type.replace(/\/.*/, "/*"), "*/*"]) {
    const found = ranges.filter((range) => range?.type === pattern);
    if (found.length > 0) return found.some((range) => range!.quality > 0);
  }
  return undefined;
}

/** True where nothing is left that is served. */
function isRefused(ranges: readonly (Range | undefined)[], said: readonly (boolean | undefined)[]): boolean {
  if (said.includes(true) || ranges.includes(undefined)) return false;
  return said.includes(false) || ranges.every((range) => range!.quality === 0 || !range!.type.includes("*"));
}

function readFormat(format: string): Format {
  const text = format.trim().toLowerCase() === "json" ? "application/json" : format;
  const [range, ...others] = readRanges(text);
  if (range?.type !== "application/json" || others.length > 0) {
    throw problem("notAcceptable", { what: `$format: only json and application/json are served, not '${format}'.` }, { target: "$format" });
  }
  return formatOf(range);
}

function isJson(type: string): boolean {
  return type === "application/json" || type === "application/*" || type === "*/*";
}

/** The higher quality wins, then the more specific range, then the earlier one. */
function isBetter(range: Range, best: Range | undefined): boolean {
  if (best === undefined || range.quality !== best.quality) return best === undefined || range.quality > best.quality;
  return stars(range.type) < stars(best.type);
}

function stars(type: string): number {
  return type.split("*").length - 1;
}

function formatOf(range: Range): Format {
  const asked = (range.parameters.get("odata.metadata") ?? range.parameters.get("metadata") ?? range.parameters.get("odata") ?? "").toLowerCase();
  const metadata = asked.startsWith("none") || asked === "nometadata" ? "none" : asked.startsWith("full") ? "full" : "minimal";
  return { metadata, ieee754Compatible: range.parameters.get("ieee754compatible")?.toLowerCase() === "true" };
}

const range = /^\s*([!#$%&'*+.^`|~\w-]+\/[!#$%&'*+.^`|~\w-]+)\s*((?:;\s*(?:[!#$%&'*+.^`|~\w-]+\s*=\s*(?:[^\s;,"]*|"(?:[^"\\]|\\.)*")\s*)?)*)$/s;
const parameter = /;\s*([^\s=;]+)\s*=\s*(?:([^\s;,"]+)|"((?:[^"\\]|\\.)*)")/gs;
const pieces = /(?:[^,"]|"(?:[^"\\]|\\.)*"|")+/gs;
const longest = 2000;

/** The media ranges of an Accept header; undefined for what is not well-formed (Q15). */
function readRanges(header: string): (Range | undefined)[] {
  return (header.slice(0, longest).match(pieces) ?? []).filter((piece) => piece.trim() !== "").map(readRange);
}

function readRange(piece: string): Range | undefined {
  const found = range.exec(piece);
  if (found === null) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = "", token, quoted = ""] of (found[2] ?? "").matchAll(parameter)) {
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), token ?? quoted.replaceAll(/\\(.)/gs, "$1"));
  }
  const quality = Number(parameters.get("q") ?? "1");
  if (!(quality >= 0 && quality <= 1)) return undefined;
  return { type: (found[1] ?? "").toLowerCase(), parameters, quality };
}
