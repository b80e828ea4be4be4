import { spawn, spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { environment, secgraph, startProgram, temporaryFolder } from "./program.ts";
import type { Ended } from "./program.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const password = "a long enough password";

/** Runs a command with the password on its standard input. */
function withPassword(text: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args, "--password-stdin"], { env: environment() });
    let [out, error] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (error += chunk.toString()));
    child.once("close", (code) => resolve({ code, out, error }));
    child.stdin.end(`${text}\n`);
  });
}

test("people are added, listed, given a new password, unlocked and removed; no password is kept", async () => {
  const data = temporaryFolder();
  const add = [
    "user",
    "add",
    "ada@contoso.com",
    "--tenant",
    "contoso.com",
    "--permissions",
    "SecurityEvents.Read.All",
    "--directory-roles",
    "Security Reader, Global Reader",
    "--data",
    data,
  ];
  expect(await withPassword("short", add)).toMatchObject({ code: 1, error: "secgraph: This password cannot be used: a password has 12 to 256 characters.\n" });
  expect(await withPassword(password, add)).toMatchObject({
    code: 0,
    error: "",
    out: expect.stringMatching(/^Tenant {5}\S+\nUser {7}ada@contoso\.com\nObject id {2}[\da-f-]{36}\n$/),
  });
  expect(await withPassword(password, add)).toMatchObject({ code: 1, error: "secgraph: There is a person ada@contoso.com already.\n" });
  expect((await secgraph(["user", "list", "--data", data])).out).toMatch(
    /^ada@contoso\.com {2}ada\n {2}tenant {7}\S+\n {2}permissions {2}SecurityEvents\.Read\.All\n {2}roles {8}Security Reader, Global Reader\n$/,
  );
  const file = join(data, "issuer", "people.json");
  const before = readFileSync(file, "utf8");
  expect([before.includes(password), statSync(file).mode & 0o077]).toEqual([false, 0]);
  expect((await withPassword("another good password", ["user", "password", "ADA@contoso.com", "--data", data])).code).toBe(0);
  expect(readFileSync(file, "utf8")).not.toBe(before);
  expect((await secgraph(["user", "unlock", "ada@contoso.com", "--data", data])).out).toBe("ada@contoso.com may try again.\n");
  expect((await secgraph(["user", "remove", "ada@contoso.com", "--data", data])).code).toBe(0);
  for (const command of ["remove", "unlock"]) {
    expect(await secgraph(["user", command, "ada@contoso.com", "--data", data])).toMatchObject({
      code: 1,
      error: "secgraph: There is no person ada@contoso.com.\n",
    });
  }
});

test("without a terminal a password is not asked for", async () => {
  const { code, error } = await secgraph(["user", "add", "a@b.c", "--tenant", "b.c", "--permissions", "all", "--data", temporaryFolder()]);
  expect([code, error]).toEqual([1, "secgraph: There is no terminal to ask for a password: give --password-stdin and write it to standard input.\n"]);
});

test("development mode prints a person whose password is random and kept", async () => {
  const data = temporaryFolder();
  const { out, http } = await startProgram(data);
  const [user, printed] = ["User", "Password"].map((name) => new RegExp(`${name} +(\\S+)`).exec(out)?.[1]);
  expect(user).toBe("admin@demo.localtest");
  const file = join(data, "development.json");
  expect([JSON.parse(readFileSync(file, "utf8")), statSync(file).mode & 0o077]).toEqual([expect.objectContaining({ user, password: printed }), 0]);
  expect(await (await fetch(`${http}/`)).text()).not.toContain(printed);
  expect((await fetch(`${http}/devicelogin`)).status).toBe(200);
});

test("redirect addresses are looked at when they are registered", async () => {
  const data = temporaryFolder();
  const add = (...more: readonly string[]) => secgraph(["app", "add", "--data", data, "--name", "App", "--tenant", "contoso.com", ...more]);
  for (const bad of ["http://app.contoso.com/", "javascript:alert(1)", "https://a.b/#x", "https://a;b/", "nothing", "data:text/html,x"]) {
    expect(await add("--redirect-uri", bad)).toMatchObject({ code: 1, error: expect.stringContaining(`--redirect-uri ${bad} cannot be used: `) });
  }
  const { out } = await add("--public", "--redirect-uri", "http://localhost", "https://app.contoso.com/back", "com.contoso.app:/back");
  expect(out).toMatch(/^Tenant {9}\S+\nClient id {6}\S+\n$/);
  expect((await secgraph(["app", "list", "--data", data])).out).toMatch(
    /secrets {2}none\n {2}public {3}needs no secret\n {2}leads to http:\/\/localhost\n {2}leads to https:\/\/app\.contoso\.com\/back\n/,
  );
});

const isAbsent = (command: string): boolean => spawnSync(command, ["--version"]).error !== undefined;

