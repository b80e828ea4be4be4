import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { settings } from "../../src/cli/settings.ts";
import type { Setting } from "../../src/cli/settings.ts";
import { metricFamilies } from "../../src/http/metricFamilies.ts";
import { processRegistry } from "../../src/http/metrics.ts";
import { root } from "../process/server.ts";
import { dockerStages, isSent, sentFiles } from "./dockerfile.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

test.each(["Dockerfile", "deploy/compose.yaml", "deploy/secgraph.service"])("%s names settings that are there", (path) => {
  const all: readonly Setting<unknown>[] = Object.values(settings);
  const known = new Set(all.map(({ env }) => env));
  const named = [...read(path).matchAll(/SECGRAPH_[A-Z_]+/g)].map(([name]) => name);
  expect([named.length > 0, named.filter((name) => !known.has(name))]).toEqual([true, []]);
});

describe("the image", () => {
  const [last] = dockerStages().toReversed();
  const of = (name: string): readonly string[] => last!.instructions.filter((one) => one.name === name).map(({ text }) => text);

  test("runs as a numbered user that is not root, with a health check, a volume and a signal", () => {
    expect(of("USER")).toEqual(["10001:10001"]);
    expect(of("HEALTHCHECK")).toEqual([expect.stringMatching(/^CMD \["node", "-e", ".*\/healthz.*"\]$/)]);
    expect([of("VOLUME"), of("STOPSIGNAL"), of("CMD")]).toEqual([["/data"], ["SIGTERM"], ['["serve"]']]);
  });

  test("is sent neither data nor secrets nor tests", () => {
    const sent = sentFiles();
    for (const path of [
      "package.json",
      "package-lock.json",
      ".npmrc",
      "run.mjs",
      "LICENSE",
      "README.md",
      "server/package.json",
      "server/src/cli/main.ts",
      "tools/build.ts",
      "tsconfig.base.json",
      "docs/README.md",
    ])
      expect(sent).toContain(path);
    expect(sent.filter((path) => !/^(?:docs|tools|server\/src)\/|^[^/]+$|^server\/[^/]+$/.test(path))).toEqual([]);
    for (const path of [
      "data/secgraph.sqlite",
      "server/data/x",
      ".git/config",
      ".env",
      "server/test/x.ts",
      "node_modules/x",
      "server/node_modules/x",
      "secgraph-0.1.0.tgz",
      "passphrase",
    ])
      expect([path, isSent(path)]).toEqual([path, false]);
  });
});

describe("the systemd unit", () => {
  const unit = read("deploy/secgraph.service");

  test("starts the published program", () => {
    const { bin } = JSON.parse(read("server/package.json")) as { readonly bin: { readonly secgraph: string } };
    expect(unit).toContain(`ExecStart=/usr/bin/node /opt/secgraph/node_modules/secgraph/${bin.secgraph} serve\n`);
  });

  const analyse = spawnSync("systemd-analyze", ["--version"], { encoding: "utf8" });
  test.skipIf(analyse.status !== 0)("is understood by systemd, and closes what can be closed (skipped where there is no systemd-analyze)", () => {
    const folder = mkdtempSync(join(tmpdir(), "secgraph-unit-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "secgraph.service");
    writeFileSync(file, unit.replace("/usr/bin/node", process.execPath));
    const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    expect([verified.stderr, verified.stdout, verified.status]).toEqual(["", "", 0]);
    const security = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], { encoding: "utf8" });
    const exposure = Number(/Overall exposure level for secgraph\.service: ([\d.]+)/.exec(security.stdout)?.[1]);
    expect(exposure, security.stdout + security.stderr).toBeLessThan(2);
  });
});

test("the dashboard asks for metrics that are there", async () => {
  const { panels } = JSON.parse(read("deploy/grafana-dashboard.json")) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  const known = new Set([...Object.keys(metricFamilies), ...(await processRegistry()).getMetricsAsArray().map(({ name }) => name)]);
  const asked = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => [...expr.matchAll(/(?:secgraph|process|nodejs)_\w+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ""))),
  );
  expect([asked.length > 20, asked.filter((name) => !known.has(name))]).toEqual([true, []]);
});
