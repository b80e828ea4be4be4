import type { HttpResponse } from "../base/http.ts";
import { currentPerson, readStep, writeStep } from "./browserStep.ts";
import type { SignedInPerson } from "./browserStep.ts";
import type { DeviceDecision, PendingDevice } from "./deviceCodes.ts";
import { addressOf } from "./issuerParts.ts";
import type { IssuerParts, Visit } from "./issuerParts.ts";
import { OAuthFault } from "./oauthFault.ts";
import { readForm } from "./readForm.ts";
import { grantScopes } from "./scopes.ts";
import { approvePage, endPage, signInPage, userCodePage } from "./signInPages.ts";
import type { StepFault } from "./signInPages.ts";

/** GET of `/devicelogin`, the verification page (RFC 8628, 3.3). */
export function showDeviceLogin(visit: Visit, parts: IssuerParts): HttpResponse {
  return askForCode(visit, parts);
}

/** POST of `/devicelogin`: a user code, from our own page. */
export async function answerDeviceLogin(visit: Visit, parts: IssuerParts): Promise<HttpResponse> {
  const form = readForm(visit.http);
  if (readStep(visit, form.get("request") ?? "", parts).kind !== "user code") throw outOfDate();
  const address = addressOf(visit.http);
  const attempt = await parts.userCodeGuard.begin({ name: address, address, unlocked: 0 });
  if ("wait" in attempt) {
    const headers = { "Retry-After": String(attempt.wait) };
    return askForCode(visit, parts, { status: 429, text: `Too many wrong codes. Try again in ${attempt.wait} seconds.`, headers });
  }
  const device = await parts.devices.byUserCode(form.get("user_code") ?? "");
  if (device === undefined) return askForCode(visit, parts, { status: 400, text: "That code is not right, or it has expired." });
  await attempt.succeeded();
  const signedIn = await currentPerson(visit, parts);
  if (signedIn !== undefined) return askToApprove(visit, device.userCode, signedIn, parts);
  const step = writeStep(visit, { kind: "device", text: device.userCode }, parts);
  return signInPage({ ...step, action: `${visit.http.baseUrl}/common/oauth2/v2.0/signin` }, { app: await nameOf(device, parts), name: "" });
}

/** The question whether the device is the person's own; `fresh` is the cookie of a session that begins with this answer. */
export async function askToApprove(
  visit: Visit,
  userCode: string,
  signedIn: SignedInPerson & { readonly fresh?: string },
  parts: IssuerParts,
): Promise<HttpResponse> {
  const device = await parts.devices.byUserCode(userCode);
  if (device === undefined) throw outOfDate();
  const step = writeStep(visit, { kind: "approve", text: userCode }, parts, signedIn.fresh);
  const about = { app: await nameOf(device, parts), person: signedIn.person.userPrincipalName, code: `${userCode.slice(0, 4)}-${userCode.slice(4)}` };
  return approvePage({ ...step, action: `${visit.http.baseUrl}/common/oauth2/v2.0/approve` }, about);
}

/** POST of the answer to that question. */
export async function answerApprove(visit: Visit, parts: IssuerParts): Promise<HttpResponse> {
  const form = readForm(visit.http);
  const step = readStep(visit, form.get("request") ?? "", parts);
  const signedIn = await currentPerson(visit, parts);
  const device = step.kind === "approve" ? await parts.devices.byUserCode(step.text) : undefined;
  if (signedIn === undefined || device === undefined) throw outOfDate();
  const decide = async (decision: DeviceDecision): Promise<void> => {
    if (!(await parts.devices.decide(device.userCode, decision))) throw outOfDate();
  };
  if (form.get("decision") !== "allow") {
    await decide("denied");
    return endPage("Denied", "The device gets nothing. You may close this page.");
  }
  const { person } = signedIn;
  const fits = (device.tenant === undefined || device.tenant === person.tenant) && grantScopes(device.scopes, person.permissions) !== undefined;
  const app = await parts.settings.store.app(device.clientId);
  if (!fits || app === undefined || (app.tenant !== "*" && app.tenant !== person.tenant)) {
    await decide("denied");
    return endPage("Not allowed", "The administrator has granted you none of the permissions that the device asked for, or it is meant for another tenant.", {
      status: 403,
    });
  }
  await decide({ personId: person.id, signedIn: signedIn.signedIn });
  return endPage("Done", "The device is signed in. You may close this page.");
}

function askForCode(visit: Visit, parts: IssuerParts, fault?: StepFault): HttpResponse {
  const step = writeStep(visit, { kind: "user code", text: "-" }, parts);
  return userCodePage({ ...step, action: `${visit.http.baseUrl}/devicelogin` }, fault);
}

async function nameOf({ clientId }: PendingDevice, { settings }: IssuerParts): Promise<string> {
  return (await settings.store.app(clientId))?.displayName ?? clientId;
}

function outOfDate(): OAuthFault {
  return new OAuthFault("invalid_request", 90_013, "This page is out of date. Start again on the device.");
}
