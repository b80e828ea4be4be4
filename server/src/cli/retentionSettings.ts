import { resolve } from "node:path";
import { callersFolder } from "./checkoutRoot.ts";
import type { Setting } from "./settings.ts";
import { wholeNumber } from "./wholeNumber.ts";

const daysOrOff = (value: string): number | "off" => (value.toLowerCase() === "off" ? "off" : wholeNumber(1, 36_500)(value));
const path = (value: string): string => resolve(callersFolder(), value);

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
    value: "off|log|file",
    usual: "off",
    description: "Where a signed checkpoint of each audit trail that has grown is written once an hour: the log (`audit.checkpoint`), or a line in a file.",
    parse: (value: string): string => (/^(?:off|log)$/i.test(value) ? value.toLowerCase() : path(value)),
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
