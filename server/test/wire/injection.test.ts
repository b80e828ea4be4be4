import { Connection } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { listen, type Listening } from "../../src/http/listen.ts";
import { welcomePage } from "../../src/http/welcomePage.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { Messages } from "../../src/store/postgres/messages.ts";
import type { SqliteDriver } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { addressOf, everyRequest } from "./everyRequest.ts";
import { raw } from "../http/testServer.ts";
import { authorizationOf, baseUrl, callerOf, openHub, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";
import { memoryFolder } from "./memoryFolder.ts";
import { bodyFor, makeParents, pathOf, routesOf } from "./places.ts";

/** Stands in every text that is sent; no statement may ever hold it. */
const marker = "Zq7x";
const payloads = [`${marker}' OR '1'='1`, `${marker}'; DROP TABLE hubs; --`, `${marker}") UNION SELECT body FROM audit --`, `$."${marker}"[0]\\`];

const statements = new Set<string>();
/** The real driver, which tells every text that it is given. */
const listening: SqliteDriver = {
  ...nodeSqlite,
  open(file, options) {
    const connection = nodeSqlite.open(file, options);
    const noted =
      <A extends readonly unknown[], R>(call: (sql: string, ...rest: A) => R) =>
      (sql: string, ...rest: A): R => {
        statements.add(sql);
        return call(sql, ...rest);
      };
    return { ...connection, prepare: noted(connection.prepare), exec: noted(connection.exec) };
  },
};

const model = createModel(securityGraph);
/** On PostgreSQL every statement passes one of these on its way to the server. */
const parse = vi.spyOn(Connection.prototype, "parse").mockName("parse");
const written = vi.spyOn(Messages.prototype, "parse").mockName("written");
const noted = (): Set<string> => {
  for (const [{ text }] of parse.mock.calls) statements.add(text);
  for (const [, text] of written.mock.calls) statements.add(text);
  parse.mockClear();
  written.mockClear();
  return statements;
};

let hub: TestHub;
let port: Listening;
beforeAll(async () => {
  hub = await openHub({ model, driver: listening, folder: await memoryFolder() });
  const { handle, refuse } = hub.service;
  port = await listen({ hosts: ["127.0.0.1"], port: 0, shell: { handle, refuse, mounts: [], limits: defaultBudgets, publicUrl: baseUrl } });
});
afterAll(async () => {
  await port.close(0);
  await hub.close();
});

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const encoded = encodeURIComponent;

/** Every option with a text of the client's own in every place where one may stand. */
function optionsWith(text: string): string[] {
  const name = text.replaceAll(/\W/g, "");
  const literal = encoded(quoted(text));
  const whole = encoded(text);
  return [
    ...["eq", "ne", "gt", "lt", "has"].map((operator) => `$filter=id ${operator} ${literal}`),
    ...["contains", "startswith", "endswith"].flatMap((call) => [`$filter=${call}(id,${literal})`, `$filter=${call}(${literal},id)`]),
    `$filter=concat(id,${literal}) eq ${literal}`,
    `$filter=indexof(id,${literal}) gt length(${literal})`,
    `$filter=substring(${literal},1) eq toupper(${literal})`,
    `$filter=id in (${literal},${literal})`,
    `$filter=id eq @p&@p=${literal}`,
    `$filter=id eq @${name}&@${name}=1`,
    `$filter=${name} eq 1`,
    `$filter=${whole}`,
    `$filter=vendorInformation/${name} eq 1`,
    `$filter=tags/any(${name}:${name} eq ${literal})`,
    `$filter=microsoft.graph.${name}/id eq 1`,
    `$filter=microsoft.graph.tlpLevel${literal} eq tlpLevel`,
    `$orderby=${name}`,
    `$orderby=${whole}`,
    `$orderby=concat(id,${literal}) desc`,
    `$select=${name},id`,
    `$select=${whole}`,
    `$expand=${name}`,
    `$expand=${whole}`,
    `$search=${whole}`,
    `$skiptoken=${whole}`,
    `$format=${whole}`,
    `$top=${whole}`,
    `$compute=${literal} as ${name}`,
    `${whole}=1`,
    `$${name}=1`,
  ];
}

describe("no text of a client becomes part of a statement (ASVS 1.2.4)", () => {
  test.each(payloads)("%s in every option of every collection", async (text) => {
    for (const route of routesOf(model).filter(({ through, place }) => through === "home" && place.kind === "set")) {
      const parents = await makeParents(hub, route.place);
      const set = `/beta${pathOf(route, { hubId: "", parents, form: "segment" })}`;
      for (const query of optionsWith(text)) {
        for (const target of [`${set}?${query}`, `${set}/$count?${query}`]) expect((await hub.get(target)).status, target).not.toBe(500);
      }
    }
    expect([...noted()].filter((sql) => sql.includes(marker))).toEqual([]);
  });

  test.each(payloads)("%s as key, parent, cast, property and operation", async (text) => {
    for (const route of routesOf(model).filter(({ through }) => through !== "fleet by container")) {
      const parents = Array.from({ length: route.place.depth }, () => text);
      for (const form of ["segment", "parentheses"] as const) {
        const set = `/beta${pathOf(route, { hubId: text, parents, form })}`;
        for (const request of everyRequest(model, route.place)) {
          const id = route.place.kind === "singleton" ? undefined : text;
          const asked: Asked = {
            headers: {
              ...request.headers,
              "Idempotency-Key": text,
              "client-request-id": text,
              Prefer: text,
              "If-Match": form === "segment" ? "*" : `W/${text}`,
            },
            body: request.bodyOf?.(text) ?? request.body,
          };
          expect((await hub.send(request.method, addressOf(request, set, id), asked)).status).not.toBe(500);
        }
        for (const more of [`/${encoded(text)}`, `/microsoft.graph.${encoded(text)}`, `/id/${encoded(text)}`])
          expect((await hub.get(`${set}${more}`)).status).not.toBe(500);
      }
    }
    expect([...noted()].filter((sql) => sql.includes(marker))).toEqual([]);
  });

  test.each(payloads)("%s as value, as name of a member, as type and as who calls", async (text) => {
    const name = text.replaceAll(/\W/g, "");
    for (const place of model.places.filter(({ verbs, kind, path }) => kind === "set" && verbs.has("create") && path !== "subscriptions")) {
      const parents = await makeParents(hub, place);
      const set = `/beta${pathOf({ place, through: "home", cast: false }, { hubId: "", parents, form: "segment" })}`;
      const base = bodyFor(place);
      const filled = Object.fromEntries(Object.entries(base).map(([key, value]) => [key, value === "text" || typeof value === "string" ? text : value]));
      const caller = callerOf({ appId: text, user: text, kind: "delegated" });
      for (const body of [
        { ...base, [name]: text },
        { ...base, [text]: 1 },
        { ...base, [name]: { [text]: [text] } },
        { ...base, "@odata.type": `#${text}` },
        filled,
      ]) {
        const made = await hub.post(set, body, { caller });
        expect([200, 201, 400, 403, 409, 501], made.text).toContain(made.status);
        if (made.status === 201)
          expect((await hub.get(`${set}?$filter=${name} eq ${encoded(quoted(text))}&$orderby=${name}`, { caller })).status).not.toBe(500);
      }
    }
    expect([...noted()].filter((sql) => sql.includes(marker))).toEqual([]);
    expect(statements.size).toBeGreaterThan(50);
  });
});

test("wildcards of LIKE and GLOB are plain characters", async () => {
  const set = "/beta/security/secureScoreControlProfiles";
  const titles = ["100%", "1000", "a_b", "axb", String.raw`a\b`, "a*b", "a?b", "[ab]", "A_B"];
  for (const title of titles) await hub.post(set, { id: `w-${title}`, title, vendorInformation: vendor });
  const found = async (filter: string): Promise<string[]> =>
    (await hub.get(`${set}?$filter=startswith(id,'w-') and ${encoded(filter)}&$orderby=title`)).json.value.map(({ title }: { title: string }) => title);
  for (const part of ["%", "_", "\\", "*", "?", "[ab]", "[", "^"]) {
    const holds = titles.filter((title) => title.includes(part)).toSorted();
    expect(await found(`contains(title,${quoted(part)})`)).toEqual(holds);
    expect(await found(`endswith(title,${quoted(part)})`)).toEqual(titles.filter((title) => title.endsWith(part)).toSorted());
    expect(await found(`startswith(title,${quoted(part)})`)).toEqual(titles.filter((title) => title.startsWith(part)).toSorted());
    expect(await found(`indexof(title,${quoted(part)}) ge 0`)).toEqual(holds);
  }
});

test("names of prototypes are plain names: stored, read, filtered, and nothing else has them (CWE-1321)", async () => {
  const set = "/beta/security/secureScores";
  const own = Reflect.ownKeys(Object.prototype).length;
  const odd = `{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"toString":"t","hasOwnProperty":1,"maxScore":1,"vendorInformation":${JSON.stringify(vendor)}}`;
  const made = await hub.post(set, odd);
  expect(made.status, made.text).toBe(201);
  expect(made.text).toContain('"__proto__":{"polluted":"yes"}');
  expect((await hub.get(`${set}/${made.json.id}`)).text).toContain('"constructor":{"prototype":{"polluted":"yes"}}');
  expect((await hub.get(`${set}?$filter=toString eq 't' and hasOwnProperty eq 1&$select=toString`)).json.value).toHaveLength(1);
  const patched = await hub.patch(`${set}/${made.json.id}`, '{"__proto__":{"polluted":"more"}}', { headers: { Prefer: "return=representation" } });
  expect(patched.text).toContain('"polluted":"more"');
  const batch = await hub.post(
    "/v1.0/$batch",
    `{"requests":[{"id":"__proto__","method":"GET","url":"/security","headers":{"__proto__":"x","constructor":"y"},"dependsOn":[]}]}`,
  );
  expect(batch.json.responses[0]).toMatchObject({ id: "__proto__", status: 200 });
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(Reflect.ownKeys(Object.prototype)).toHaveLength(own);
});

describe("no text of a client becomes a header of its own (ASVS 1.2.x, CWE-113)", () => {
  const broken = "a\r\nSet-Cookie: b=1\r\n\r\n<html>";

  async function overPort(
    method: string,
    target: string,
    { headers = {}, body = "" }: { headers?: Readonly<Record<string, string>>; body?: string } = {},
  ): Promise<string> {
    const fields = {
      Host: "h",
      Connection: "close",
      Authorization: authorizationOf(callerOf()),
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      ...headers,
    };
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    return raw(port.port, `${method} ${target} HTTP/1.1\r\n${head.join("")}\r\n${body}`);
  }
  const headOf = (answer: string): string => answer.slice(0, answer.indexOf("\r\n\r\n"));

  test("Location, ETag and context of an id with line breaks", async () => {
    const body = JSON.stringify({ id: broken, title: "t", vendorInformation: vendor });
    const answer = await overPort("POST", "/v1.0/security/secureScoreControlProfiles", { body });
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(headOf(answer)).not.toMatch(/^Set-Cookie|<html>/im);
    expect(headOf(answer)).toMatch(/^Location: \S+a%0D%0ASet-Cookie%3A\S+$/m);
  });

  test("Warning of placeholders under names with line breaks", async () => {
    const body = JSON.stringify({ "a\r\nb": 1, maxScore: "Double", vendorInformation: { vendor: "v", provider: "p", "x\r\nSet-Cookie: b=1": {} } });
    expect(headOf(await overPort("POST", "/localtest/security/secureScores", { body }))).not.toMatch(/^Set-Cookie/im);
    expect(headOf(await overPort("POST", "/localtest/security/secureScores", { body: JSON.stringify({ maxScore: "Double" }) }))).toMatch(
      /\r\nWarning: 299 - "/,
    );
  });

  test.each([
    ["client-request-id", "a b"],
    ["client-request-id", "ä"],
    ["Prefer", 'return=representation;"a\tb"'],
    ["Prefer", "odata.continue-on-error=true\u0085Set-Cookie: b=1"],
    ["Accept", "application/json;x=\u0085"],
    ["OData-MaxVersion", "4.0 Set-Cookie: b=1"],
  ])("%s: %s is not repeated as it came", async (name, value) => {
    const answer = await overPort("GET", "/v1.0/security", { headers: { [name]: value } });
    expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(headOf(answer)).not.toMatch(/^Set-Cookie|[^\r\n\x20-\x7e]/im);
  });

  test("line breaks of the path, encoded, stay encoded wherever the path is repeated", async () => {
    for (const target of [
      "/v1.0/security%0d%0aSet-Cookie:%20b=1",
      "/v1.0%0d%0aX: y/security",
      "/v1.0/securities/%0d%0aSet-Cookie:b/secureScores",
      "/%0d%0aSet-Cookie:b",
    ]) {
      expect(headOf(await overPort("GET", target)), target).not.toMatch(/^Set-Cookie/im);
    }
  });

  test("answers of a batch part repeat no line break of a Content-ID or of a header", async () => {
    const part = `--b\r\nContent-Type: application/http\r\nContent-ID: 1\u0085Set-Cookie: b\r\n\r\nGET security/secureScores HTTP/1.1\r\nclient-request-id: a\u0085b\r\n\r\n\r\n--b--\r\n`;
    const answer = await hub.send("POST", "/v1.0/$batch", { headers: { "Content-Type": "multipart/mixed; boundary=b" }, body: part });
    expect(answer.text.split("\r\n").filter((line) => /^Set-Cookie/i.test(line))).toEqual([]);
  });
});

describe("what browsers would run", () => {
  const script = '"><script>alert(1)</script>';

  test("answers of the API are JSON or plain text, never to be sniffed", async () => {
    const made = (await hub.post("/v1.0/security/secureScoreControlProfiles", { id: "html", title: script, vendorInformation: vendor })).json;
    for (const path of ["", "/title", "/title/$value", "?$select=title"]) {
      const answer: Answer = await hub.get(`/v1.0/security/secureScoreControlProfiles/${made.id}${path}`);
      expect(answer.headers["Content-Type"]).toMatch(/^(?:application\/json|text\/plain)\b/);
    }
    const answer = await raw(port.port, `GET /v1.0/${encoded(script)} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/\r\nX-Content-Type-Options: nosniff\r\n/);
    expect(answer).toMatch(/\r\nContent-Type: application\/json/);
  });

  test("the start page shows settings as text, and runs nothing", async () => {
    const page = welcomePage(() => [{ heading: script, rows: [[script, script]] }]);
    const { headers, body } = await page.answer({
      method: "GET",
      target: "/",
      headers: { host: "localhost:7080" },
      baseUrl: "http://localhost:7080",
      loopback: true,
    });
    expect(String(body)).toContain("&#60;script&#62;");
    expect(String(body)).not.toContain("<script");
    expect(headers["Content-Security-Policy"]).toContain("default-src 'none'");
  });
});
