/** How far a GET of JSON may go. */
export interface GetJsonLimits {
  readonly timeout: number;
  readonly bytes: number;
}

const usual: GetJsonLimits = { timeout: 5_000, bytes: 1024 * 1024 };

/**
 * Reads JSON from an address that the operator configured or that such an address named (an issuer's discovery and key
 * documents). https only, http for this machine alone; no credentials in the address; redirects are not followed; time and
 * size are bounded. Throws a plain Error that names the address and what was wrong.
 */
export async function getJson(url: string, limits: GetJsonLimits = usual): Promise<unknown> {
  return (await getJsonAndDate(url, limits)).json;
}

/** Likewise, with the moment that the answer's `Date` header names, in milliseconds since 1970; NaN when it names none. */
export async function getJsonAndDate(url: string, limits: GetJsonLimits = usual): Promise<{ readonly json: unknown; readonly date: number }> {
  const fault = addressFault(url);
  if (fault !== undefined) throw new Error(`${url}: ${fault}`);
  const { request } = await import("undici");
  const signal = AbortSignal.timeout(limits.timeout);
  const { statusCode, headers, body } = await request(url, { headers: { accept: "application/json" }, signal });
  try {
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}.`);
    return { json: JSON.parse(await readText(body, limits.bytes)) as unknown, date: Date.parse(String(headers["date"])) };
  } finally {
    // A body that is left half read ends with an error of its own, which nobody waits for.
    body.on("error", () => undefined).destroy();
  }
}

/** What is wrong with an address to fetch from; undefined when nothing is. */
function addressFault(url: string): string | undefined {
  if (!URL.canParse(url)) return "is no address.";
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== "" || password !== "") return "carries credentials.";
  if (protocol === "https:") return undefined;
  return protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) ? undefined : "is not https.";
}

async function readText(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new Error(`The document is larger than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
