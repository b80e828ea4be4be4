import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { buildApp } from "../../src/cli/buildApp.ts";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { openLog } from "../../src/cli/log/openLog.ts";
import { startServer } from "../../src/cli/startServer.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { temporaryFolder } from "./program.ts";

const off = { PORT: "0", SECGRAPH_TLS_PORT: "off", SECGRAPH_SEED: "off", SECGRAPH_AUTH: "none", SECGRAPH_BUILTIN_ISSUER: "off" };
const read = (env: Readonly<Record<string, string>>) => readConfiguration("development", { flags: {}, env: { ...off, ...env } });

test.each([
  [{}, ["forget expired", "keep change log"]],
  [{ SECGRAPH_SCORE_DAYS: "400" }, ["forget expired", "keep change log", "remove old secureScores"]],
  [{ SECGRAPH_AUDIT_DAYS: "400", SECGRAPH_AUDIT_CHECKPOINTS: "log" }, ["audit checkpoints", "forget expired", "keep audit trail", "keep change log"]],
])("a server with %j plans its upkeep once", async (env, kinds) => {
  const folder = temporaryFolder();
  const configuration = read({ SECGRAPH_DATA: folder, ...env });
  const { close } = await startServer(configuration, buildApp, openLog(configuration));
  onTestFinished(close);
  const reader = nodeSqlite.open(join(folder, "secgraph.sqlite"), { readOnly: true });
  onTestFinished(() => reader.close());
  const planned = () => reader.prepare(`SELECT "kind" FROM "leased_work" ORDER BY "kind"`).all([]);
  await vi.waitFor(() => expect(planned()).toEqual(kinds.map((kind) => [kind])));
});

test("how long things are kept is a number of days, or off", () => {
  expect(read({ SECGRAPH_CHANGE_LOG_DAYS: "7", SECGRAPH_SCORE_DAYS: "OFF" })).toMatchObject({ changeLogDays: 7, scoreDays: "off" });
  for (const text of ["0", "-1", "soon", "1.5", "36501"]) {
    expect(() => read({ SECGRAPH_CHANGE_LOG_DAYS: text })).toThrow(`SECGRAPH_CHANGE_LOG_DAYS is '${text}'; expected a whole number`);
  }
});
