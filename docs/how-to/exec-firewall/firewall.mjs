#!/usr/bin/env node
// Blocks addresses for a connector of the kind `exec`: in the nftables sets blocked4 and blocked6 of the table inet secgraph, or in the file blocked.txt
// beside this program where there is one. Both actions can be repeated without harm. Input and output are JSON; see ../connector-kinds.md.
import { execFileSync } from "node:child_process";
import { existsSync, openSync, closeSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("blocked.txt", import.meta.url));

/** Ends with a result. 75 means: try again later. */
function end(code, status, message) {
  process.stdout.write(JSON.stringify({ status, ...(message === undefined ? {} : { error: { message } }) }));
  process.exit(code);
}

function changeSet(address, isBlocked) {
  const set = isIPv4(address) ? "blocked4" : "blocked6";
  const element = ["element", "inet", "secgraph", set, `{ ${address} }`];
  try {
    execFileSync("nft", [isBlocked ? "add" : "delete", ...element], { stdio: ["ignore", "ignore", "pipe"], env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } });
  } catch (error) {
    const words = String(error.stderr ?? error.message).trim();
    // What is not there need not be removed.
    if (isBlocked || !words.includes("No such file or directory")) end(1, "failed", words.split("\n")[0]);
  }
}

function changeFile(address, isBlocked) {
  let lock;
  try {
    lock = openSync(`${file}.lock`, "wx");
  } catch {
    // Whoever held it for a minute was killed: the next try finds it gone.
    if (Date.now() - (statSync(`${file}.lock`, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > 60_000) rmSync(`${file}.lock`, { force: true });
    end(75, "retry", "Another one writes blocked.txt.");
  }
  try {
    const others = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "" && line !== address);
    writeFileSync(`${file}.new`, [...others, ...(isBlocked ? [address] : []), ""].join("\n"));
    renameSync(`${file}.new`, file);
  } finally {
    closeSync(lock);
    rmSync(`${file}.lock`);
  }
}

const { call, name, parameters } = JSON.parse(await text(process.stdin));
if (call !== "deliver") end(1, "failed", "What this program does is done at once.");
if (name !== "BlockIp" && name !== "UnblockIp") end(1, "failed", `There is no ${name} here.`);
if (typeof parameters.ip !== "string" || !(isIPv4(parameters.ip) || isIPv6(parameters.ip))) end(1, "failed", "The parameter ip is no address.");
(existsSync(file) ? changeFile : changeSet)(parameters.ip, name === "BlockIp");
end(0, "completed");
