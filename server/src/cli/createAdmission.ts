import type { Authenticate } from "../auth/authenticate.ts";
import type { HttpRequest } from "../base/http.ts";

/** Authentication as the door and the App ask for it. */
export interface Admission {
  /** Whether a body is to be read. */
  readonly admits: (request: HttpRequest) => Promise<boolean>;
  /** For the App: a request that the door did not admit is refused as it was there. */
  readonly authenticate: Authenticate;
}

/**
 * Binds the App to what was said at the door. Asked once more it might be let in, for its token or the database may have come in the
 * meantime, but its body was thrown away by then.
 */
export function createAdmission(authenticate: Authenticate): Admission {
  const turnedAway = new WeakMap<HttpRequest["headers"], unknown>();
  return {
    async admits({ headers, loopback }) {
      try {
        await authenticate(headers, loopback);
        return true;
      } catch (error) {
        turnedAway.set(headers, error);
        return false;
      }
    },
    authenticate(headers, loopback) {
      if (turnedAway.has(headers)) throw turnedAway.get(headers);
      return authenticate(headers, loopback);
    },
  };
}
