import { hash } from "node:crypto";
import type { Mount } from "./handler.ts";
import { isLocalVisit } from "./isLocalVisit.ts";

/** What the start page of development mode tells: headings with rows of name and value. */
export interface WelcomeSection {
  readonly heading: string;
  readonly rows: readonly (readonly [string, string])[];
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}dt{font-weight:600;margin-top:.6rem}dd{margin:0}code{font:14px ui-monospace,monospace;overflow-wrap:anywhere}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#8cf}}";

const headers = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-store",
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${hash("sha256", style, "base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
};

/** `GET /` in development mode: a plain page with the settings that clients need (DESIGN, Development mode), for visitors at this machine. */
export function welcomePage(sections: () => readonly WelcomeSection[]): Mount {
  const elsewhere: readonly WelcomeSection[] = [{ heading: "Settings", rows: [["Shown", "at the machine itself, and in the terminal of the server"]] }];
  return {
    kind: "page",
    owns: (path) => path === "/",
    answer: (request) => ({ status: 200, headers, body: page(isLocalVisit(request) ? sections() : elsewhere) }),
  };
}

function page(sections: readonly WelcomeSection[]): string {
  const parts = sections.map(
    ({ heading, rows }) =>
      `<h2>${escape(heading)}</h2><dl>${rows.map(([name, value]) => `<dt>${escape(name)}</dt><dd><code>${escape(value)}</code></dd>`).join("")}</dl>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>secgraph</title><style>${style}</style></head><body><h1>secgraph</h1><p>A security hub that speaks Microsoft Graph's security API, in development mode.</p>${parts.join("")}</body></html>\n`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
