import { expect, test } from "vitest";
import { readConfiguration } from "../../src/cli/configuration.ts";

const read = (text?: string) => readConfiguration("development", { flags: {}, env: text === undefined ? {} : { SECGRAPH_EXEC_ALLOW: text } }).execAllow;

test("SECGRAPH_EXEC_ALLOW names programs, for one tenant or all, and none by itself", () => {
  expect(read()).toEqual([]);
  const tenant = "22222222-2222-4222-8222-222222222222";
  expect(read(`firewall=/opt/firewall.mjs, ${tenant}/mail=/opt/mail`)).toEqual([
    { name: "firewall", path: "/opt/firewall.mjs" },
    { name: "mail", path: "/opt/mail", tenant },
  ]);
  expect(() => read("firewall")).toThrow(/SECGRAPH_EXEC_ALLOW.*name=\/path\/of\/program/);
});
