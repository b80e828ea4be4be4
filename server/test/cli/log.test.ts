import type { IncomingMessage } from "node:http";
import { describe, expect, test, vi } from "vitest";
import { problem } from "../../src/base/errors.ts";
import type { HttpRequest, HttpResponse, RequestFacts } from "../../src/base/http.ts";
import { createLog } from "../../src/cli/log/createLog.ts";
import type { Log } from "../../src/cli/log/createLog.ts";
import { readLogSetting } from "../../src/cli/log/logSetting.ts";
import { createRequestLog } from "../../src/cli/log/requestLog.ts";

type Line = Readonly<Record<string, any>>;

function open(
  level: "silent" | "error" | "warn" | "info" | "debug" = "debug",
  format: "json" | "text" = "json",
): { log: Log; text: () => string; lines: () => Line[] } {
  const written: string[] = [];
  const log = createLog({ level, format }, { write: (line) => void written.push(line) });
  const text = (): string => written.join("");
  return {
    log,
    text,
    lines: () =>
      text()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Line),
  };
}

const secrets = ["hunter2 and more", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4", "Qm~9.x-Secret_of_an_application_0123456789"];

describe("the log", () => {
  test("is one JSON line an event, with level, time and name first", () => {
    const { log, text, lines } = open();
    log.tell("server.stopping", { signal: "SIGTERM" });
    log.tell("server.stopped", { milliseconds: 12.3456 });
    expect(lines()).toEqual([
      { level: "info", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/), event: "server.stopping", signal: "SIGTERM" },
      { level: "info", time: expect.any(String), event: "server.stopped", milliseconds: 12.346 },
    ]);
    expect(text()).toMatch(/^\{"level":"info","time":"[^"]+","event":"server\.stopping","signal":"SIGTERM"\}\n/);
  });

  test.each([
    ["silent", []],
    ["error", ["server.failed"]],
    ["warn", ["server.failed", "overload.shed"]],
    ["info", ["server.failed", "overload.shed", "server.stopping"]],
  ] as const)("at level %s tells %j", (level, events) => {
    const { log, lines } = open(level);
    log.tell("server.failed", { error: new Error("x") });
    log.tell("overload.shed", { count: 1 });
    log.tell("server.stopping", {});
    expect(lines().map(({ event }) => event)).toEqual(events);
    expect([log.tells("server.failed"), log.tells("overload.shed"), log.tells("server.stopping")]).toEqual([
      events.length > 0,
      events.length > 1,
      events.length > 2,
    ]);
  });

  test("carries the fields of the event and no others, of their kinds and no others", () => {
    const { log, text, lines } = open();
    const smuggled = { signal: { toString: () => secrets[0] }, authorization: secrets[1], headers: { cookie: secrets[2] } };
    log.tell("server.stopping", smuggled as never);
    log.tell("server.stopped", { milliseconds: secrets[0] } as never);
    expect(lines().map(({ level: _, time: __, ...rest }) => rest)).toEqual([{ event: "server.stopping" }, { event: "server.stopped" }]);
    for (const secret of secrets) expect(text()).not.toContain(secret);
  });

  test.each(
    secrets.flatMap((secret) => [`"${secret}" is bad`, `got '${secret}'`, `\`${secret}\`, "a"`, `"{"password":"${secret}"... is not valid JSON`, `"${secret}`]),
  )("an error's message keeps no value: %s", (message) => {
    const { log, text, lines } = open();
    log.tell("server.failed", { error: new Error(message, { cause: new TypeError(message) }) });
    for (const secret of secrets) expect(text()).not.toContain(secret);
    expect(lines()[0]!["error"]).toMatchObject({
      name: "Error",
      stack: expect.arrayContaining([expect.stringMatching(/^at .*log\.test\.ts/)]),
      cause: { name: "TypeError" },
    });
  });

  test("a message without values stays readable, with the code of what failed", () => {
    const { log, lines } = open();
    log.tell("server.failed", { error: Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR" }) });
    log.tell("server.failed", { error: problem("unavailable", { what: "The disk failed to keep what was written." }) });
    log.tell("server.failed", { error: secrets[0] });
    expect(lines().map(({ error }) => [error.name, error.code, error.message])).toEqual([
      ["Error", "ERR_SQLITE_ERROR", "disk I/O error"],
      ["Problem", "unavailable", "The disk failed to keep what was written."],
      ["string", undefined, "not an Error"],
    ]);
  });

  test.each(["\n", "\r", "\u001b[2J", "\u0000", "\u007f", "\u009b", "\u2028", "\u202e", "\ud800"])("cannot be forged with %j", (character) => {
    for (const format of ["json", "text"] as const) {
      const { log, text } = open("debug", format);
      log.tell("server.starting", { data: `a${character}b`, version: `1${character}` });
      log.tell("server.failed", { error: new Error(`a${character}b`) });
      expect(text().split("\n")).toHaveLength(3);
      expect(text().replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }
  });

  test("is one line for people in the text form", () => {
    const { log, text } = open("debug", "text");
    log.tell("server.starting", { version: "1.2.3", data: "/var/lib/my data" });
    log.tell("server.failed", { error: new TypeError("x is not a function") });
    const [first, second, rest] = text().split("\n");
    expect(first).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}server\.starting version=1\.2\.3 data="\/var\/lib\/my data"$/);
    expect(second).toMatch(/^\S+ error server\.failed TypeError: x is not a function \[.*log\.test\.ts/);
    expect(rest).toBe("");
  });

  test.each([
    ["warn", { level: "warn", format: "auto", access: 0 }],
    ["json", { level: "info", format: "json", access: 0 }],
    ["debug,text,access", { level: "debug", format: "text", access: 1 }],
    ["access=100 ERROR", { level: "error", format: "auto", access: 100 }],
  ])("SECGRAPH_LOG=%s", (value, setting) => {
    expect(readLogSetting(value)).toEqual(setting);
  });

  test.each(["loud", "access=0", "access=x", "info;json"])("SECGRAPH_LOG=%s is refused", (value) => {
    expect(() => readLogSetting(value)).toThrow("a level (silent, error, warn, info, debug), a format (json, text, auto), access or access=N");
  });
});

const facts: RequestFacts = {
  requestId: "0f0f0f0f-0000-4000-8000-000000000001",
  clientRequestId: "5f0c6d1e-0000-4000-8000-00000000abcd",
  stages: [],
  caller: { tenant: "t", appId: "app-1", user: null, kind: "application" },
  hub: "hub-1",
  route: "/security/secureScores/{id}",
};
const raw = (url: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage => ({ method: "GET", url, headers }) as unknown as IncomingMessage;
const asked: HttpRequest = { method: "GET", target: "/v1.0/x", headers: {}, baseUrl: "" };
const answer = (status: number, more: Partial<HttpResponse> = {}): HttpResponse => ({ status, headers: {}, facts, ...more });

describe("of requests", () => {
  test("the access log has the template, not the address, and the ids in a narrow form", () => {
    const { log, text, lines } = open();
    const requests = createRequestLog(log, 1);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    requests.answered("api", raw("/V1.0/security/secureScores/ada@contoso.com?$filter=secret", { traceparent, authorization: secrets[1]! }), answer(200), 1.5);
    requests.answered(
      "api",
      raw("/beta/x"),
      answer(404, { facts: { ...facts, clientRequestId: secrets[2]! }, refusal: { code: "itemNotFound", error: null } }),
      2,
    );
    requests.answered("issuer", raw("/contoso.com/oauth2/v2.0/token?client_secret=x"), { status: 200, headers: {} }, 3);
    const [first, second, third] = lines();
    expect(first).toMatchObject({
      event: "request",
      kind: "api",
      method: "GET",
      root: "v1.0",
      route: "/security/secureScores/{id}",
      status: 200,
      hub: "hub-1",
      appId: "app-1",
      requestId: facts.requestId,
      milliseconds: 1.5,
      clientRequestId: "5f0c6d1e-0000-4000-8000-00000000abcd",
      traceId: "0af7651916cd43dd8448eb211c80319c",
    });
    expect(second).toMatchObject({ root: "beta", status: 404, code: "itemNotFound" });
    expect(second).not.toHaveProperty("clientRequestId");
    expect(third).toEqual({ level: "info", time: expect.any(String), event: "request", kind: "issuer", method: "GET", status: 200, milliseconds: 3 });
    expect(text()).not.toMatch(/ada|filter|secret=|contoso/);
  });

  test("the access log is off, whole, or one in so many", () => {
    for (const [access, told] of [
      [0, 0],
      [1, 10],
      [5, 2],
    ] as const) {
      const { log, lines } = open();
      const requests = createRequestLog(log, access);
      for (let index = 0; index < 10; index += 1) requests.answered("api", raw("/v1.0/x"), answer(200), 1);
      expect(lines()).toHaveLength(told);
    }
  });

  test("a fault is told with its cause, a flood of them ten a second; what a client did wrong is not", () => {
    const { log, lines } = open();
    const { handled, failed } = createRequestLog(log, 0);
    handled(asked, answer(400, { refusal: { code: "BadRequest", error: problem("badRequest") } }));
    handled(asked, answer(501, { refusal: { code: "NotImplemented", error: problem("notImplemented") } }));
    const cause = Object.assign(problem("insufficientStorage"), { cause: new Error("database or disk is full") });
    handled(asked, answer(507, { refusal: { code: "quotaLimitReached", error: cause } }));
    for (let index = 0; index < 20; index += 1) failed(new Error("x"));
    expect(lines()).toHaveLength(10);
    expect(lines()[0]).toMatchObject({ event: "request.failed", status: 507, route: facts.route, error: { cause: { message: "database or disk is full" } } });
  });

  test("401, 429 and 503 are summed up: the first at once, then every ten seconds", () => {
    vi.useFakeTimers();
    try {
      const { log, lines } = open();
      const { answered, handled } = createRequestLog(log, 0);
      for (let index = 0; index < 50; index += 1) {
        answered("refused", raw("/v1.0/x"), { status: 503, headers: {} }, 1);
        answered("api", raw("/v1.0/x"), answer(401), 1);
        handled(asked, answer(429, { refusal: { code: "TooManyRequests", error: problem("throttled") } }));
      }
      const sums = (): unknown[] => lines().map(({ event, count }) => [event, count]);
      expect(sums()).toEqual(["overload.shed", "auth.refused", "throttle.refused"].map((event) => [event, 1]));
      expect(lines()[2]).toMatchObject({ appId: "app-1", tenant: "t" });
      vi.advanceTimersByTime(10_000);
      expect(sums().slice(3)).toEqual(["overload.shed", "auth.refused", "throttle.refused"].map((event) => [event, 49]));
      vi.advanceTimersByTime(60_000);
      expect(lines()).toHaveLength(6);
    } finally {
      vi.useRealTimers();
    }
  });
});
