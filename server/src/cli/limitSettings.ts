import { defaultBudgets } from "../base/limits.ts";
import { usualRates } from "../limits/throttle.ts";
import type { Setting } from "./settings.ts";
import { wholeNumber } from "./wholeNumber.ts";

const rate = (value: string): number | "off" => (value.toLowerCase() === "off" ? "off" : wholeNumber(1)(value));

/** The settings of the group "Limits": budgets of one request, of a caller and of the server. */
export const limitSettings = {
  maxHubs: {
    group: "Limits",
    env: "SECGRAPH_MAX_HUBS",
    flag: "--max-hubs",
    value: "number",
    usual: "no limit",
    description: "Hubs that one tenant may make.",
    parse: wholeNumber(1),
  },
  bodyBytes: {
    group: "Limits",
    env: "SECGRAPH_BODY_BYTES",
    flag: "--body-bytes",
    value: "number",
    usual: String(defaultBudgets.bodyBytes),
    description: "Bytes of a request body, sent and decompressed.",
    parse: wholeNumber(1024),
  },
  urlLength: {
    group: "Limits",
    env: "SECGRAPH_URL_LENGTH",
    flag: "--url-length",
    value: "number",
    usual: String(defaultBudgets.urlLength),
    description: "Characters of a request target.",
    parse: wholeNumber(256, 60_000),
  },
  pageSize: {
    group: "Limits",
    env: "SECGRAPH_PAGE_SIZE",
    flag: "--page-size",
    value: "number",
    usual: String(defaultBudgets.pageSize),
    description: "Rows of a page when the client asks for none.",
    parse: wholeNumber(1),
  },
  maxPageSize: {
    group: "Limits",
    env: "SECGRAPH_MAX_PAGE_SIZE",
    flag: "--max-page-size",
    value: "number",
    usual: String(defaultBudgets.maxPageSize),
    description: "Rows of a page at most.",
    parse: wholeNumber(1),
  },
  maxSkip: {
    group: "Limits",
    env: "SECGRAPH_MAX_SKIP",
    flag: "--max-skip",
    value: "number",
    usual: String(defaultBudgets.maxSkip),
    description: "`$skip` at most.",
    parse: wholeNumber(0),
  },
  batchItems: {
    group: "Limits",
    env: "SECGRAPH_BATCH_ITEMS",
    flag: "--batch-items",
    value: "number",
    usual: String(defaultBudgets.batchItems),
    description: "Requests of one $batch.",
    parse: wholeNumber(1),
  },
  pageTokenSeconds: {
    group: "Limits",
    env: "SECGRAPH_PAGE_TOKEN_SECONDS",
    flag: "--page-token-seconds",
    value: "number",
    usual: String(defaultBudgets.pageTokenSeconds),
    description: "Life of a page link, in seconds.",
    parse: wholeNumber(60),
  },
  rateReads: {
    group: "Limits",
    env: "SECGRAPH_RATE_READS",
    flag: "--rate-reads",
    value: "number|off",
    usual: String(usualRates.reads),
    description: "Reads per minute that one app may make in one tenant; what is over gets 429 with `Retry-After`. Graph gives 150.",
    parse: rate,
  },
  rateWrites: {
    group: "Limits",
    env: "SECGRAPH_RATE_WRITES",
    flag: "--rate-writes",
    value: "number|off",
    usual: String(usualRates.writes),
    description: "Writes per minute, likewise.",
    parse: rate,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
