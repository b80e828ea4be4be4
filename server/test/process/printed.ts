import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { runToEnd, waitFor } from "./server.ts";
import type { Ended, ServerProcess } from "./server.ts";

/** Milliseconds that a printed line may take. */
const patience = 120_000;

/** What development mode printed under a name, whole. */
export async function printed(server: ServerProcess, name: string): Promise<string> {
  const pattern = new RegExp(String.raw`^ +${name}(?::\n| +)(.+)$`, "m");
  return waitFor(() => pattern.exec(server.stdout())?.[1], { group: server, patience });
}

/** Runs a line as it stands in the shell of a person, in a folder that has nothing to do with it. curl tells the status behind the body. */
export async function inShell(line: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-elsewhere-"));
  writeFileSync(join(folder, ".curlrc"), String.raw`write-out = "\n%{http_code}"`);
  try {
    return await runToEnd({ command: ["/bin/sh", "-c", line], folder, env: { CURL_HOME: folder, ...env } }, patience);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the printed line that posts a score, expects 201, and gives the score's id. */
export async function postAsPrinted(server: ServerProcess, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr } = await inShell(await printed(server, "Post a score"), env);
  const [body = "", status = ""] = stdout.split("\n");
  expect({ status, stderr, body }).toMatchObject({ status: "201", stderr: "" });
  return (JSON.parse(body) as { readonly id: string }).id;
}
