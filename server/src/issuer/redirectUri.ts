const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Why an address cannot be registered for redirects; undefined for a good one: https, http to this machine, or an
 * application's own scheme (RFC 6749, 3.1.2; RFC 8252, 7).
 */
export function redirectUriFault(text: string): string | undefined {
  if (!URL.canParse(text) || !/^[\x21-\x7e]+$/.test(text)) return "it is no absolute address";
  if (/[;,'"<>\\]/.test(text)) return "it has a character that must be percent-encoded";
  const { protocol, hostname, hash, username, password } = new URL(text);
  if (hash !== "" || text.includes("#")) return "it has a fragment";
  if (username !== "" || password !== "") return "it has a user name or password";
  if (protocol === "https:" || (protocol === "http:" && loopback.test(hostname))) return undefined;
  if (/^(?:msal[\da-z-]+|[a-z][a-z\d-]*(?:\.[a-z\d-]+)+):$/.test(protocol)) return undefined;
  return "it is neither https, nor http to localhost, 127.0.0.1 or [::1], nor a scheme of the application's own (com.example.app:, msal<id>:)";
}

/** True when a request names a registered address: letter by letter, but for the port of this machine (RFC 9700, 4.1.3; RFC 8252, 7.3). */
export function isRegistered(sent: string, registered: readonly string[]): boolean {
  if (registered.includes(sent)) return true;
  if (redirectUriFault(sent) !== undefined) return false;
  const wanted = withoutPort(sent);
  return wanted !== undefined && registered.some((one) => withoutPort(one) === wanted);
}

/** An address of this machine without its port; undefined for others. */
function withoutPort(text: string): string | undefined {
  const url = new URL(text);
  if (url.protocol !== "http:" || !loopback.test(url.hostname)) return undefined;
  url.port = "";
  return url.href;
}

/** What a page's policy calls the address when a form may lead there: its origin, or its scheme (CSP 3, 2.3.1). */
export function formTarget(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri);
  return origin === "null" ? protocol : origin;
}
