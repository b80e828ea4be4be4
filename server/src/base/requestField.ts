/** Fields that are the connection's or the way out's own, and cookies, which nobody here has. */
const reserved =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length|accept-encoding|cookie2?|user-agent|webhook-.*)$/;

/** Whether a field of this name may be set in an outgoing request (RFC 9110 5.1): a token, and not one that is set otherwise. */
export function isSettableField(name: string): boolean {
  return /^[!#$%&'*+.^_`|~\da-z-]+$/i.test(name) && !reserved.test(name.toLowerCase());
}
