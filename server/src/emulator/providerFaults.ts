import type { HttpResponse } from "../base/http.ts";
import type { Disguise } from "../handle.ts";

/** A provider that does not answer, as the real service would tell it (R168). */
export interface ProviderFault {
  readonly vendor: string;
  readonly provider: string;
  /** What the provider answers with, as HTTP has it. */
  readonly status: number;
  readonly milliseconds: number;
}

/** A provider that answers nothing within ten seconds counts as this (R169). */
const timedOut = { status: 504, milliseconds: 10_000 };
const usualMilliseconds = 100;
const entry = /^([^/'"\\]+)\/([^/'"\\]+)\/(?:(timeout)|([1-5]\d\d)(?:\/(\d{1,6}))?)$/i;

/** Reads `Contoso/Posture/503/120, Fabrikam/EDR/timeout`: vendor, provider, and a status with its milliseconds. Throws an Error that says what was expected. */
export function readProviderFaults(text: string): readonly ProviderFault[] {
  const entries = text.split(",").map((one) => one.trim());
  return entries.filter((one) => one !== "").map(readEntry);
}

function readEntry(text: string): ProviderFault {
  const [, vendor = "", provider = "", timeout, status, milliseconds] = entry.exec(text) ?? [];
  if (vendor === "") throw new Error("a list of vendor/provider/status[/milliseconds], where the status may be `timeout`");
  if (timeout !== undefined) return { vendor, provider, ...timedOut };
  return { vendor, provider, status: Number(status), milliseconds: Number(milliseconds ?? usualMilliseconds) };
}

const federated = /^\/(?:security|securities(?:\/[^/]+|\([^/]*\)))\/(?:alerts|secureScores)(\/[^/$%][^/]*|\([^/]*\))?\/?$/i;

/**
 * Answers reads of alerts and scores, the lists and single ones, as the real service does while some of its providers
 * fail: 206 with a `Warning` item for each, and without the failing providers' rows in lists. Providers that answer 2xx
 * or 404 are not told of; undefined when there is none that fails.
 */
export function disguiseOf(faults: readonly ProviderFault[]): Disguise | undefined {
  const failing = faults.filter(({ status }) => status >= 300 && status !== 404);
  if (failing.length === 0) return undefined;
  const warning = failing.map(({ vendor, provider, status, milliseconds }) => `199 - "${vendor}/${provider}/${status}/${milliseconds}"`).join(", ");
  const condition = `not (${failing.map(({ vendor, provider }) => ownedBy(vendor, provider)).join(" or ")})`;
  const amend = (response: HttpResponse): HttpResponse => {
    if (response.status !== 200) return response;
    const { Warning: own } = response.headers;
    return { ...response, status: 206, headers: { ...response.headers, Warning: own === undefined ? warning : `${own}, ${warning}` } };
  };
  return (asked) => {
    const { http, target } = asked;
    const place = http.method === "GET" || http.method === "HEAD" ? federated.exec(target.path) : null;
    if (place === null) return undefined;
    const isList = place[1] === undefined;
    return { asked: isList ? { http, target: { ...target, query: narrowed(target.query, condition) } } : asked, amend };
  };
}

function ownedBy(vendor: string, provider: string): string {
  return `(vendorInformation/vendor eq '${vendor}' and vendorInformation/provider eq '${provider}')`;
}

/** The query with one more condition in its `$filter`. That of a page token's link has it already. */
function narrowed(query: string, condition: string): string {
  const parameters = query.split("&").filter((one) => one !== "");
  if (parameters.some((one) => nameOf(one) === "skiptoken")) return query;
  const added = encodeURIComponent(condition);
  const at = parameters.findIndex((one) => nameOf(one) === "filter");
  if (at < 0) return [...parameters, `$filter=${added}`].join("&");
  return parameters.map((one, index) => (index === at ? one.replace(/=(.*)$/s, (_, own: string) => `=(${own})%20and%20${added}`) : one)).join("&");
}

function nameOf(parameter: string): string {
  return parameter
    .split("=", 1)[0]!
    .replace(/^(?:\$|%24)/, "")
    .toLowerCase();
}
