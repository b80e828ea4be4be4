import type { HttpResponse } from "../base/http.ts";
import type { IssuerParts, Visit } from "./issuerParts.ts";
import { seeOther } from "./page.ts";
import { readForm, readQuery } from "./readForm.ts";
import { isRegistered } from "./redirectUri.ts";
import { readCookie, writeCookie } from "./sessions.ts";
import { tellSignIn } from "./signInEvent.ts";
import { endPage } from "./signInPages.ts";

async function end(visit: Pick<Visit, "http">, cookie: string, { sessions, settings }: Pick<IssuerParts, "sessions" | "settings">): Promise<void> {
  const session = await sessions.find(cookie);
  await sessions.end(cookie);
  const person = session === undefined ? undefined : await settings.store.person(session.personId);
  if (person !== undefined) tellSignIn(visit, { settings }, { activity: "signOut", tenant: person.tenant, appId: "", user: person.userPrincipalName });
}

/**
 * GET and POST of `/{tenant}/oauth2/v2.0/logout` (OpenID Connect RP-Initiated Logout 1.0, 2): ends the browser's session.
 * It leads on to registered addresses only, those of `client_id` when that is named.
 */
export async function answerSignOut({ http }: Visit, { sessions, settings }: IssuerParts): Promise<HttpResponse> {
  const parameters = http.method === "POST" ? readForm(http) : readQuery(http);
  const cookie = readCookie(http);
  if (cookie !== undefined) await end({ http }, cookie, { sessions, settings });
  const headers = { "Set-Cookie": writeCookie(http, undefined) };
  const target = parameters.get("post_logout_redirect_uri");
  const clientId = parameters.get("client_id")?.toLowerCase();
  const apps = (await settings.store.apps()).filter((app) => clientId === undefined || app.clientId.toLowerCase() === clientId);
  if (target === undefined || !apps.some(({ redirectUris = [] }) => isRegistered(target, redirectUris))) {
    return endPage("Signed out", "You have signed out in this browser. Programs that got tokens may go on until those end.", { headers });
  }
  const state = parameters.get("state");
  const glue = target.includes("?") ? "&" : "?";
  return seeOther(state === undefined ? target : `${target}${glue}${new URLSearchParams({ state }).toString()}`, headers);
}
