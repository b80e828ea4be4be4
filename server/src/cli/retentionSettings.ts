import { resolve } from "node:path";
import { readDestination } from "../egress/destination.ts";
import { callersFolder } from "./checkoutRoot.ts";
import type { Setting } from "./settings.ts";
import { wholeNumber } from "./wholeNumber.ts";

const daysOrOff = (value: string): number | "off" => (value.toLowerCase() === "off" ? "off" : wholeNumber(1, 36_500)(value));
const path = (value: string): string => resolve(callersFolder(), value);

function checkpointsTo(value: string): string {
  if (/^(?:off|log)$/i.test(value)) return value.toLowerCase();
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(value)) return path(value);
  try {
    const { scheme } = readDestination(value);
    if (scheme === "https" || /^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/]/.test(value)) return value;
  } catch {
    // Its text may hold what is nobody's business.
  }
  throw new Error("'off', 'log', a path, or an https address without a name, a password or a fragment (http for this machine alone)");
}

/** The settings that say how long things are kept. */
export const retentionSettings = {
  changeLogDays: {
    group: "Storage",
    env: "SECGRAPH_CHANGE_LOG_DAYS",
    flag: "--change-log-days",
    value: "days|off",
    usual: "30",
    description:
      "Days for which the change log is kept at least: a delta link that was not asked for longer answers 410 where something changed since. `off` keeps all of it.",
    parse: daysOrOff,
  },
  scoreDays: {
    group: "Storage",
    env: "SECGRAPH_SCORE_DAYS",
    flag: "--score-days",
    value: "days|off",
    usual: "off: scores are kept for ever",
    description: "Days after which secure scores are deleted, by their `createdDateTime`; who follows changes sees the deletions.",
    parse: daysOrOff,
  },
  auditDays: {
    group: "Storage",
    env: "SECGRAPH_AUDIT_DAYS",
    flag: "--audit-days",
    value: "days|off",
    usual: "off: the audit trail is kept for ever",
    description: "Days after which records of the audit are removed, once an hour; a record in the chain tells which, so that it can be checked as before.",
    parse: daysOrOff,
  },
  auditCheckpoints: {
    group: "Storage",
    env: "SECGRAPH_AUDIT_CHECKPOINTS",
    flag: "--audit-checkpoints",
    value: "off|log|file|URL",
    usual: "off",
    description:
      "Where a signed checkpoint of each audit trail that has grown is written once an hour: the log (`audit.checkpoint`), a line in a file, or a POST to an https address of yours. See [the audit trail](../how-to/audit.md#keep-checkpoints-elsewhere).",
    parse: checkpointsTo,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
