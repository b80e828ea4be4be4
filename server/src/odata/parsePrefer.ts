/** What the client prefers (RFC 7240, OData 4.01 protocol 8.2.8), names without `odata.`. Absent means not said. */
export interface Preferences {
  readonly return?: "representation" | "minimal";
  readonly maxPageSize?: number;
  readonly respondAsync?: true;
  /** Seconds. */
  readonly wait?: number;
  readonly handling?: "strict" | "lenient";
  readonly includeAnnotations?: string;
  readonly continueOnError?: boolean;
  readonly omitValues?: "nulls" | "defaults";
  readonly allowEntityReferences?: true;
  readonly trackChanges?: true;
  readonly createIfMissing?: true;
  readonly includeUnknownEnumMembers?: true;
  /** The URL to call when an asynchronous request is done. */
  readonly callback?: string;
}

interface Preference {
  readonly name: string;
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const item = /([!#$%&'*+.^_`|~\w-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]*))?\s*([,;]|$)/suy;

const longest = 4000;
const none: Preferences = {};

/** Reads a `Prefer` header; several header lines come joined by commas. Of a preference said twice the first counts; what is malformed or unknown is passed over. */
export function parsePrefer(header: string | undefined): Preferences {
  if (header === undefined) return none;
  const preferences: { -readonly [Name in keyof Preferences]?: Preferences[Name] } = {};
  const seen = new Set<string>();
  for (const preference of split(header.slice(0, longest))) {
    const name = preference.name.replace(/^odata\./, "");
    if (seen.has(name)) continue;
    seen.add(name);
    Object.assign(preferences, readers.get(name)?.(preference));
  }
  return preferences;
}

function split(header: string): Preference[] {
  const found: Preference[] = [];
  let parameters: Map<string, string> | undefined;
  for (let at = 0; at < header.length;) {
    const separator = header[at];
    if (separator === "," || separator === ";" || separator === " " || separator === "\t") {
      if (separator === ",") parameters = undefined;
      at++;
      continue;
    }
    item.lastIndex = at;
    const match = item.exec(header);
    if (match === null) {
      const comma = header.indexOf(",", at);
      at = comma < 0 ? header.length : comma;
      continue;
    }
    at = item.lastIndex;
    const name = (match[1] ?? "").toLowerCase();
    const value = unquote(match[2] ?? "");
    if (parameters === undefined) found.push({ name, value, parameters: (parameters = new Map<string, string>()) });
    else parameters.set(name, value);
    if (match[3] === ",") parameters = undefined;
  }
  return found;
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/gsu, "$1") : value;
}

type Reader = (preference: Preference) => Preferences | undefined;

function oneOf<Value extends string>(values: readonly Value[], make: (value: Value) => Preferences): Reader {
  return ({ value }) => {
    const known = values.find((candidate) => candidate === value.toLowerCase());
    return known === undefined ? undefined : make(known);
  };
}

function number(fewest: number, make: (value: number) => Preferences): Reader {
  return ({ value }) => (/^\d{1,9}$/.test(value) && Number(value) >= fewest ? make(Number(value)) : undefined);
}

const annotations = /^(?:(?:^|,)\s*-?(?:\*|\w+(?:\.\w+)*\.(?:\w+|\*))(?:#\w+)?)+$/;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["return", oneOf(["representation", "minimal"], (value) => ({ return: value }))],
  ["handling", oneOf(["strict", "lenient"], (value) => ({ handling: value }))],
  ["omit-values", oneOf(["nulls", "defaults"], (value) => ({ omitValues: value }))],
  ["maxpagesize", number(1, (value) => ({ maxPageSize: value }))],
  ["wait", number(0, (value) => ({ wait: value }))],
  ["continue-on-error", oneOf(["", "true", "false"], (value) => ({ continueOnError: value !== "false" }))],
  ["include-annotations", ({ value }) => (annotations.test(value) ? { includeAnnotations: value } : undefined)],
  ["callback", ({ parameters }) => (parameters.has("url") ? { callback: parameters.get("url") ?? "" } : undefined)],
  ["respond-async", () => ({ respondAsync: true })],
  ["allow-entityreferences", () => ({ allowEntityReferences: true })],
  ["track-changes", () => ({ trackChanges: true })],
  ["create-if-missing", () => ({ createIfMissing: true })],
  ["include-unknown-enum-members", () => ({ includeUnknownEnumMembers: true })],
]);
