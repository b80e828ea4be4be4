import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { readAuthorizeRequest, readReplyAddress, reply } from "./authorizeRequest.ts";
import type { AuthorizeRequest, ReplyAddress } from "./authorizeRequest.ts";
import { currentPerson, newSession, readStep, writeStep } from "./browserStep.ts";
import type { NewSession, SignedInPerson } from "./browserStep.ts";
import type { IssuerParts, Visit } from "./issuerParts.ts";
import { addressOf } from "./issuerParts.ts";
import { OAuthFault } from "./oauthFault.ts";
import { seeOther } from "./page.ts";
import { readForm, readQuery } from "./readForm.ts";
import { formTarget } from "./redirectUri.ts";
import { grantScopes } from "./scopes.ts";
import { continuePage, signInPage } from "./signInPages.ts";
import type { StepFault } from "./signInPages.ts";
import type { SignInVerdict } from "./signIn.ts";
import { tellSignIn } from "./signInEvent.ts";
import { clientInfoOf } from "./answerPerson.ts";
import { askToApprove } from "./devicePages.ts";

/** An authorization request, read as far as the browser needs it. */
interface Asked {
  readonly visit: Visit;
  readonly query: string;
  readonly to: ReplyAddress;
  readonly wanted: AuthorizeRequest;
}

/** GET and POST of `/{tenant}/oauth2/v2.0/authorize` (RFC 6749, 3.1): a code for who has signed in, else the sign-in page. */
export async function answerAuthorize(visit: Visit, parts: IssuerParts): Promise<HttpResponse> {
  const { http } = visit;
  if (http.method === "POST") return seeOther(`${http.baseUrl}${http.target.split("?")[0]}?${new URLSearchParams([...readForm(http)]).toString()}`);
  const query = new URLSearchParams([...readQuery(http)]).toString();
  return withReply(visit, query, parts, async (asked) => {
    const signedIn = await currentPerson(visit, parts);
    const fits = signedIn !== undefined && mayGoOn(asked, signedIn, parts);
    const isSilent = asked.wanted.prompt.split(" ").includes("none");
    if (fits && !mustAsk(asked)) return giveCode(asked, signedIn, parts);
    if (isSilent && fits)
      throw new OAuthFault("interaction_required", 50_079, "The person must agree: any program of this machine may stand behind the address.");
    if (isSilent) throw new OAuthFault("login_required", 50_058, "A silent sign-in request was sent but no user is signed in.");
    if (fits) return askToContinue(asked, signedIn, parts);
    return askForPassword(asked, parts);
  });
}

/** Finds out where to answer (faults until then are thrown, and shown on a page); later faults go there. */
async function withReply(visit: Visit, query: string, parts: IssuerParts, work: (asked: Asked) => Promise<HttpResponse>): Promise<HttpResponse> {
  const { http, tenant } = visit;
  const { settings } = parts;
  const parameters = new Map(new URLSearchParams(query));
  const to = await readReplyAddress(parameters, tenant, settings);
  try {
    return await work({ visit, query, to, wanted: readAuthorizeRequest(parameters, to.app, { http, settings }) });
  } catch (error) {
    if (!(error instanceof OAuthFault)) throw error;
    return reply(to, { error: error.code, error_description: `AADSTS${error.number}: ${error.message}`, ...issuerField(visit, tenant.id, parts) }, http);
  }
}

/** Whether the sign-in of before is enough (OpenID Connect Core 1.0, 3.1.2.3): recent enough, and of the person who is meant. */
function mayGoOn({ wanted }: Asked, { person, signedIn }: SignedInPerson, { clock }: IssuerParts): boolean {
  if (wanted.prompt.split(" ").includes("login")) return false;
  if (wanted.loginHint !== "" && wanted.loginHint.toLowerCase() !== person.userPrincipalName.toLowerCase()) return false;
  return wanted.maxAge === undefined || signedIn + wanted.maxAge >= Math.floor(clock() / 1000);
}

/**
 * Whether somebody who has signed in is asked before a code is given: when the application wants it, and when any program
 * of the person's machine could stand behind the address and have no secret to prove itself by (RFC 8252, 8.6).
 */
function mustAsk({ to, wanted }: Asked): boolean {
  const prompts = wanted.prompt.split(" ");
  return prompts.includes("select_account") || prompts.includes("consent") || (to.app.publicClient === true && !to.redirectUri.startsWith("https:"));
}

function askToContinue({ visit, query, to }: Asked, { person }: SignedInPerson, parts: IssuerParts): HttpResponse {
  const step = writeStep(visit, { kind: "continue", text: query }, parts);
  const about = { app: to.app.displayName, person: person.userPrincipalName, address: formTarget(to.redirectUri) };
  return continuePage({ ...step, action: pathOf(visit.http, visit, "continue"), formTarget: formTarget(to.redirectUri) }, about);
}

/** POST of the page that asks whether to go on as the person who has signed in. */
export async function answerContinue(visit: Visit, parts: IssuerParts): Promise<HttpResponse> {
  const form = readForm(visit.http);
  const step = readStep(visit, form.get("request") ?? "", parts);
  if (step.kind !== "continue") throw outOfDate();
  return withReply(visit, step.text, parts, async (asked) => {
    const signedIn = await currentPerson(visit, parts);
    const goesOn = form.get("decision") === "continue" && signedIn !== undefined && mayGoOn(asked, signedIn, parts);
    return goesOn ? giveCode(asked, signedIn, parts) : askForPassword(asked, parts);
  });
}

