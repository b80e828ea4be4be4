import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser } from "../browser/launchBrowser.ts";
import { clients } from "./installClients.ts";

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };

/** How a page is run: milliseconds that it may take, and what else is done with it. */
export interface PageRun {
  readonly patience: number;
  readonly visit: (page: Page) => void;
}

/** Runs a script of clients/ in a page of a browser, at a port of its own, until it tells the fact `done`: what the page wrote to its console. */
export async function runInBrowser(script: string, env: Readonly<Record<string, string>>, run: number | PageRun): Promise<string> {
  const { patience, visit } = typeof run === "number" ? { patience: run, visit: undefined } : run;
  const [folder = "", name = ""] = script.split("/");
  const { port, close } = await serveClients();
  const browser = await launchBrowser();
  try {
    // Browsers ask the system whom to trust: the CA of the test's server is not put there.
    // The locale: a bare machine's is none that OpenUI5 knows.
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-US" });
    const page = await context.newPage();
    await page.addInitScript((settings) => void Object.assign(globalThis, { process: { env: settings } }), env);
    visit?.(page);
    const told = toldBy(page, patience);
    await page.goto(`http://localhost:${port}/${folder}/index.html?script=${name}`, { timeout: patience });
    return await told;
  } finally {
    await browser.close();
    await close();
  }
}

/** What the page writes, when it is done. Rejects with it when the page fails or takes too long. */
function toldBy(page: Page, patience: number): Promise<string> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`The page ${why}:\n${lines.join("\n")}`));
    const cut = setTimeout(() => fail(`took longer than ${patience / 1000} s`), patience);
    page.on("pageerror", (error) => fail(`failed with ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (!["info", "debug"].includes(message.type())) lines.push(message.text());
      if (!message.text().startsWith('{"fact":"done"')) return;
      clearTimeout(cut);
      resolve(lines.join("\n"));
    });
  });
}

/** The files of clients/, with its packages, for this machine alone. */
async function serveClients(): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const file = join(clients, normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname)));
    if (!file.startsWith(clients) || extname(file) === "" || !existsSync(file)) return void response.writeHead(404).end();
    response.setHeader("Content-Type", types[extname(file)] ?? "text/plain");
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, close };
}
