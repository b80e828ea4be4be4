import { catalogue } from "../../src/base/errors.ts";
import type { FuzzRequest } from "./requests.ts";

/** An answer, however it came. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const known = new Set(Object.values(catalogue).map(({ status, code }) => `${status} ${code}`));

/** All that may be answered with 501: parts of OData that are named as not served, and change notifications. */
const later =
  /^(?:The path segment '\$\w+' is not implemented \(position \d+\)\.|The query option \$\w+ is not implemented\.|\$select: options in parentheses are not implemented \(position \d+\)\.|(?:\$\w+|@\w+|alias): .* is not implemented \(position \d+\)\.|'.*' cannot be used in an expression\.|The function '.*' is not implemented\.|'.*': binding related entities is not implemented\.|Change notifications are not implemented yet; .*|.* (?:is|are) not (?:served|implemented)(?: yet)?\b.*)$/s;

/** What would show that the inside came out: statements, stacks, paths, types of the runtime. */
const inside =
  /SQLITE|sqlite|near ".*": syntax error|no such (?:column|table|function)|\n\s+at \S+|node:internal|\/server\/src\/|TypeError|RangeError|ReferenceError|Cannot read propert|is not a function/;

const ownNames = Reflect.ownKeys(Object.prototype).length;

/** What is wrong with an answer; undefined when nothing is. */
export function faultOf(request: FuzzRequest, answer: Answered): string | undefined {
  if (Reflect.ownKeys(Object.prototype).length !== ownNames) return "Object.prototype has been changed";
  for (const [name, value] of Object.entries(answer.headers)) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value) || !/^[\w-]+$/.test(name)) return `the header ${name} holds ${JSON.stringify(value)}`;
  }
  if (answer.status < 200 || answer.status > 599) return `status ${answer.status}`;
  return answer.status < 400 ? faultOfSuccess(answer) : faultOfError(request, answer);
}

function faultOfSuccess({ status, headers, text }: Answered): string | undefined {
  if (![200, 201, 204, 304].includes(status)) return `status ${status}`;
  const type = headers["Content-Type"] ?? headers["content-type"] ?? "";
  if (!type.includes("json") || text === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return `the answer is no JSON: ${text.slice(0, 200)}`;
  }
}

function faultOfError({ method, target, body }: FuzzRequest, { status, text }: Answered): string | undefined {
  if (status >= 500 && status !== 501) return `${status} ${text}`;
  if (method === "HEAD" && text === "") return undefined;
  let error: Record<string, unknown>;
  try {
    const json = JSON.parse(text) as Record<string, unknown>;
    if (Object.keys(json).join() !== "error") return `an error beside others: ${text.slice(0, 200)}`;
    error = json["error"] as Record<string, unknown>;
  } catch {
    return `the refusal is no JSON: ${text.slice(0, 200)}`;
  }
  if (!known.has(`${status} ${String(error["code"])}`)) return `${status} with the code ${String(error["code"])}`;
  if (typeof error["message"] !== "string" || error["message"] === "") return "no message";
  const inner = error["innerError"] as Record<string, unknown> | undefined;
  if (!["date", "request-id", "client-request-id"].every((name) => typeof inner?.[name] === "string")) return `innerError is not whole: ${text.slice(0, 300)}`;
  if (status === 501 && !later.test(error["message"])) return `501 for what is not on the list: ${error["message"]}`;
  const shown = inside.exec(error["message"])?.[0];
  // A text of the client's own comes back in messages.
  const sent = `${target}${body ?? ""}`;
  return shown !== undefined && !/sqlite|error|function|propert|server|column|table/i.test(sent)
    ? `the message shows the inside: ${error["message"]}`
    : undefined;
}
