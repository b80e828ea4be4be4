import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { shellEnvironment } from "../process/server.ts";
import { codeBlocks } from "./codeBlocks.ts";
import { expectShown } from "./expectShown.ts";

/**
 * Runs the README as a reader would: the server by `npm start`, then every shell block in one shell, in order; a
 * JSON block must stand in what the block before it printed. Only the ports and the data folder are other ones.
 */
const root = join(import.meta.dirname, "../../..");
const blocks = codeBlocks(join(root, "README.md"));
const data = mkdtempSync(join(tmpdir(), "secgraph-readme-"));
let server: ChildProcess;
let port = "";

function run(command: string, args: readonly string[]): Promise<{ code: number | null; out: string; error: string }> {
  return new Promise((resolve) => {
    // With a socket at its input bash may take itself for a remote one, and read start files.
    const child = spawn(command, args, { cwd: root, env: shellEnvironment({ SECGRAPH_DATA: data }), stdio: ["ignore", "pipe", "pipe"] });
    let [out, error] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (error += chunk.toString()));
    child.once("close", (code) => resolve({ code, out, error }));
  });
}

beforeAll(async () => {
  const env = shellEnvironment({ SECGRAPH_DATA: data, PORT: "0", SECGRAPH_TLS_PORT: "0" });
  server = spawn("npm", ["start"], { cwd: root, env, detached: true });
  port = await new Promise<string>((resolve, reject) => {
    let out = "";
    const read = (chunk: Buffer): void => {
      out += chunk.toString();
      const found = /https:\/\/localhost:(\d+)\/v1\.0/.exec(out)?.[1];
      if (found !== undefined && out.includes("curl -sS")) resolve(found);
    };
    server.stdout!.on("data", read);
    server.stderr!.on("data", read);
    server.once("exit", () => reject(new Error(`The server ended:\n${out}`)));
  });
});

afterAll(() => {
  if (server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
  rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

const fitted = (text: string): string => text.replaceAll("localhost:7443", `localhost:${port}`).replaceAll('"$PWD/data', `"${data}`);

test("its first command is the one that this test started, and npm test and npm start are named", () => {
  expect(blocks[0]).toMatchObject({ info: "sh start", text: "npm ci && npm start\n" });
});

test("its blocks run, one after the other, and print what they show", async () => {
  const shell = blocks.filter((block) => block.info === "sh");
  const mark = "-- end of block --";
  const script = shell.map((block) => `${fitted(block.text)}\necho; echo '${mark}'`).join("\n");
  const { code, out, error } = await run("bash", ["-eu", "-c", script]);
  expect([code, error]).toEqual([0, ""]);
  const printed = out.split(mark);
  let index = -1;
  let compared = 0;
  for (const block of blocks) {
    if (block.info === "sh") index += 1;
    if (block.info !== "json") continue;
    const last = printed[index]!.trim().split("\n").at(-1)!;
    expectShown(JSON.parse(last) as Json, JSON.parse(fitted(block.text)) as Json);
    compared += 1;
  }
  expect(compared).toBe(3);
  for (const text of printed) expect(text).not.toContain('"error"');
  expect(printed).toHaveLength(shell.length + 1);
});