test.skipIf(process.platform === "win32" || isAbsent("script"))(
  "at a terminal the password is asked for twice, and not shown (needs util-linux's script)",
  async () => {
    const data = temporaryFolder();
    const command = [process.execPath, main, "user", "add", "ada@contoso.com", "--tenant", "contoso.com", "--permissions", "all", "--data", data].join(" ");
    const typed = async (first: string, second: string): Promise<Ended> => {
      const child = spawn("script", ["-q", "-e", "-c", command, "/dev/null"], { stdio: ["pipe", "pipe", "pipe"], env: environment() });
      let [out, next] = ["", 0];
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        const asked = (out.match(/Password: |Again: /g) ?? []).length;
        if (asked > next) child.stdin.write([`${first}\r`, `${second}\r`][next++]!);
      });
      return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, error: "" })));
    };
    const differ = await typed(password, "another good password");
    expect([differ.code, differ.out]).toEqual([1, expect.stringContaining("secgraph: The two passwords differ.")]);
    const stopped = await typed("\u0003", "");
    expect([stopped.code, stopped.out]).toEqual([1, expect.stringContaining("No password was given.")]);
    // A slip and its correction: backspace takes the letter back.
    const added = await typed(`${password}x\u007f`, password);
    expect([added.code, added.out.replaceAll("\r", "")]).toEqual([0, expect.stringMatching(/^Password: \nAgain: \nTenant {5}/)]);
    expect(added.out).not.toContain(password);
  },
  120_000,
);

test("permissions, name and roles of a person can be changed", async () => {
  const data = temporaryFolder();
  const set = (...more: readonly string[]) => secgraph(["user", "set", "ada@contoso.com", "--data", data, ...more]);
  const listed = async () => (await secgraph(["user", "list", "--data", data])).out.replaceAll(/\n +/g, "; ").trim();
  expect(await set("--permissions", "all")).toMatchObject({ code: 1, error: "secgraph: There is no person ada@contoso.com.\n" });
  await withPassword(password, ["user", "add", "ada@contoso.com", "--tenant", "contoso.com", "--permissions", "all", "--data", data]);
  expect(await set()).toMatchObject({ code: 1, error: expect.stringContaining("Nothing to change") });
  expect((await set("--permissions", "SecurityEvents.Read.All", "--display-name", "Ada", "--directory-roles", "Security Reader, Global Reader")).code).toBe(0);
  expect(await listed()).toMatch(/^ada@contoso\.com {2}Ada; tenant {7}\S+; permissions {2}SecurityEvents\.Read\.All; roles {8}Security Reader, Global Reader$/);
  expect((await set("--directory-roles", "none")).code).toBe(0);
  expect(await listed()).toMatch(/Ada; tenant {7}\S+; permissions {2}SecurityEvents\.Read\.All$/);
});

test("roles, name and redirect addresses of an application can be changed; its secret stays", async () => {
  const data = temporaryFolder();
  const add = ["app", "add", "--data", data, "--name", "App", "--tenant", "contoso.com", "--client-id", "a-1", "--redirect-uri", "https://a.contoso.com/"];
  await secgraph(add);
  const set = (...more: readonly string[]) => secgraph(["app", "set", "a-1", "--data", data, ...more]);
  const listed = async () => (await secgraph(["app", "list", "--data", data])).out.replaceAll(/\n +/g, "; ").trim();
  const secret = /secrets {2}([^;]+)/.exec(await listed())![1]!;
  expect(await set()).toMatchObject({ code: 1, error: expect.stringContaining("Nothing to change") });
  expect(await set("--redirect-uri", "http://a.contoso.com/")).toMatchObject({ code: 1, error: expect.stringContaining("cannot be used") });
  expect(await secgraph(["app", "set", "a-2", "--data", data, "--name", "B"])).toMatchObject({ code: 1, error: "secgraph: There is no application a-2.\n" });
  expect((await set("--roles", "SecurityEvents.Read.All", "--redirect-uri", "http://localhost", "https://b.contoso.com/")).code).toBe(0);
  expect(await listed()).toMatch(/^a-1 {2}App; .*roles {4}SecurityEvents\.Read\.All; .*leads to http:\/\/localhost; leads to https:\/\/b\.contoso\.com\/$/);
  expect((await set("--roles", "", "--name", "New", "--no-redirect-uris")).code).toBe(0);
  expect(await listed()).toMatch(/^a-1 {2}New; .*roles *; secrets/);
  expect(await listed()).toContain(secret);
  expect(await listed()).not.toContain("leads to");
});

test("signing keys are listed and rotated, later or at once", async () => {
  const data = temporaryFolder();
  const key = async (...more: readonly string[]) => secgraph(["key", ...more, "--data", data]);
  expect((await key("list")).out).toMatch(/^\S{43} {2}made \S+ {2}signs\n$/);
  expect((await key("rotate")).out).toMatch(/^Key \S{43} is published and signs from \S+\.\n$/);
  expect(await key("rotate")).toMatchObject({ code: 1, error: expect.stringContaining("The next key is there already") });
  expect((await key("list")).out).toMatch(/^\S+ {2}made \S+ {2}signs from \S+\n\S+ {2}made \S+ {2}signs\n$/);
  expect((await key("rotate", "--at-once")).out).toMatch(
    /^Key \S{43} signs from now on, and no other is believed: every token of before ends within a second\./,
  );
  expect((await key("list")).out).toMatch(/^\S{43} {2}made \S+ {2}signs\n$/);
});
