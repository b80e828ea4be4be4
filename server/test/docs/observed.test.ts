import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logsPage } from "../../../tools/docs/logs.ts";
import { metricsPage } from "../../../tools/docs/metrics.ts";

const committed = (name: string): string => readFileSync(join(import.meta.dirname, "../../../docs/reference", name), "utf8").replaceAll("\r\n", "\n");

test("docs/reference/logs.md is what the log can tell (else: node run.mjs tools/docs/write.ts)", () => {
  expect(committed("logs.md")).toBe(logsPage());
});

test("docs/reference/metrics.md is what the registry has (else: node run.mjs tools/docs/write.ts)", async () => {
  // The process' own families differ between systems: the page has Linux'.
  const own = (text: string): string => text.slice(0, text.indexOf("## Of the process"));
  expect(own(committed("metrics.md"))).toBe(own(await metricsPage()));
  const page = committed("metrics.md");
  for (const [, name] of (await metricsPage()).matchAll(/^\| `((?:process|nodejs)_\w+)` \|/gm)) expect(page).toContain(`\`${name}\``);
});
