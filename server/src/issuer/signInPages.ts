import type { HttpResponse } from "../base/http.ts";
import { html, writePage } from "./page.ts";
import type { Html } from "./page.ts";

/** What a page needs for leading on: the sealed request, and the cookie that it is bound to. */
export interface Step {
  readonly action: string;
  readonly sealed: string;
  readonly cookie: string;
  readonly formTarget?: string;
}

/** What is wrong with the step before. */
export interface StepFault {
  readonly text: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The page that asks for name and password. */
export function signInPage(step: Step, about: { readonly app: string; readonly name: string; readonly fault?: StepFault }): HttpResponse {
  const body = html`<p>to continue to ${about.app}</p>
    ${alert(about.fault)}
    <form method="post" action="${step.action}">
      <input type="hidden" name="request" value="${step.sealed}" /><label
        >User name<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${about.name}" /></label
      ><label>Password<input name="password" type="password" autocomplete="current-password" required /></label><button>Sign in</button>
    </form>`;
  return stepPage("Sign in", body, step, about.fault);
}

/** The page that asks somebody who has signed in whether a program may go on in his name. */
export function continuePage(step: Step, about: { readonly app: string; readonly person: string; readonly address: string }): HttpResponse {
  const body = html`<p>
      You are signed in as ${about.person}. The program <strong>${about.app}</strong> (${about.address}) asks to act in your name. Go on only when you started
      it yourself.
    </p>
    <form method="post" action="${step.action}">
      <input type="hidden" name="request" value="${step.sealed}" /><button name="decision" value="continue">Continue as ${about.person}</button
      ><button name="decision" value="other">Use another account</button>
    </form>`;
  return stepPage("Continue?", body, step);
}

/** The page that asks for the code that a device shows (RFC 8628, 3.3). */
export function userCodePage(step: Step, fault?: StepFault): HttpResponse {
  const body = html`<p>Enter the code that your device or program shows. Enter no code that somebody sent you.</p>
    ${alert(fault)}
    <form method="post" action="${step.action}">
      <input type="hidden" name="request" value="${step.sealed}" /><label
        >Code<input name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" required /></label
      ><button>Next</button>
    </form>`;
  return stepPage("Connect a device", body, step, fault);
}

/** The page that asks whether the device is the person's own (RFC 8628, 5.4). */
export function approvePage(step: Step, about: { readonly app: string; readonly person: string; readonly code: string }): HttpResponse {
  const body = html`<p>
      You are signed in as ${about.person}. The program <strong>${about.app}</strong> that shows the code <strong>${about.code}</strong> will act in your name.
      Allow this only when you started it yourself.
    </p>
    <form method="post" action="${step.action}">
      <input type="hidden" name="request" value="${step.sealed}" /><button name="decision" value="allow">Allow</button
      ><button name="decision" value="deny">Deny</button>
    </form>`;
  return stepPage("Is this you?", body, step);
}

/** A page that ends something. */
export function endPage(
  title: string,
  text: string,
  more: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): HttpResponse {
  return writePage({ title, body: html`<p>${text}</p>`, ...more });
}

function stepPage(title: string, body: Html, step: Step, fault?: StepFault): HttpResponse {
  const target = step.formTarget === undefined ? {} : { formTarget: step.formTarget };
  return writePage({ title, body, status: fault?.status ?? 200, headers: { "Set-Cookie": step.cookie, ...fault?.headers }, ...target });
}

function alert(fault: StepFault | undefined): Html {
  return fault === undefined ? html`` : html`<p role="alert">${fault.text}</p>`;
}
