import { randomGuid } from "../base/ids.ts";
import { originOf, type Origin } from "../base/origin.ts";
import { addressOf, type IssuerParts, type Visit } from "./issuerParts.ts";

/** Somebody signed in, got a token, signed out, or did not succeed. */
export interface SignInEvent {
  readonly activity: "signIn" | "token" | "signOut";
  readonly tenant: string;
  /** Client id of the application; "" where none is known yet. */
  readonly appId: string;
  /** User principal name; null for an application by itself. */
  readonly user: string | null;
  readonly failure?: { readonly status: number; readonly code: string };
  readonly origin: Origin;
}

/** Tells of a sign-in. What was typed as a name that nobody has is never told: it may be a password. */
export function tellSignIn({ http }: Pick<Visit, "http">, { settings }: Pick<IssuerParts, "settings">, event: Omit<SignInEvent, "origin">): void {
  if (settings.onSignIn === undefined || event.tenant === "*") return;
  const requestId = randomGuid();
  settings.onSignIn({ ...event, origin: originOf({ headers: http.headers, address: addressOf(http) }, { requestId, clientRequestId: requestId }) });
}
