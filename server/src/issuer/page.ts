import { hash } from "node:crypto";
import type { HttpResponse } from "../base/http.ts";

/** Text that is HTML already; only `html` makes it. */
export interface Html {
  readonly html: string;
}

/** Writes HTML: every value is escaped but what `html` made (OWASP ASVS 1.2). */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html | readonly Html[])[]): Html {
  return { html: parts.map((part, index) => (index === 0 ? part : `${written(values[index - 1]!)}${part}`)).join("") };
}

function written(value: string | number | Html | readonly Html[]): string {
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return "html" in value ? value.html : value.map((one) => one.html).join("");
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page of the issuer. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /** Where a form may lead in the end, beside this server: browsers look at redirects too (CSP 3, 6.3.1). */
  readonly formTarget?: string;
  /** The address of the one script that the page may run. */
  readonly script?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:4rem auto;padding:0 1rem}label{display:block;margin-top:1rem}" +
  "input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}button{font:inherit;margin:1rem .5rem 0 0;padding:.4rem 1rem}" +
  "[role=alert]{border-left:4px solid #c00;padding-left:.8rem}code{overflow-wrap:anywhere}" +
  "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}input,button{background:#222;color:#eee;border:1px solid #888}}";

/** Written without a space more: the policy names the hash of what stands between the tags. */
const styleElement: Html = { html: `<style>${style}</style>` };

/** Writes a page that runs no inline script, is in no frame, is not kept and tells no other site where it was. */
export function writePage({ title, body, status = 200, formTarget, script, headers = {} }: Page): HttpResponse {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash("sha256", style, "base64")}'`,
    ...(script === undefined ? [] : [`script-src ${script}`]),
    `form-action 'self'${formTarget === undefined ? "" : ` ${formTarget}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const run: Html = { html: script === undefined ? "" : `<script src="${escape(script)}"></script>` };
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <h1>${title}</h1>
        ${body}${run}
      </body>
    </html> `;
  return {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Content-Security-Policy": policy.join("; "),
      "Referrer-Policy": "no-referrer",
      "X-Frame-Options": "DENY",
      ...headers,
    },
    body: text.html,
  };
}

/** Sends the browser on with GET (RFC 9700, 4.12: never 307). */
export function seeOther(location: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status: 303, headers: { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", ...headers } };
}
