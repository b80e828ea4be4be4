import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification } from "vitest/node";
import type { Facts, FileFacts, Order } from "./runTests.ts";

/** How runTests.ts runs tests in a private copy: what it ordered, in its order, written down as a verdict. */
const root = join(import.meta.dirname, "../..");
const order = JSON.parse(readFileSync(join(root, ".mutation-order.json"), "utf8")) as Order;
const nameOf = (moduleId: string): string => relative(root, moduleId).replaceAll("\\", "/");

class AsOrdered extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => order.files.indexOf(nameOf(moduleId));
    return specifications.toSorted((one, other) => place(one) - place(other));
  }
}

class VerdictWriter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const verdict = { failed: [] as string[], passed: [] as string[], files: {} as Record<string, FileFacts> };
    for (const module of modules) {
      const file = nameOf(module.moduleId);
      const tests: Record<string, Facts> = {};
      const failures = verdict.failed.length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        const { key = test.fullName, reached = [] } = test.meta();
        if (state !== "passed" && state !== "failed") continue;
        verdict[state].push(`${file} > ${key}`);
        tests[key] = { seconds: (test.diagnostic()?.duration ?? 0) / 1000, reached };
      }
      if (module.state() === "failed" && verdict.failed.length === failures) verdict.failed.push(file);
      verdict.files[file] = { seconds: module.diagnostic().duration / 1000, reached: module.meta().reached ?? [], tests };
    }
    if (unhandled.length > 0) verdict.failed.push("an error outside any test");
    writeFileSync(join(root, ".mutation-verdict.json"), JSON.stringify(verdict));
  }
}

export default defineConfig({
  root,
  cacheDir: join(root, ".mutation-cache"),
  test: {
    pool: "forks",
    include: [...order.files],
    maxWorkers: order.workers,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    bail: order.bail ? 1 : 0,
    setupFiles: [join(import.meta.dirname, "noteReached.ts")],
    sequence: { sequencer: AsOrdered },
    reporters: ["default", new VerdictWriter()],
  },
});
