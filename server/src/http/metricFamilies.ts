/** A family of metrics: what is written in its head and what `docs/reference/metrics.md` says of it. */
interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * Every family of our own. Labels are names of the model, of HTTP and of this program: there are as many series as
 * these, whatever clients send and whoever they are.
 */
export const metricFamilies = {
  secgraph_build_info: { type: "gauge", help: "1; what runs stands in the labels.", labels: ["version", "node", "sqlite"] },
  secgraph_http_requests_total: {
    type: "counter",
    help: "Answered requests by kind of path, route as a template, method, status and code of the refusal.",
    labels: ["kind", "route", "method", "status", "code"],
  },
  secgraph_http_request_duration_seconds: {
    type: "histogram",
    help: "Time from a request's head to its answer.",
    labels: ["kind", "route", "method"],
  },
  secgraph_stage_duration_seconds: { type: "histogram", help: "Time in each stage of a request; Server-Timing has the same names.", labels: ["stage"] },
  secgraph_http_connections: { type: "gauge", help: "Open connections of all listeners.", labels: [] },
  secgraph_http_requests_running: { type: "gauge", help: "Requests in work.", labels: [] },
  secgraph_http_requests_waiting: { type: "gauge", help: "Requests that wait for a place among those in work.", labels: [] },
  secgraph_http_buffered_bytes: { type: "gauge", help: "Bytes in memory: request bodies, and answers that clients have not taken yet.", labels: ["what"] },
  secgraph_overload_shed_total: { type: "counter", help: "Requests that got 503 because the server had too much to do.", labels: [] },
  secgraph_throttled_total: {
    type: "counter",
    help: "Requests that got 429, by who called (application, delegated) and what (read, write).",
    labels: ["caller", "access"],
  },
  secgraph_connection_faults_total: {
    type: "counter",
    help: "Connections that brought no request that could be read, by layer (http, tls) and reason; they are in no other count.",
    labels: ["layer", "reason"],
  },
  secgraph_idempotent_total: {
    type: "counter",
    help: "Writes with a key known before: replayed (the kept answer was given), conflict (another body), running (the first was still in work).",
    labels: ["outcome"],
  },
  secgraph_store_writes_waiting: { type: "gauge", help: "Writes that wait for their transaction.", labels: [] },
  secgraph_store_group_size: { type: "histogram", help: "Writes that shared a transaction.", labels: [] },
  secgraph_store_commit_duration_seconds: { type: "histogram", help: "Time of a transaction until it was on disk.", labels: [] },
  secgraph_store_commit_failures_total: { type: "counter", help: "Transactions that could not be written.", labels: [] },
  secgraph_store_ready: { type: "gauge", help: "0 while writes are refused.", labels: [] },
  secgraph_store_data_bytes: { type: "gauge", help: "Size of the data file.", labels: [] },
  secgraph_store_wal_bytes: { type: "gauge", help: "Size of the write-ahead log.", labels: [] },
  secgraph_store_checkpoints_total: { type: "counter", help: "How often the write-ahead log began anew after a checkpoint.", labels: [] },
  secgraph_store_checkpoint_failures_total: {
    type: "counter",
    help: "How often the write-ahead log, grown beyond its usual size, could not be brought into the data file.",
    labels: [],
  },
  secgraph_store_rows: { type: "gauge", help: "Rows of each set over all hubs, counted at most once a minute.", labels: ["set"] },
  secgraph_pool_workers: {
    type: "gauge",
    help: "Reading workers, for queries that may read a whole collection; with PostgreSQL connections, and how many of them do that.",
    labels: ["state"],
  },
  secgraph_pool_waiting: { type: "gauge", help: "Queries that wait for a reading worker, or for their turn at PostgreSQL.", labels: [] },
  secgraph_replica_used: { type: "gauge", help: "1 while a standby answers reads, 0 while it is left out: gone, or too far behind.", labels: ["replica"] },
  secgraph_replica_lag_seconds: { type: "gauge", help: "Seconds that a standby is behind the primary, where that is known.", labels: ["replica"] },
  secgraph_replica_reads_total: { type: "counter", help: "Reads that a standby has answered.", labels: ["replica"] },
  secgraph_pool_stopped_total: { type: "counter", help: "Reading workers that were replaced, by reason: time, memory or a fault.", labels: ["reason"] },
  secgraph_subscriptions: {
    type: "gauge",
    help: "Subscriptions that this server looks after: healthy, failing (the endpoint does not take what it is sent), faulty (something is wrong with them here).",
    labels: ["state"],
  },
  secgraph_actions: {
    type: "gauge",
    help: "Actions by state: waiting (for their turn, a next attempt or a connector) and dead (letters), as counted when this server last looked after their hub; running (a connector is being called here).",
    labels: ["state"],
  },
  secgraph_lease_waits: { type: "gauge", help: "Calls of `lease` that wait for work.", labels: [] },
  secgraph_action_attempts_total: {
    type: "counter",
    help: "Attempts of actions by what came of them: completed, accepted, failed, busy, unknown, cancelled; accepted work that goes on counts with every look at it.",
    labels: ["outcome"],
  },
  secgraph_action_latency_seconds: { type: "histogram", help: "Time from when an action was due until its connector was called.", labels: [] },
  secgraph_connector_duration_seconds: { type: "histogram", help: "Time of the calls of connectors, by their kind.", labels: ["kind"] },
  secgraph_notifications_total: {
    type: "counter",
    help: "Change notifications by outcome: delivered, failed (sent again later), dropped (given up).",
    labels: ["outcome"],
  },
  secgraph_notification_delay_seconds: {
    type: "histogram",
    help: "Time from a change to its delivery; of changes that were told together, from the first.",
    labels: [],
  },
  secgraph_egress_calls_total: {
    type: "counter",
    help: "Outgoing calls by purpose (keys, notification, connector, checkpoint) and outcome: the class of the status, or why there was no answer.",
    labels: ["purpose", "outcome"],
  },
  secgraph_egress_duration_seconds: { type: "histogram", help: "Time of an outgoing call, waiting for its turn included.", labels: ["purpose"] },
  secgraph_egress_calls: { type: "gauge", help: "Outgoing calls that run and that wait for their turn.", labels: ["state"] },
  secgraph_egress_pools: { type: "gauge", help: "Destinations to which connections are kept.", labels: [] },
} as const satisfies Readonly<Record<string, Family>>;

/** The name of a family. */
export type MetricName = keyof typeof metricFamilies;
