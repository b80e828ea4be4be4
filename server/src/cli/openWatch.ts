import { createEgress } from "../egress/createEgress.ts";
import type { Egress } from "../egress/createEgress.ts";
import { createCallTracing } from "../egress/traceCalls.ts";
import { createMetrics } from "../http/metrics.ts";
import type { Metrics } from "../http/metrics.ts";
import type { ConnectionFault } from "../http/connectionFault.ts";
import type { ListenSettings } from "../http/listen.ts";
import type { ShellSettings } from "../http/shell.ts";
import { createTracing } from "../http/traceRequests.ts";
import type { StoreEvents } from "../store/store.ts";
import type { AppParts } from "./appPort.ts";
import type { Configuration } from "./configuration.ts";
import { buildReadings, egressReadings } from "./figureReadings.ts";
import type { IdentityEvents } from "./identity.ts";
import type { Log } from "./log/createLog.ts";
import type { LogFields } from "./log/logEvents.ts";
import { createRequestLog } from "./log/requestLog.ts";
import { createTally } from "./log/tally.ts";
import { version } from "./version.ts";

/** Logs, metrics and traces of a server: who has to be told what. */
export interface Watch {
  readonly metrics: Metrics;
  readonly app: Pick<AppParts, "observe" | "onKnownKey" | "events" | "onWorkFault" | "onCheckpoint" | "onSubscriberTrouble" | "onActionTrouble">;
  readonly shell: Pick<ShellSettings, "metrics" | "observe" | "around" | "onError">;
  readonly identity: IdentityEvents;
  readonly onFault: ListenSettings["onFault"] & {};
  /** The way out, watched like the rest. */
  readonly egress: Egress;
}

/** Makes the metrics, and traces where an OpenTelemetry SDK was registered. */
export async function openWatch({ log: { access }, notifyAllow }: Configuration, log: Log): Promise<Watch> {
  const metrics = createMetrics();
  metrics.add(buildReadings);
  const requests = createRequestLog(log, access);
  const tracing = await createTracing(version());
  const trace = await createCallTracing(version());
  const egress = createEgress({ allow: notifyAllow, ...(trace === undefined ? {} : { trace }) });
  metrics.add(() => egressReadings(egress.figures()));
  const locked = createTally<LogFields<"signin.locked">>((about, count) => log.tell("signin.locked", { ...about, count }));
  const faulty = createTally<ConnectionFault>((fault, count) => log.tell("connection.faulty", { ...fault, count }));
  return {
    metrics,
    onFault(fault) {
      metrics.observeFault(fault);
      // Probes of load balancers connect and leave all the time.
      if (fault.reason !== "reset") faulty.count(`${fault.layer} ${fault.reason}`, fault);
    },
    egress,
    app: {
      observe(http, answer) {
        metrics.observeAnswer(http, answer);
        requests.handled(http, answer);
      },
      onKnownKey: metrics.observeIdempotency,
      events: storeEvents(log),
      onWorkFault: (error, kind) => log.tell("work.failed", { kind, error }),
      onSubscriberTrouble: (what, facts) => log.tell(`subscriber.${what}`, facts),
      onCheckpoint: ({ hub, number }, jws) => log.tell("audit.checkpoint", { hub, number, jws }),
      onActionTrouble: (what, facts) => log.tell(`action.${what}`, facts),
    },
    shell: {
      metrics,
      onError: requests.failed,
      ...(tracing === undefined
        ? { observe: requests.answered }
        : {
            around: tracing.around,
            observe(kind, raw, answer, milliseconds) {
              tracing.answered(kind, raw, answer);
              requests.answered(kind, raw, answer, milliseconds);
            },
          }),
    },
    identity: {
      onError: requests.failed,
      onLocked: (scope, seconds) => locked.count(scope, { scope, seconds }),
      onUnreachable: (issuer, error) => log.tell("issuer.unreachable", { issuer, error }),
    },
  };
}

function storeEvents(log: Log): StoreEvents {
  return {
    copied: (file) => log.tell("data.copied", { file }),
    migrated: (milliseconds) => log.tell("data.migrated", { milliseconds }),
    outgrown: () => log.tell("data.outgrown", {}),
    writesFailed: (failure, error) => log.tell("store.writes_failed", { failure, error }),
    writesResumed: (milliseconds) => log.tell("store.writes_resumed", { milliseconds }),
    checkpointFailed: (failure, error) => log.tell("store.checkpoint_failed", { failure, error }),
    checkpointResumed: (milliseconds) => log.tell("store.checkpoint_resumed", { milliseconds }),
    queryStopped: (reason) => log.tell("store.query_stopped", { reason }),
  };
}
