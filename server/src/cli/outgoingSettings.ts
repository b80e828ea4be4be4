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
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
