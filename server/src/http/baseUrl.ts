const hostPort = /^(?:[a-z\d](?:[a-z\d._-]{0,252}[a-z\d])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** True for host[:port] (RFC 9110, 7.2). The parser of URLs knows what the expression does not: ports have an end, addresses a form. */
export function isHost(text: string): boolean {
  return hostPort.test(text) && URL.canParse(`http://${text}`);
}

/**
 * Makes the function that tells under which base URL a client reached this server (R194): the configured public URL,
 * else scheme and Host header. Undefined when the Host header is no host[:port] (RFC 9112, 3.2).
 */
export function createBaseUrl(scheme: "http" | "https", publicUrl: string | undefined): (host: string | undefined) => string | undefined {
  let lastHost: string | undefined;
  let lastUrl: string | undefined;
  return (host) => {
    if (host === lastHost) return lastUrl;
    if (host === undefined || !isHost(host)) return undefined;
    lastHost = host;
    lastUrl = publicUrl ?? `${scheme}://${host.toLowerCase()}`;
    return lastUrl;
  };
}