function outOfDate(): OAuthFault {
  return new OAuthFault("invalid_request", 90_013, "This page is out of date. Start again in the application.");
}

function askForPassword({ visit, query, to, wanted }: Asked, parts: IssuerParts, fault?: StepFault & { readonly name: string }): HttpResponse {
  const step = writeStep(visit, { kind: "authorize", text: query }, parts);
  const about = { app: to.app.displayName, name: fault?.name ?? wanted.loginHint, ...(fault === undefined ? {} : { fault }) };
  return signInPage({ ...step, action: pathOf(visit.http, visit, "signin"), formTarget: formTarget(to.redirectUri) }, about);
}

/** POST of the sign-in page. What it continues comes sealed from the page, bound to the browser's cookie. */
export async function answerSignIn(visit: Visit, parts: IssuerParts): Promise<HttpResponse> {
  const form = readForm(visit.http);
  const step = readStep(visit, form.get("request") ?? "", parts);
  if (step.kind === "device") return signInForDevice(visit, step.text, { form, parts });
  if (step.kind !== "authorize") throw outOfDate();
  return withReply(visit, step.text, parts, async (asked) => {
    const verdict = await checkPassword(visit, form, parts);
    return "person" in verdict ? giveCode(asked, verdict, parts) : askForPassword(asked, parts, { ...verdict, name: form.get("username") ?? "" });
  });
}

async function signInForDevice(
  visit: Visit,
  userCode: string,
  { form, parts }: { readonly form: ReadonlyMap<string, string>; readonly parts: IssuerParts },
): Promise<HttpResponse> {
  const verdict = await checkPassword(visit, form, parts);
  if ("person" in verdict) return askToApprove(visit, userCode, verdict, parts);
  const step = writeStep(visit, { kind: "device", text: userCode }, parts);
  return signInPage({ ...step, action: pathOf(visit.http, visit, "signin") }, { app: "your device", name: form.get("username") ?? "", fault: verdict });
}

async function checkPassword(visit: Visit, form: ReadonlyMap<string, string>, parts: IssuerParts): Promise<NewSession | StepFault> {
  const [name = "", password = ""] = [form.get("username")?.trim(), form.get("password")];
  const verdict = await parts.signIn({ name, password, address: addressOf(visit.http), tenant: visit.tenant.id });
  await tellVerdict(visit, name, verdict, parts);
  if (verdict === "wrong") return { status: 403, text: "The user name or password is not right." };
  if ("person" in verdict) return newSession(visit, verdict.person, parts);
  return {
    status: 429,
    text: `Too many failed attempts. Try again in ${verdict.wait} seconds.`,
    headers: { "Retry-After": String(verdict.wait) },
  };
}

/** Of a name that nobody has in that tenant, only that somebody tried. */
async function tellVerdict(visit: Visit, name: string, verdict: SignInVerdict, parts: IssuerParts): Promise<void> {
  const known = verdict instanceof Object && "person" in verdict ? verdict.person : await parts.settings.store.person(name);
  const here = visit.tenant.id === undefined || known?.tenant === visit.tenant.id ? known : undefined;
  const tenant = here?.tenant ?? visit.tenant.id;
  if (tenant === undefined) return;
  const failure = verdict === "wrong" ? { status: 403, code: "WrongPassword" } : "wait" in verdict ? { status: 429, code: "LockedOut" } : undefined;
  tellSignIn(visit, parts, { activity: "signIn", tenant, appId: "", user: here?.userPrincipalName ?? null, ...(failure === undefined ? {} : { failure }) });
}

async function giveCode(
  { visit, to, wanted }: Asked,
  { person, signedIn, cookie }: SignedInPerson & { readonly cookie?: string },
  parts: IssuerParts,
): Promise<HttpResponse> {
  const from = { baseUrl: visit.http.baseUrl, ...(cookie === undefined ? {} : { cookie }) };
  if ((to.app.tenant !== "*" && to.app.tenant !== person.tenant) || grantScopes(wanted.scopes, person.permissions) === undefined) {
    const text = "AADSTS65001: The administrator has granted this person none of the permissions that were asked for.";
    return reply(to, { error: "access_denied", error_description: text, ...issuerField(visit, person.tenant, parts) }, from);
  }
  const { scopes, challenge, nonce, clientInfo } = wanted;
  const code = await parts.codes.issue({
    clientId: to.app.clientId,
    redirectUri: to.redirectUri,
    personId: person.id,
    signedIn,
    scopes,
    clientInfo,
    ...(challenge === undefined ? {} : { challenge }),
    ...(nonce === undefined ? {} : { nonce }),
  });
  const info = clientInfo ? { client_info: clientInfoOf(person) } : {};
  return reply(to, { code, ...info, ...issuerField(visit, person.tenant, parts) }, from);
}

/** Who answers, against mix-ups (RFC 9207). A tenant that nobody has named yet has no issuer. */
function issuerField({ http }: Visit, tenant: string | undefined, { settings }: IssuerParts): { readonly iss?: string } {
  return tenant === undefined ? {} : { iss: `${settings.addresses.issuerBaseFor(http.baseUrl)}/${tenant}/v2.0` };
}

function pathOf({ baseUrl }: HttpRequest, { tenant }: Visit, endpoint: string): string {
  return `${baseUrl}/${tenant.written}/oauth2/v2.0/${endpoint}`;
}
