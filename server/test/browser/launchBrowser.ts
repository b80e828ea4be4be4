import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { withLock } from "../../src/base/fileLock.ts";
import { clients, installClients } from "../clients/installClients.ts";
import { runToEnd } from "../process/server.ts";

const named = process.env["CHROMIUM"] ?? "";
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/opt/google/chrome/chrome"];
const applications = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];
const installed = named === "package" ? undefined : [named, ...places, ...applications].find((path) => path !== "" && existsSync(path));
const canUnpack = process.platform === "linux" && process.arch === "x64";
const folder = join(clients, "browser", "node_modules", ".chromium");

/** False where no Chromium is installed and none can be had. `CHROMIUM` names one; `CHROMIUM=package` takes the one of clients/browser. */
export const hasBrowser: boolean = installed !== undefined || canUnpack;
if (!hasBrowser) console.log("SKIPPED: what needs a real browser. No Chromium or Chrome was found; install one, or name it in CHROMIUM.");

/** Milliseconds that installing and starting a browser may take. */
export const browserPatience = 420_000;

/** A headless Chromium: the installed one, else the one of the package in clients/browser, installed and unpacked at its first use. */
export async function launchBrowser(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu"];
  if (installed !== undefined) return chromium.launch({ executablePath: installed, args });
  await installClients("browser");
  await withLock(join(tmpdir(), "secgraph-clients-browser"), unpack, browserPatience);
  const env = { ...process.env, LD_LIBRARY_PATH: join(folder, "al2023", "lib"), FONTCONFIG_PATH: join(folder, "fonts") };
  return chromium.launch({ executablePath: join(folder, "chromium"), args: [...args, "--no-zygote"], env });
}

async function unpack(): Promise<void> {
  if (existsSync(folder)) return;
  const { code, stdout, stderr } = await runToEnd({ command: [process.execPath, join(clients, "browser", "unpack.mjs"), folder] }, 120_000);
  if (code !== 0) throw new Error(`The Chromium of clients/browser could not be unpacked (code ${code}):\n${stdout}${stderr}`);
}
