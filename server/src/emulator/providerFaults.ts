import type { HttpRequest, HttpResponse } from "../base/http.ts";

/** A provider that does not answer, as the real service would tell it (R168). */
export interface ProviderFault {
  readonly vendor: string;
  readonly provider: string;
  /** What the provider answers with, as HTTP has it. */
  readonly status: number;
  readonly milliseconds: number;
}

type Handle = (http: HttpRequest) => Promise<HttpResponse>;

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

const federated = /^(\/[^/?]+\/(?:security|securities(?:\/[^/?]+|\([^/?]*\)))\/(?:alerts|secureScores))(\/[^/?$%][^/?]*|\([^/?]*\))?\/?(?:\?|$)/i;

/**
 * Wraps `handle` so that reads of alerts and scores, the lists and single ones, are answered as the real service answers
 * them while some of its providers fail: 206 with a `Warning` item for each, and without the failing providers' rows in
 * lists. Providers that answer 2xx or 404 are not told of. Requests inside a `$batch` are left as they are.
 */
export function withProviderFaults(handle: Handle, faults: readonly ProviderFault[]): Handle {
  const failing = faults.filter(({ status }) => status >= 300 && status !== 404);
  if (failing.length === 0) return handle;
  const warning = failing.map(({ vendor, provider, status, milliseconds }) => `199 - "${vendor}/${provider}/${status}/${milliseconds}"`).join(", ");
  const condition = `not (${failing.map(({ vendor, provider }) => ownedBy(vendor, provider)).join(" or ")})`;
  return async (http) => {
    const place = http.method === "GET" || http.method === "HEAD" ? federated.exec(http.target) : null;
    if (place === null) return handle(http);
    const isList = place[2] === undefined;
    const response = await handle(isList ? { ...http, target: narrowed(http.target, condition) } : http);
    if (response.status !== 200) return response;
    const { Warning: own } = response.headers;
    return { ...response, status: 206, headers: { ...response.headers, Warning: own === undefined ? warning : `${own}, ${warning}` } };
  };
}

function ownedBy(vendor: string, provider: string): string {
  return `(vendorInformation/vendor eq '${vendor}' and vendorInformation/provider eq '${provider}')`;
}

/** The target with one more condition in its `$filter`. A page token's link has it already. */
function narrowed(target: string, condition: string): string {
  const mark = target.indexOf("?");
  const parameters = mark < 0 ? [] : target.slice(mark + 1).split("&");
  if (parameters.some((one) => nameOf(one) === "skiptoken")) return target;
  const at = parameters.findIndex((one) => nameOf(one) === "filter");
  const added = encodeURIComponent(condition);
  if (at < 0) parameters.push(`$filter=${added}`);
  else parameters[at] = parameters[at]!.replace(/=(.*)$/s, `=($1)%20and%20${added.replaceAll("$", "$$$$")}`);
  return `${mark < 0 ? target : target.slice(0, mark)}?${parameters.filter((one) => one !== "").join("&")}`;
}

function nameOf(parameter: string): string {
  return parameter
    .split("=", 1)[0]!
    .replace(/^(?:\$|%24)/, "")
    .toLowerCase();
}
