import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { createModel } from "../../../src/edm/createModel.ts";
import { connectorSettings } from "../../../src/graph/connectorSettings.ts";
import { keyValuePair } from "../../../src/graph/keyValuePair.ts";
import { settingFaults } from "../../../src/graph/rules/settingFaults.ts";

const actions = [{ name: "BlockIp" }, { name: "UnblockIp" }];
const url = "https://fw.example/";
const faults = (connector: JsonObject): string[] => settingFaults({ actions, ...connector }).map(({ target, message }) => `${target} | ${message}`);

describe("a connector is taken when its settings hold", () => {
  test.each([
    { kind: "http", http: { url } },
    {
      kind: "http",
      http: {
        requests: [
          { action: "BlockIp", url },
          { action: "UnblockIp", url: `${url}{parameters.ip}`, method: "DELETE" },
        ],
      },
    },
    { kind: "http", http: { url, statusPointer: "/a~1b", completedValues: ["ok"], poll: { url: `${url}{handle}` }, cancel: { url, method: "DELETE" } } },
    { kind: "http", http: { url }, credentials: [{ scheme: "bearer" }, { scheme: "hmac" }, { scheme: "mtls" }] },
    { kind: "openc2", openc2: { url } },
    {
      kind: "openc2",
      openc2: {
        url,
        actuator: '{"slpf":{"asset_id":"30"}}',
        commands: [{ action: "BlockIp", command: "deny", target: '{"ipv4_connection":{"dst_addr":"{parameters.ip}"}}' }],
      },
    },
    { kind: "exec", exec: { program: "firewall", arguments: ["--table", "a b"] } },
    { kind: "pull", pull: { leaseSeconds: 30 } },
    { kind: "pull" },
    {
      kind: "mock",
      mock: {
        outcomes: [
          { action: null, outcome: "retry" },
          { outcome: "completed", milliseconds: 5 },
        ],
      },
    },
  ] as const)("%j", (connector) => {
    expect(faults(connector as unknown as JsonObject)).toEqual([]);
  });
});

describe("all faults are named by their place", () => {
  test.each([
    [{ kind: "smoke" }, ["kind | 'smoke' is none of http, openc2, exec, pull, mock."]],
    [{ kind: "constructor" }, ["kind | 'constructor' is none of http, openc2, exec, pull, mock."]],
    [{ kind: "http" }, ["http | A connector of the kind 'http' needs its settings 'http'."]],
    [{ kind: "mock", http: { url } }, ["http | A connector of the kind 'mock' has no settings 'http'."]],
    [{ kind: "http", http: {} }, ["http/url | an address is needed."]],
    [{ kind: "http", http: { requests: [{ action: "BlockIp", url }] } }, ["http/url | an address is needed."]],
    [
      {
        kind: "http",
        http: { url: "https://{parameters.h}/", body: "{", requests: [{ action: "Other" }, { action: "BlockIp", method: "GET", url }, { action: "BlockIp" }] },
      },
      [
        /^http\/url \| an address begins with/,
        /^http\/body \| this is no JSON document/,
        "http/requests[0]/action | this connector has no action 'Other'; it has BlockIp, UnblockIp.",
        "http/requests[1]/body | a GET has no body (at character 1).",
        "http/requests[2]/action | the action 'BlockIp' has its request already.",
      ],
    ],
    [
      { kind: "http", http: { url, statusPointer: "a", completedValues: ["x"], failedValues: ["x"], pollSeconds: 0, poll: { url: "x" } } },
      [
        "http/statusPointer | a JSON Pointer begins with '/', as in /result/state.",
        "http/failedValues | 'x' is among completedValues too.",
        "http/pollSeconds | 1 to 86400 seconds (not 0).",
        /^http\/poll\/url \| an address begins with/,
      ],
    ],
    [{ kind: "http", http: { url, runningValues: ["x"] } }, ["http/statusPointer | it is needed where values of it are named."]],
    [{ kind: "http", http: { url, statusPointer: "/s" } }, ["http/completedValues | no value is named that means that it is done."]],
    [
      { kind: "http", http: { url }, credentials: [{ scheme: "bearer" }, { scheme: "basic" }] },
      ["credentials | bearer and basic both fill the field Authorization: one of them is enough."],
    ],
    [{ kind: "pull", credentials: [{ scheme: "bearer" }] }, ["credentials | A connector of the kind 'pull' has no use for credentials 'bearer'."]],
    [{ kind: "openc2", actions: [{ name: "Isolate" }], openc2: { url } }, ["openc2/commands | what the action 'Isolate' becomes is to be named."]],
    [
      {
        kind: "openc2",
        openc2: {
          url: `${url}{action.id}`,
          actuator: "[]",
          commands: [
            { action: "BlockIp", command: "smite", target: "device" },
            { action: "X", command: "deny", target: "uri" },
            { action: "UnblockIp", command: "allow", target: '{"ip_net":"x"}', arguments: '{"a":"{b}"}' },
          ],
        },
      },
      [
        "openc2/url | the address of a consumer has no placeholders.",
        /^openc2\/commands\[0\]\/command \| .*'smite' is no action of OpenC2; it has scan, locate/,
        /^openc2\/commands\[0\]\/target \| .*'device' is no target whose value is a text/,
        "openc2/commands[1]/action | this connector has no action 'X'.",
        /^openc2\/commands\[2\]\/target \| .*a target is an object with one member that is a target of OpenC2 \(not ip_net\)/,
        /^openc2\/commands\[2\]\/arguments \| .*{b} stands for nothing/,
        /^openc2\/actuator \| .*a JSON object is needed/,
      ],
    ],
    [{ kind: "exec", exec: { program: "/bin/sh", arguments: ["a\0"] } }, [/^exec\/program \|/, /^exec\/arguments\[0\] \|/]],
    [{ kind: "pull", pull: { leaseSeconds: 4 } }, ["pull/leaseSeconds | 5 to 3600 seconds (not 4)."]],
    [
      { kind: "mock", mock: { outcomes: [{ action: "X", outcome: "completed", milliseconds: -1 }] } },
      [/^mock\/outcomes\[0\]\/action \|/, /^mock\/outcomes\[0\]\/milliseconds \|/],
    ],
  ])("%j", (connector, expected) => {
    const found = faults(connector);
    expect(found).toHaveLength(expected.length);
    for (const [index, one] of expected.entries()) {
      if (typeof one === "string") expect(found[index]).toBe(one);
      else expect(found[index]).toMatch(one);
    }
  });
});

test("each kind has a type of its own", () => {
  const resources = [keyValuePair, { name: "settings", types: connectorSettings }];
  const { findType } = createModel({ namespace: "microsoft.graph", container: "GraphService", resources });
  for (const kind of ["Http", "OpenC2", "Exec", "Pull", "Mock"]) expect(findType(`microsoft.graph.security${kind}Settings`)).toBeDefined();
});
