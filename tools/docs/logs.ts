import { logEvents } from "../../server/src/cli/log/logEvents.ts";
import type { LogLevel } from "../../server/src/cli/log/logEvents.ts";
import { code, page, table } from "./markdown.ts";

interface Event {
  readonly level: LogLevel;
  readonly means: string;
  readonly fields: object;
}

/** `docs/reference/logs.md`: every event and field that the log can hold. */
export function logsPage(): string {
  const rows = Object.entries<Event>(logEvents).map(([name, { level, means, fields }]) => [code(name), level, means, code(...Object.keys(fields))]);
  return page(
    "# Log events",
    "Generated from `server/src/cli/log/logEvents.ts` by `node run.mjs tools/docs/write.ts`.",
    "Production writes one JSON line an event on standard output: `level`, `time`, `event`, then the fields below, those without a value left out. Development writes lines for people on standard error. What is told, and how, is `SECGRAPH_LOG`: see [configuration](configuration.md) and [observe](../how-to/observe.md).",
    "Nothing but these fields can be logged. None of them holds a header, a query, a body, a path as it was sent, a token, a secret, a password or the name of a person. `clientRequestId` is what the client chose, where it is a GUID, as Graph wants it. An `error` has a name, a code, a message without what stood in quotes and without long runs of characters, the places in the program, and its cause. Control characters are written as their codes.",
    table(["Event", "Level", "When", "Fields"], rows),
  );
}
