import type { Caller } from "../auth/caller.ts";
import { problem } from "../base/errors.ts";
import type { Seal } from "../base/sealed.ts";
import type { Consistency } from "../store/store.ts";

/** Hands callers what their last write stands for, sealed, and takes it back on whatever server they come to next. */
export interface ReadYourWrites {
  /** Follows what a request carries; a Problem for what was not made for this tenant. */
  readonly follow: (caller: Caller, token: string | undefined) => void;
  /** The header of an answer to a write. */
  readonly headers: (caller: Caller) => Readonly<Record<string, string>>;
}

/** Graph's name for it; scripts of other sites may read it (R183). */
const header = "ReadWriteConsistencyToken";
const longest = 200;

export function createReadYourWrites({ follow, tokenOf }: Consistency, seal: Seal): ReadYourWrites {
  return {
    follow(caller, token) {
      if (token === undefined) return;
      const opened = token.length > longest ? undefined : seal.open(token, caller.tenant);
      if (opened === undefined || !follow(caller, opened)) {
        throw problem("badRequest", { what: `The header ${header} is not one that this service has given to this tenant.` }, { target: header });
      }
    },
    headers(caller) {
      const token = tokenOf(caller);
      return token === undefined ? {} : { [header]: seal.seal(token, caller.tenant) };
    },
  };
}
