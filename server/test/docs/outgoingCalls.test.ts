import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { usualEgressLimits } from "../../src/egress/createEgress.ts";
import { egressReasons } from "../../src/egress/egressFault.ts";
import { codeBlocks } from "./codeBlocks.ts";

const path = join(import.meta.dirname, "../../../docs/how-to/outgoing-calls.md");
const page = readFileSync(path, "utf8");

test("the setting that the page shows is read as it says", () => {
  const [block] = codeBlocks(path).filter(({ info }) => info === "ini");
  const text = /^SECGRAPH_NOTIFY_ALLOW=(.*)$/m.exec(block!.text)![1]!;
  expect(readAllowedDestinations(text).map(({ name, port, plain }) => ({ name, port, plain }))).toEqual([
    { name: "hooks.internal", port: 8443, plain: false },
    { name: undefined, port: 443, plain: false },
    { name: undefined, port: "any", plain: false },
    { name: undefined, port: 9000, plain: true },
  ]);
});

test("what development allows stands on the page", () => {
  const [, text = ""] = /`(http:\/\/localhost[^`]*)`/.exec(page.replaceAll("\n", " ")) ?? [];
  expect(readConfiguration("development", { flags: {}, env: {} }).notifyAllow).toEqual(readAllowedDestinations(text));
  const production = { SECGRAPH_ISSUER: "https://login.example", SECGRAPH_AUDIENCE: "a", SECGRAPH_TENANTS: "t" };
  expect(readConfiguration("production", { flags: {}, env: production }).notifyAllow).toEqual([]);
});

test("a setting that cannot be read ends the program with what was expected", () => {
  const env = { SECGRAPH_NOTIFY_ALLOW: "hooks.internal:8443 10.0.0.0/8:443" };
  expect(() => readConfiguration("development", { flags: {}, env })).toThrow(
    /^SECGRAPH_NOTIFY_ALLOW is '.*'; expected host:port, .*\(not '10\.0\.0\.0\/8:443'\)\.$/,
  );
});

test("every reason why a call failed stands on the page, and the bounds do", () => {
  const rows = page
    .split("## When a call fails")[1]!
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name!));
  expect(named.toSorted()).toEqual(Object.keys(egressReasons).toSorted());
  const { running, runningEach, patience, headBytes } = usualEgressLimits;
  expect(page).toContain(`${runningEach} calls to one destination and ${running} in all are under way, others wait up to ${patience / 1000} s`);
  expect(page).toContain(`a head over ${headBytes / 1024} KB`);
});
