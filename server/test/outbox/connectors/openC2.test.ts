import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { openC2Connection } from "../../../src/outbox/connectors/openc2/openC2Connection.ts";
import type { Order, Report } from "../../../src/outbox/dispatch/connection.ts";
import { openEgress, plainHere } from "../../egress/grounds.ts";
import { openConsumer, type Consumer } from "./openC2Consumer.ts";
import { orderOf, withAction } from "./orders.ts";

const never = new AbortController().signal;
const connect = () => openC2Connection({ egress: openEgress({ allow: plainHere }), clock: Date.now });
const deliver = (order: Order): Promise<Report> => connect().deliver(order, never);
const orderTo = ({ url }: Consumer, more: JsonObject = {}): Order => orderOf("openc2", { url, ...more });

describe("an action becomes a command", () => {
  test.each(["v1_0", "v1_1"])("by transfer %s, and a repetition of it has no second effect", async (transfer) => {
    const consumer = await openConsumer();
    const order = orderTo(consumer, { transfer, actuator: '{"slpf":{"asset_id":"{connector.id}"}}' });
    for (const attempt of [1, 2]) expect(await deliver({ ...order, attempt })).toMatchObject({ kind: "completed", statusCode: 200 });
    expect([...consumer.rules]).toEqual([[1, "deny 203.0.113.9"]]);
    const [first, second] = consumer.requests;
    expect(first!.command).toEqual({
      action: "deny",
      target: { ipv4_net: "203.0.113.9" },
      args: { response_requested: "complete" },
      actuator: { slpf: { asset_id: "connector-1" } },
      command_id: "0199b3ac-0000-7000-8000-000000000001",
    });
    expect(second!.headers["x-request-id"]).not.toBe(first!.headers["x-request-id"]);
    expect(second!.headers["cache-control"]).toBe("no-cache");
  });

  test.each([
    ["BlockIp", "2001:DB8:0::1", { action: "deny", target: { ipv6_net: "2001:db8::1" } }],
    ["BlockIp", "203.0.113.0/24", { action: "deny", target: { ipv4_net: "203.0.113.0/24" } }],
    ["UnblockIp", "203.0.113.9", { action: "allow", target: { ipv4_net: "203.0.113.9" } }],
  ])("%s of %s", async (name, ip, command) => {
    const consumer = await openConsumer();
    expect(await deliver(withAction(orderTo(consumer), { name, parameters: { ip } }))).toMatchObject({ kind: "completed" });
    expect(consumer.requests[0]!.command).toMatchObject(command);
  });

  test("as its mapping says: target, arguments and times of its own", async () => {
    const consumer = await openConsumer();
    const commands = [
      { action: "BlockIp", command: "deny", target: "ipv4_net", parameter: "address", arguments: '{"duration":"{duration}","slpf":{"direction":"ingress"}}' },
      { action: "UnblockIp", command: "delete", target: "slpf:rule_number", parameter: "rule" },
    ];
    const order = orderTo(consumer, { commands });
    await deliver(withAction(order, { parameters: { address: "203.0.113.9", note: "x" }, duration: "P1DT1H0.5S" }));
    expect(consumer.requests[0]!.command).toMatchObject({
      action: "deny",
      target: { ipv4_net: "203.0.113.9" },
      args: { duration: 90_000_500, slpf: { direction: "ingress" }, response_requested: "complete" },
    });
    expect(await deliver(withAction(order, { id: "0199b3ac-0000-7000-8000-000000000002", name: "UnblockIp", parameters: { rule: "1" } }))).toMatchObject({
      kind: "completed",
    });
    expect(consumer.requests[1]!.command).toMatchObject({ action: "delete", target: { "slpf:rule_number": 1 } });
    expect(consumer.rules.size).toBe(0);
  });

  test.each([
    '203.0.113.9","x":"',
    "203.0.113.9/33",
    "203.0.113.09",
    "0x7f000001",
    "fe80::1%eth0",
    "::1/129",
    "any",
    "",
    "203.0.113.9\u0000",
    "203.0.113.9/8/8",
  ])("but not with what is no address: %j", async (ip) => {
    const consumer = await openConsumer();
    expect(await deliver(withAction(orderTo(consumer), { parameters: { ip } }))).toMatchObject({ kind: "failed", retry: false, error: { code: "parameters" } });
    expect(consumer.requests).toEqual([]);
  });
});

