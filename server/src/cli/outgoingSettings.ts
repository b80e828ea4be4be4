import { readAllowedDestinations } from "../egress/allowedDestinations.ts";
import { readAllowedPrograms } from "../outbox/connectors/exec/allowedPrograms.ts";
import type { Setting } from "./settings.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** The settings of outgoing calls, of the group "Behaviour". */
export const outgoingSettings = {
  notifyAllow: {
    group: "Behaviour",
    env: "SECGRAPH_NOTIFY_ALLOW",
    flag: "--notify-allow",
    value: "host:port list",
    usual: "none; this machine in development",
    description:
      "What notifications and connectors may reach besides public addresses: `name:port`, `address:port` or `[IPv6]:port`, the port a number or `*`, `http://` in front for plain http too. See [outgoing calls](../how-to/outgoing-calls.md).",
    parse: readAllowedDestinations,
  },
  execAllow: {
    group: "Behaviour",
    env: "SECGRAPH_EXEC_ALLOW",
    flag: "--exec-allow",
    value: "name=path list",
    usual: "none",
    description:
      "Programs that connectors of the kind `exec` may run: `name=/path/of/program`, with `tenant-id/` in front for the connectors of one tenant alone. See [connector kinds](../how-to/connector-kinds.md#exec).",
    parse: readAllowedPrograms,
  },
  notifyHours: {
    group: "Behaviour",
    env: "SECGRAPH_NOTIFY_HOURS",
    flag: "--notify-hours",
    value: "hours",
    usual: "4",
    description: "Hours for which a change notification that its endpoint does not take is tried again; then it is dropped, and `missed` tells it.",
    parse: wholeNumber(1, 720),
  },
  deliveriesKept: {
    group: "Behaviour",
    env: "SECGRAPH_DELIVERIES",
    flag: "--deliveries",
    value: "number",
    usual: "1000",
    description:
      "Deliveries that the log of a change notification's subscription keeps: with each new one the oldest beyond them goes, and can be sent again (`replay`) no more.",
    parse: wholeNumber(10, 100_000),
  },
  dispatchSeconds: {
    group: "Behaviour",
    env: "SECGRAPH_DISPATCH_SECONDS",
    flag: "--dispatch-seconds",
    value: "seconds",
    usual: "5",
    description:
      "Seconds that calls of connectors have to come to their end when the server stops; what is not over then is tried again by whoever looks after the hub next. See [dispatch](../explanation/dispatch.md).",
    parse: wholeNumber(0, 600),
  },
  approvalHours: {
    group: "Behaviour",
    env: "SECGRAPH_APPROVAL_HOURS",
    flag: "--approval-hours",
    value: "hours",
    usual: "72",
    description: "Hours in which an action that needs the approval of another person has to get it; then it fails.",
    parse: wholeNumber(1, 8760),
  },
  reportHours: {
    group: "Behaviour",
    env: "SECGRAPH_REPORT_HOURS",
    flag: "--report-hours",
    value: "hours",
    usual: "24",
    description: "Hours for which a connector that has accepted an action may say nothing of it; then it is a dead letter.",
    parse: wholeNumber(1, 8760),
  },
  drainMinutes: {
    group: "Behaviour",
    env: "SECGRAPH_DRAIN_MINUTES",
    flag: "--drain-minutes",
    value: "minutes",
    usual: "60",
    description: "Minutes after which a connector or a hub that is drained is paused, however much of what was queued before is left.",
    parse: wholeNumber(1, 10_080),
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
