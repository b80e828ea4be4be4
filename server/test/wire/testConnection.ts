import type { Connection, Order, Report } from "../../src/outbox/dispatch/connection.ts";

/** A connection that does what a test says, and keeps what it was told. */
export interface TestConnection extends Connection {
  readonly orders: Order[];
  readonly cancels: string[];
  /** What comes of an order; completed unless a test says otherwise. */
  answer: (order: Order, signal: AbortSignal) => Promise<Report> | Report;
  onPoll: (order: Order, handle: string) => Promise<Report> | Report;
  onCancel: (order: Order, handle: string | undefined) => Promise<Report> | Report;
  /** The orders, once there are so many. */
  readonly until: (count: number) => Promise<readonly Order[]>;
}

/** Makes one. */
export function testConnection(): TestConnection {
  const orders: Order[] = [];
  const cancels: string[] = [];
  const waiting = new Set<() => void>();
  const connection: TestConnection = {
    orders,
    cancels,
    answer: () => ({ kind: "completed" }),
    onPoll: () => ({ kind: "accepted" }),
    onCancel: () => ({ kind: "completed" }),
    async deliver(order, signal) {
      orders.push(order);
      for (const look of waiting) look();
      return connection.answer(order, signal);
    },
    poll: async (order, handle) => connection.onPoll(order, handle),
    async cancel(order, handle) {
      cancels.push(order.action.id);
      return connection.onCancel(order, handle);
    },
    async until(count) {
      if (orders.length >= count) return orders;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${orders.length} of ${count} orders came.`)), 60_000);
        const look = (): void => {
          if (orders.length < count) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      });
      return orders;
    },
  };
  return connection;
}