describe("a response means", () => {
  test.each([
    [{ response: { status: 102 } }, { kind: "accepted", handle: "0199b3ac-0000-7000-8000-000000000001", pollAfter: 5000 }],
    [{ response: { status: 200, results: { slpf: { rule_number: 1 } } } }, { kind: "completed" }],
    [
      { response: { status: 400, status_text: "no" } },
      { kind: "failed", retry: false, error: { code: "openc2-400", message: "The consumer answered 400: no" } },
    ],
    [{ response: { status: 401 } }, { kind: "failed", retry: false }],
    [{ response: { status: 403 } }, { kind: "failed", retry: false }],
    [{ response: { status: 404 } }, { kind: "failed", retry: false }],
    [{ response: { status: 500 } }, { kind: "failed", retry: true }],
    [{ response: { status: 501 } }, { kind: "failed", retry: false }],
    [{ response: { status: 503 } }, { kind: "failed", retry: true }],
    [
      { response: { status: 503 }, headers: { "retry-after": "3" } },
      { kind: "busy", retryAfter: 3000 },
    ],
    // The status of the response counts, whatever carried it.
    [
      { http: 200, response: { status: 500 } },
      { kind: "failed", retry: true },
    ],
    [{ http: 502, text: "<html>" }, { kind: "unknown" }],
    [
      { http: 401, text: "" },
      { kind: "failed", retry: false },
    ],
    [
      { http: 200, text: "" },
      { kind: "unknown", error: { code: "rubbish" } },
    ],
    [
      { http: 200, text: '{"status":"200"}' },
      { kind: "unknown", error: { code: "rubbish" } },
    ],
    [
      { http: 200, text: "[".repeat(60_000) },
      { kind: "unknown", error: { code: "rubbish" } },
    ],
    [
      { response: { status: 200 }, headers: { "x-request-id": "of-another" } },
      { kind: "unknown", error: { code: "rubbish" } },
    ],
  ])("%.80j", async (instead, report) => {
    const consumer = await openConsumer();
    consumer.instead = () => instead;
    expect(await deliver(orderTo(consumer))).toMatchObject(report);
  });
});

describe("a command that is being processed", () => {
  test("is asked for until it is done, and ended by cancel", async () => {
    const consumer = await openConsumer();
    let asked = 0;
    consumer.instead = ({ action }) => {
      asked += action === "query" ? 1 : 0;
      return { response: { status: action === "cancel" || asked > 1 ? 200 : 102 } };
    };
    const { poll, cancel } = connect();
    const order = orderTo(consumer, { pollSeconds: 2 });
    expect(await deliver(order)).toMatchObject({ kind: "accepted", pollAfter: 2000 });
    expect(await poll!(order, order.action.id, never)).toMatchObject({ kind: "accepted", pollAfter: 2000 });
    expect(await poll!(order, order.action.id, never)).toMatchObject({ kind: "completed" });
    expect(await cancel!(order, order.action.id, never)).toMatchObject({ kind: "completed" });
    expect(consumer.requests.map(({ command: { action, target } }) => [action, target]).slice(1)).toEqual([
      ["query", { command: order.action.id }],
      ["query", { command: order.action.id }],
      ["cancel", { command: order.action.id }],
    ]);
  });

  test("goes on where the consumer cannot say how it stands", async () => {
    const consumer = await openConsumer();
    const { poll } = connect();
    consumer.instead = () => ({ response: { status: 501 } });
    expect(await poll!(orderTo(consumer), "x", never)).toMatchObject({ kind: "accepted", pollAfter: 300_000 });
    expect(await poll!(orderOf("openc2", { url: "http://127.0.0.1:1/" }), "x", never)).toMatchObject({ kind: "accepted" });
  });
});

test("a consumer is tried by asking what it can do", async () => {
  const consumer = await openConsumer();
  const { test: tried } = connect();
  const report = await tried!(orderTo(consumer), never);
  expect(report).toMatchObject({ kind: "completed" });
  expect(report.response).toContain('"profiles":["slpf"]');
  expect(consumer.requests[0]!.command).toMatchObject({ action: "query", target: { features: ["versions", "profiles", "pairs", "rate_limit"] } });
  consumer.instead = () => ({ response: { status: 401, status_text: "who?" } });
  expect(await tried!(orderTo(consumer), never)).toMatchObject({ kind: "failed", error: { message: "The consumer answered 401: who?" } });
});
