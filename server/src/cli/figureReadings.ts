import type { RunningDispatcher } from "../wiring/behindRequests.ts";
import type { Egress } from "../egress/createEgress.ts";
import { labelText } from "../http/writeMetrics.ts";
import type { Readings } from "../http/writeMetrics.ts";
import type { Listening } from "../http/listen.ts";
import type { NotifierFigures } from "../outbox/notify/startNotifying.ts";
import type { StoreFigures } from "../store/store.ts";
import { version } from "./version.ts";

/** What runs. */
export function buildReadings(): Readings {
  return { secgraph_build_info: [[labelText({ version: version(), node: process.version, sqlite: process.versions["sqlite"] ?? "" }), 1]] };
}

/** The store's figures as metrics. */
export function storeReadings({ writer, pool, files, rows, replicas = [] }: StoreFigures, ready: boolean): Readings {
  return {
    secgraph_store_writes_waiting: [["", writer.waiting]],
    secgraph_store_group_size: [["", writer.groups]],
    secgraph_store_commit_duration_seconds: [["", writer.commits]],
    secgraph_store_commit_failures_total: [["", writer.failures]],
    secgraph_store_ready: [["", ready ? 1 : 0]],
    secgraph_store_data_bytes: [["", files.data]],
    secgraph_store_wal_bytes: [["", files.log]],
    secgraph_store_checkpoints_total: [["", files.checkpoints]],
    secgraph_store_checkpoint_failures_total: [["", files.checkpointFailures]],
    secgraph_store_rows: [...rows].map(([set, count]) => [labelText({ set }), count]),
    secgraph_pool_workers: [
      [labelText({ state: "busy" }), pool.busy],
      [labelText({ state: "idle" }), pool.workers - pool.busy],
    ],
    secgraph_pool_waiting: [["", pool.waiting]],
    secgraph_replica_used: replicas.map(({ name, used }) => [labelText({ replica: name }), used ? 1 : 0]),
    secgraph_replica_lag_seconds: replicas.filter(({ lag }) => lag !== Infinity).map(({ name, lag }) => [labelText({ replica: name }), lag]),
    secgraph_replica_reads_total: replicas.map(({ name, reads }) => [labelText({ replica: name }), reads]),
    secgraph_pool_stopped_total: Object.entries(pool.stopped).map(([reason, count]) => [labelText({ reason }), count]),
  };
}

/** Change notifications as metrics; none of a model without subscriptions. */
export function notifierReadings(figures: NotifierFigures | undefined): Readings {
  if (figures === undefined) return {};
  const { subscriptions, notifications, delays } = figures;
  return {
    secgraph_subscriptions: Object.entries(subscriptions).map(([state, count]) => [labelText({ state }), count]),
    secgraph_notifications_total: Object.entries(notifications).map(([outcome, count]) => [labelText({ outcome }), count]),
    secgraph_notification_delay_seconds: [["", delays]],
  };
}

/** Outgoing calls as metrics. */
export function egressReadings({ outcomes, durations, running, waiting, pools }: ReturnType<Egress["figures"]>): Readings {
  return {
    secgraph_egress_calls_total: [...outcomes].flatMap(([purpose, counts]) =>
      [...counts].map(([outcome, count]) => [labelText({ purpose, outcome }), count] as const),
    ),
    secgraph_egress_duration_seconds: [...durations].map(([purpose, histogram]) => [labelText({ purpose }), histogram]),
    secgraph_egress_calls: [
      [labelText({ state: "running" }), running],
      [labelText({ state: "waiting" }), waiting],
    ],
    secgraph_egress_pools: [["", pools]],
  };
}

/** The dispatch of actions as metrics. */
export function dispatchReadings(figures: RunningDispatcher["figures"], leaseWaits: number): Readings {
  if (figures === undefined) return {};
  const { attempts, latency, calls, hubs, running } = figures;
  const total = (state: "waiting" | "deadLettered"): number => [...hubs.values()].reduce((sum, counts) => sum + counts[state], 0);
  return {
    secgraph_actions: [
      [labelText({ state: "waiting" }), total("waiting")],
      [labelText({ state: "running" }), running],
      [labelText({ state: "dead" }), total("deadLettered")],
    ],
    secgraph_lease_waits: [["", leaseWaits]],
    secgraph_action_attempts_total: [...attempts].map(([outcome, count]) => [labelText({ outcome }), count]),
    secgraph_action_latency_seconds: [["", latency]],
    secgraph_connector_duration_seconds: [...calls].map(([kind, histogram]) => [labelText({ kind }), histogram]),
  };
}

/** What the listeners have to do. */
export function listenerReadings({ load }: Pick<Listening, "load">): Readings {
  const { connections, running, waiting, bodyBytes, unsentBytes } = load();
  return {
    secgraph_http_connections: [["", connections]],
    secgraph_http_requests_running: [["", running]],
    secgraph_http_requests_waiting: [["", waiting]],
    secgraph_http_buffered_bytes: [
      [labelText({ what: "bodies" }), bodyBytes],
      [labelText({ what: "unsent" }), unsentBytes],
    ],
  };
}
