import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { logEvents } from "../../src/cli/log/logEvents.ts";
import { limitSettings } from "../../src/cli/limitSettings.ts";
import { outgoingSettings } from "../../src/cli/outgoingSettings.ts";
import { retentionSettings } from "../../src/cli/retentionSettings.ts";
import { metricFamilies } from "../../src/http/metricFamilies.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/explanation/dispatch.md"), "utf8");

test("docs/explanation/dispatch.md knows every state, switch, setting, metric and event of the dispatch, and no others", () => {
  const model = createModel(securityGraph);
  const membersOf = (name: string): string[] => {
    const type = model.findType(`microsoft.graph.${name}`);
    return type?.kind === "enum" ? type.members.map((member) => member.name).filter((member) => member !== "unknownFutureValue") : [];
  };
  const rows = (heading: string): string[] => {
    const table = page.slice(page.indexOf(heading)).split("\n\n")[0]!;
    return table
      .split("\n")
      .slice(2)
      .flatMap((row) => [...row.split("|")[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  };
  expect(rows("| `dispatch/status` |").toSorted()).toEqual(membersOf("securityActionDispatchStatus").toSorted());
  expect(rows("| state | new attempts")).toEqual(membersOf("securityActionControlState"));
  const settings = Object.values({ ...outgoingSettings, ...limitSettings, ...retentionSettings }).map(({ env }): string => env);
  for (const [name] of page.matchAll(/SECGRAPH_\w+/g)) expect(settings).toContain(name);
  for (const [name] of page.matchAll(/secgraph_\w+/g)) expect(Object.keys(metricFamilies)).toContain(name);
  for (const [, name] of page.matchAll(/`(action\.\w+)`/g)) expect(Object.keys(logEvents)).toContain(name);
});
