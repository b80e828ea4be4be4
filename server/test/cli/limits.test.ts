import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { buildApp } from "../../src/cli/buildApp.ts";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { limitSettings } from "../../src/cli/limitSettings.ts";
import { openLog } from "../../src/cli/log/openLog.ts";
import { startServer } from "../../src/cli/startServer.ts";
import { ask, errorOf, raw, type Reply } from "../http/testServer.ts";
import { temporaryFolder } from "./program.ts";

const scores = "/v1.0/security/secureScores";
const score = (more: object = {}): object => ({ maxScore: 5, vendorInformation: { vendor: "Contoso", provider: "Posture" }, ...more });

interface Service {
  readonly port: number;
  readonly get: (path: string) => Promise<Reply>;
  readonly post: (path: string, body: object) => Promise<Reply>;
  readonly fill: (rows: number, more?: object) => Promise<void>;
}

/** The whole server with these settings; everybody may do everything. */
async function serveWith(env: Readonly<Record<string, string>>): Promise<Service> {
  const own = {
    PORT: "0",
    SECGRAPH_TLS_PORT: "off",
    SECGRAPH_DATA: temporaryFolder(),
    SECGRAPH_SEED: "off",
    SECGRAPH_AUTH: "none",
    SECGRAPH_BUILTIN_ISSUER: "off",
  };
  const configuration = readConfiguration("development", { flags: {}, env: { ...own, ...env } });
  const { listening, close } = await startServer(configuration, buildApp, openLog(configuration));
  onTestFinished(close);
  const { port } = listening;
  const get = (path: string): Promise<Reply> => ask(port, path);
  const post = (path: string, body: object): Promise<Reply> =>
    ask(port, path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const fill = async (rows: number, more: object = {}): Promise<void> => {
    for (let row = 0; row < rows; row += 1) expect((await post(scores, score(more))).status).toBe(201);
  };
  return { port, get, post, fill };
}

/** Status, code and message: Graph's shape with nothing beside it. */
function told({ status, json }: Reply): string {
  const body = json() as { readonly error: { readonly code: string; readonly message: string; readonly innerError: object } };
  expect(Object.keys(body)).toEqual(["error"]);
  expect(Object.keys(body.error.innerError)).toEqual(expect.arrayContaining(["date", "request-id", "client-request-id"]));
  return `${status} ${body.error.code}: ${body.error.message}`;
}

const nested = (levels: number): string => `${"(".repeat(levels)}maxScore eq 1${")".repeat(levels)}`;
const filter = (text: string): string => `${scores}?$filter=${encodeURIComponent(text)}`;
const rowsOf = ({ json }: Reply): number => (json() as { readonly value: readonly unknown[] }).value.length;
const linkOf = ({ json }: Reply): string | undefined => (json() as { readonly "@odata.nextLink"?: string })["@odata.nextLink"];
const item = (id: string): object => ({ id, method: "GET", url: "/security/secureScores" });

interface Case {
  readonly low: string;
  readonly holds: (service: Service) => Promise<void>;
  /** Date stands still, unless the test moves it. */
  readonly clock?: true;
}

/** Each limit set low, by the name of its setting: what is over it is refused in Graph's shape, what is not goes through. */
const cases: Readonly<Partial<Record<keyof typeof limitSettings, Case>>> = {
  maxHubs: {
    low: "1",
    async holds({ post }) {
      expect((await post("/v1.0/security", {})).status).toBe(201);
      expect(told(await post("/v1.0/security", {}))).toMatch(/^507 quotaLimitReached/);
    },
  },
  bodyBytes: {
    low: "1024",
    async holds({ post, fill }) {
      await fill(1);
      expect(told(await post(scores, score({ note: "x".repeat(1024) })))).toBe("413 RequestEntityTooLarge: The request body is larger than 1024 bytes.");
    },
  },
  urlLength: {
    low: "256",
    async holds({ get }) {
      expect((await get(`${scores}?x=${"y".repeat(256 - scores.length - 3)}`)).status).toBe(200);
      expect(told(await get(`${scores}?x=${"y".repeat(257 - scores.length - 3)}`))).toBe(
        "414 RequestUriTooLong: The URL has 257 characters; the limit is 256.",
      );
    },
  },
  headerBytes: {
    low: "4096",
    async holds({ port, get }) {
      expect((await get(scores)).status).toBe(200);
      const reply = await ask(port, scores, { headers: { "x-filler": "y".repeat(5_000) } });
      expect(told(reply)).toBe("431 RequestHeaderFieldsTooLarge: The request's headers are larger than 4096 bytes.");
    },
  },
  bodyDepth: {
    low: "8",
    async holds({ post }) {
      const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
      expect((await post(scores, score({ averageComparativeScores: [{ basis: "x", averageScore: 1, more: deep(5) }] }))).status).toBe(201);
      expect(told(await post(scores, score({ averageComparativeScores: [{ basis: "x", averageScore: 1, more: deep(6) }] })))).toMatch(
        /^400 BadRequest: .*nested deeper than 8 levels/,
      );
      expect(told(await post("/v1.0/$batch", { requests: [deep(7)] }))).toMatch(/^400 BadRequest: .*nested deeper than 8 levels/);
    },
  },
  optionLength: {
    low: "64",
    async holds({ get }) {
      expect((await get(filter("maxScore eq 1"))).status).toBe(200);
      expect(told(await get(filter(`id eq '${"x".repeat(64)}'`)))).toMatch(/^400 BadRequest: \$filter: .*64 characters/);
    },
  },
  expressionDepth: {
    low: "3",
    async holds({ get }) {
      expect((await get(filter(nested(2)))).status).toBe(200);
      expect(told(await get(filter(nested(4))))).toMatch(/^400 BadRequest: \$filter: .*3 levels/);
    },
  },
  expressionNodes: {
    low: "8",
    async holds({ get }) {
      expect((await get(filter("maxScore in (1,2,3)"))).status).toBe(200);
      expect(told(await get(filter("maxScore in (1,2,3,4,5,6,7,8)")))).toMatch(/^400 BadRequest: \$filter: .*8 parts/);
    },
  },
  pageSize: {
    low: "2",
    async holds({ get, fill }) {
      await fill(3);
      const page = await get(scores);
      expect([rowsOf(page), linkOf(page)]).toEqual([2, expect.stringContaining("$skiptoken=")]);
      expect(rowsOf(await get(`${scores}?$top=3`))).toBe(3);
    },
  },
  pageBytes: {
    low: "4096",
    async holds({ get, fill }) {
      await fill(6, { averageComparativeScores: [{ basis: "x".repeat(1_000), averageScore: 1 }] });
      const page = await get(scores);
      expect([rowsOf(page) >= 1 && rowsOf(page) <= 4, linkOf(page)]).toEqual([true, expect.stringContaining("$skiptoken=")]);
    },
  },
  maxPageSize: {
    low: "2",
    async holds({ get, fill }) {
      await fill(3);
      const page = await get(`${scores}?$top=3`);
      expect([rowsOf(page), linkOf(page)]).toEqual([2, expect.stringContaining("$skiptoken=")]);
    },
  },
  maxSkip: {
    low: "1",
    async holds({ get }) {
      expect((await get(`${scores}?$skip=1`)).status).toBe(200);
      expect(told(await get(`${scores}?$skip=2`))).toMatch(/^400 BadRequest: \$skip is 2; at most 1/);
    },
  },
  maxGroups: {
    low: "2",
    async holds({ get, fill }) {
      await fill(3);
      const groups = `${scores}?$apply=groupby((id))`;
      expect(told(await get(groups))).toMatch(/^400 BadRequest: \$apply: .*more than 2 /);
      expect(told(await get(`${groups}&$top=1`))).toMatch(/^400 BadRequest/);
      expect(rowsOf(await get(`${groups}/top(2)`))).toBe(2);
    },
  },
  batchItems: {
    low: "1",
    async holds({ post }) {
      expect((await post("/v1.0/$batch", { requests: [item("1")] })).status).toBe(200);
      expect(told(await post("/v1.0/$batch", { requests: [item("1"), item("2")] }))).toMatch(/^400 BadRequest: .*at most 1 /);
    },
  },
  pageTokenSeconds: {
    low: "60",
    clock: true,
    async holds({ get, fill }) {
      await fill(3);
      const link = new URL(linkOf(await get(`${scores}?$top=2`))!);
      vi.advanceTimersByTime(50_000);
      expect((await get(link.pathname + link.search)).status).toBe(200);
      vi.advanceTimersByTime(20_000);
      expect(told(await get(link.pathname + link.search))).toMatch(/^410 resyncRequired/);
    },
  },
  deltaTokenSeconds: {
    low: "60",
    clock: true,
    async holds({ get }) {
      const reply = await get(`${scores}/delta`);
      const { pathname, search } = new URL((reply.json() as { readonly "@odata.deltaLink": string })["@odata.deltaLink"]);
      vi.advanceTimersByTime(50_000);
      expect((await get(pathname + search)).status).toBe(200);
      vi.advanceTimersByTime(20_000);
      expect(told(await get(pathname + search))).toMatch(/^410 resyncRequired/);
    },
  },
  rateReads: {
    low: "1",
    async holds({ get, fill }) {
      await fill(2);
      expect((await get(scores)).headers).toMatchObject({ "ratelimit-limit": "1", "ratelimit-remaining": "0" });
      const refused = await get(scores);
      expect([told(refused), refused.headers["retry-after"]]).toEqual([expect.stringMatching(/^429 TooManyRequests/), "60"]);
    },
  },
  rateWrites: {
    low: "1",
    async holds({ get, post, fill }) {
      await fill(1);
      const refused = await post(scores, score());
      expect([told(refused), refused.headers["retry-after"]]).toEqual([expect.stringMatching(/^429 TooManyRequests/), "60"]);
      expect((await get(scores)).status).toBe(200);
    },
  },
  maxConnections: {
    low: "1",
    async holds({ port }) {
      const first = ask(port, "/healthz", { headers: { connection: "keep-alive" } });
      expect((await first).status).toBe(200);
      const [one, two] = await Promise.all([raw(port, `GET ${scores} HTTP/1.1\r\nHost: h\r\n\r\n`, 3_000), ask(port, scores)]);
      expect([errorOf(one).slice(0, 12), two.status].join(" ")).toMatch(/503/);
    },
  },
  bufferBytes: {
    low: "1048576",
    async holds({ post, fill }) {
      await fill(1);
      const refused = await post(scores, score({ note: "x".repeat(1_100_000) }));
      expect([told(refused), refused.headers["retry-after"]]).toEqual([expect.stringMatching(/^503 serviceNotAvailable/), expect.stringMatching(/^\d$/)]);
    },
  },
  headerSeconds: {
    low: "1",
    async holds({ port }) {
      expect(errorOf(await raw(port, "GET /v1.0/x HTTP/1.1\r\nHo"))).toMatch(/^408 RequestTimeout/);
    },
  },
  requestSeconds: {
    low: "1",
    async holds({ port }) {
      expect(errorOf(await raw(port, `POST ${scores} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx`))).toMatch(/^408 RequestTimeout/);
    },
  },
  idleSeconds: {
    low: "1",
    async holds({ port }) {
      const begun = performance.now();
      expect(await raw(port, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")).toMatch(/^HTTP\/1\.1 200/);
      expect(performance.now() - begun).toBeLessThan(50_000);
    },
  },
};

/** Limits that only load makes felt: their effect is shown in http/overload, http/shell and store/scans, here that they get there. */
const handedOn = {
  maxRequests: ["7", { server: { requests: 7 } }],
  maxWaiting: ["7", { server: { waiting: 7 } }],
  hubLeaseWaits: ["7", { leaseWaits: { inHub: 7 } }],
  appLeaseWaits: ["7", { leaseWaits: { ofApp: 7 } }],
  waitSeconds: ["7", { server: { patience: 7_000 } }],
  writeSeconds: ["7", { timeouts: { write: 7_000 } }],
  querySeconds: ["7", { storeLimits: { queryBudget: 7_000 } }],
  keptBytes: ["7", { storeLimits: { keptBytes: 7 } }],
  mapBytes: ["0", { storeLimits: { mapBytes: 0 } }],
  readWorkers: ["7", { storeLimits: { workers: 7 } }],
} as const;

afterEach(() => void vi.useRealTimers());

describe("every limit can be set", () => {
  test("and each has its test", () => {
    expect([...Object.keys(cases), ...Object.keys(handedOn)].toSorted()).toEqual(Object.keys(limitSettings).toSorted());
  });

  test.each(Object.entries(cases))("%s: what is over it is refused, in Graph's shape", async (name, { low, holds, clock }) => {
    if (clock === true) vi.useFakeTimers({ toFake: ["Date", "performance"] });
    expect.hasAssertions();
    await holds(await serveWith({ [limitSettings[name as keyof typeof limitSettings].env]: low }));
  });

  test.each(Object.entries(handedOn))("%s reaches its place", (name, [low, expected]) => {
    const env = { [limitSettings[name as keyof typeof limitSettings].env]: low };
    expect(readConfiguration("development", { flags: {}, env })).toMatchObject(expected);
  });

  test("and none below what the server needs", () => {
    for (const { env } of Object.values(limitSettings)) {
      expect(() => readConfiguration("development", { flags: {}, env: { [env]: "-1" } })).toThrow(`${env} is '-1'; expected a whole number from`);
    }
  });
});
