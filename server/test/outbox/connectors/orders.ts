import type { JsonObject } from "../../../src/base/json.ts";
import type { Order } from "../../../src/outbox/dispatch/connection.ts";

/** An order of BlockIp for 203.0.113.9, with ten seconds' time. */
export function orderOf(kind: string, settings: JsonObject, more: Partial<Order> = {}): Order {
  return {
    hub: "hub-1",
    tenant: "11111111-1111-4111-8111-111111111111",
    connector: {
      id: "connector-1",
      kind,
      actions: [
        { name: "BlockIp", targetParameters: ["ip"] },
        { name: "UnblockIp", targetParameters: ["ip"] },
      ],
      [kind]: settings,
    },
    secrets: [],
    action: {
      id: "0199b3ac-0000-7000-8000-000000000001",
      name: "BlockIp",
      parameters: { ip: "203.0.113.9" },
      reason: "seen",
      clientContext: null,
      duration: null,
    },
    attempt: 1,
    fencingToken: 7,
    reportTo: "security/securityActions('0199b3ac-0000-7000-8000-000000000001')",
    deadline: Date.now() + 10_000,
    ...more,
  };
}

/** The same with another action of it. */
export function withAction(order: Order, action: Partial<Order["action"]>): Order {
  return { ...order, action: { ...order.action, ...action } };
}
