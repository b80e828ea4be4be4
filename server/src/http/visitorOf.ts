import type { IncomingMessage } from "node:http";
import type { Presence } from "../base/http.ts";

/** Whether the client of a request is still there; looked at from when it is first asked for until the end. */
export function visitorOf({ socket }: IncomingMessage): Pick<Presence, "gone"> & { readonly end: () => void } {
  let gone: AbortController | undefined;
  const leave = (): void => gone!.abort();
  return {
    gone() {
      if (gone === undefined) {
        gone = new AbortController();
        if (socket.destroyed) leave();
        else socket.once("close", leave);
      }
      return gone.signal;
    },
    end() {
      if (gone !== undefined) socket.off("close", leave);
    },
  };
}
