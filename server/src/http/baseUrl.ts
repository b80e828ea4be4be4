const hostPort = /^(?:[a-z\d](?:[a-z\d._-]{0,252}[a-z\d])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Makes the function that tells under which base URL a client reached this server (R194): the configured public URL,
 * else scheme and Host header. Undefined when the Host header is no host[:port] (RFC 9112, 3.2).
 */
export function createBaseUrl(scheme: "http" | "https", publicUrl: string | undefined): (host: string | undefined) => string | undefined {
  let lastHost = "";
  let lastUrl = "";
  return (host) => {
    if (publicUrl !== undefined) return publicUrl;
    if (host === undefined || host === "") return undefined;
    if (host === lastHost) return lastUrl;
    if (!hostPort.test(host)) return undefined;
    lastHost = host;
    lastUrl = `${scheme}://${host.toLowerCase()}`;
    return lastUrl;
  };
}
