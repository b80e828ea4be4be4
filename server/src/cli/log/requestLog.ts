import type { IncomingMessage } from "node:http";
import { Problem } from "../../base/errors.ts";
import type { HttpRequest, HttpResponse, RequestFacts } from "../../base/http.ts";
import type { Log } from "./createLog.ts";
import { createTally } from "./tally.ts";

/** What the log hears of requests. */
export interface RequestLog {
  /** Every answer that left (`ShellSettings.observe`). */
  readonly answered: (kind: string, raw: IncomingMessage, answer: HttpResponse, milliseconds: number) => void;
  /** Every answer of the App, those within a $batch too. */
  readonly handled: (http: HttpRequest, answer: HttpResponse) => void;
  /** A fault that came up outside the App. */
  readonly failed: (error: unknown) => void;
}

/** Lines of failed requests in a second; a full disk fails each of thousands. */
const mostFailures = 10;

/** Makes the listener: 401, 429 and 503 in sums, faults one by one, and a line for one request in `access`. */
export function createRequestLog(log: Log, access: number): RequestLog {
  const shed = createTally<null>((_, count) => log.tell("overload.shed", { count }));
  const refused = createTally<null>((_, count) => log.tell("auth.refused", { count }));
  const throttled = createTally<Partial<RequestFacts["caller"] & {}>>(({ appId, tenant }, count) => log.tell("throttle.refused", { count, appId, tenant }));
  const fail = failureTeller(log);
  const isLogged = access > 0 && log.tells("request");
  let turn = 0;
  return {
    answered(kind, raw, answer, milliseconds) {
      if (answer.status >= 400) {
        if (answer.status === 503 && kind === "refused") shed.count("shed", null);
        else if (answer.status === 401) refused.count("refused", null);
      }
      if (!isLogged) return;
      turn += 1;
      if (turn < access) return;
      turn = 0;
      const { requestId, clientRequestId, caller, hub, route } = answer.facts ?? nothing;
      const own = clientRequestId === requestId ? undefined : clientRequestId;
      const { method, headers } = raw;
      const about = { method, root: rootOf(raw.url!), route, status: answer.status, code: answer.refusal?.code, hub, appId: caller?.appId, requestId };
      log.tell("request", { kind, ...about, milliseconds, clientRequestId: own, traceId: traceIdOf(headers["traceparent"]) });
    },
    handled(http, { status, facts = nothing, refusal }) {
      if (status === 429) throttled.count(`${facts.caller?.appId}\n${facts.caller?.tenant}`, facts.caller ?? {});
      else if (status >= 500 && refusal !== undefined && isOurs(refusal.error)) fail(http, status, { facts, ...refusal });
    },
    failed: (error) => fail(undefined, undefined, { facts: nothing, code: undefined, error }),
  };
}

const nothing: RequestFacts = { requestId: "", clientRequestId: "", stages: [], caller: undefined, hub: undefined, route: undefined };

interface Failure {
  readonly facts: RequestFacts;
  readonly code: string | undefined;
  readonly error: unknown;
}

type TellFailure = (http: HttpRequest | undefined, status: number | undefined, failure: Failure) => void;

function failureTeller(log: Log): TellFailure {
  let second = 0;
  let told = 0;
  let dropped = 0;
  return (http, status, { facts, code, error }) => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) [second, told] = [now, 0];
    told += 1;
    if (told > mostFailures) return void (dropped += 1);
    const { requestId, clientRequestId, caller, hub, route } = facts;
    const own = clientRequestId === requestId ? undefined : clientRequestId;
    const about = {
      method: http?.method,
      root: http === undefined ? undefined : rootOf(http.target),
      route,
      status,
      code,
      hub,
      appId: caller?.appId,
      requestId,
    };
    log.tell("request.failed", { ...about, clientRequestId: own, error, ...(dropped === 0 ? {} : { dropped }) });
    dropped = 0;
  };
}

/** A fault of the program, or one of the disk, which has a cause; not what a client asked for that is not there. */
function isOurs(error: unknown): boolean {
  return !(error instanceof Problem) || error.cause !== undefined;
}

/** Only the known roots: the rest of a path may hold ids of people. */
function rootOf(target: string): string | undefined {
  return /^\/(v1\.0|beta|localtest)(?:[/?]|$)/i.exec(target)?.[1]?.toLowerCase();
}

/** The trace that a request belongs to (W3C Trace Context, 3.2). */
function traceIdOf(traceparent: string | string[] | undefined): string | undefined {
  return typeof traceparent === "string" ? /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(traceparent)?.[1] : undefined;
}
