import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHub, vendor, type Answer, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const code = ({ status, json }: Answer): string => `${status} ${json.error?.code ?? ""}`.trim();
const score = (more: object = {}): object => ({ maxScore: 5, vendorInformation: vendor, ...more });

let hub: TestHub;
beforeAll(async () => void (hub = await openHub()));
afterAll(() => hub.close());

describe("U+0000 and text that is no Unicode are refused, wherever they stand", () => {
  const bad = {
    "U+0000": "%00",
    "bytes that are no UTF-8": "%ff",
    "a coded surrogate": "%ed%a0%80",
    "UTF-8 that is too long": "%c0%af",
    "half a character": "%c3",
  };
  const places = {
    "a path": (text: string) => `${scores}/a${text}b`,
    "a key in parentheses": (text: string) => `${scores}('a${text}b')`,
    "an option": (text: string) => `${scores}?$filter=id eq 'a${text}b'`,
    "the name of an option": (text: string) => `${scores}?$fil${text}ter=1`,
    "an option of nobody": (text: string) => `${scores}?mine=a${text}b`,
    "an alias": (text: string) => `${scores}?$filter=id eq @p&@p='a${text}b'`,
    $search: (text: string) => `/v1.0/security/secureScoreControlProfiles?$search="a${text}b"`,
  };
  const urls = Object.entries(bad).flatMap(([what, text]) => Object.entries(places).map(([place, write]) => [what, place, write(text)] as const));
  test.each(urls)("%s in %s of a URL: 400", async (_, __, target) => {
    expect(code(await hub.get(target.replaceAll(" ", "%20")))).toBe("400 BadRequest");
  });

  const bodies: readonly (readonly [string, string | Buffer])[] = [
    ["a name", '{"maxScore":5,"a\\u0000b":1}'],
    ["a value", '{"maxScore":5,"mood":"a\\u0000b"}'],
    ["a raw U+0000", '{"maxScore":5,"mood":"a\0b"}'],
    ["a lone surrogate in a name", '{"maxScore":5,"a\\ud800b":1}'],
    ["a lone surrogate in a value", '{"maxScore":5,"mood":"a\\udc00"}'],
    ["bytes that are no UTF-8", Buffer.from('{"maxScore":5,"mood":"a\xff"}', "latin1")],
    ["a coded surrogate", Buffer.from('{"maxScore":5,"mood":"a\xed\xa0\x80"}', "latin1")],
    ["UTF-8 that is too long", Buffer.from('{"maxScore":5,"mood":"a\xc0\xaf"}', "latin1")],
    ["UTF-16", Buffer.from('{"maxScore":5}', "utf16le")],
  ];
  test.each(bodies)("%s in a body: 400, and nothing is kept", async (_, body) => {
    expect(code(await hub.post(scores, body))).toBe("400 BadRequest");
    expect((await hub.get(`${scores}/$count`)).text).toBe("0");
  });

  test("headers that mean something take plain text only", async () => {
    for (const key of ["a\u00e9b", "a\tb", "\u00c3\u00a9"])
      expect(code(await hub.post(scores, score(), { headers: { "Idempotency-Key": key } }))).toBe("400 BadRequest");
    const echoed = await hub.get(scores, { headers: { "client-request-id": "a\u00e9b" } });
    expect(echoed.headers["client-request-id"]).toMatch(/^[\w-]{36}$/);
    expect(code(await hub.get(scores, { headers: { "If-None-Match": 'W/"a\u0001"' } }))).toMatch(/^(?:200|400 BadRequest)$/);
    for (const name of ["Prefer", "Accept"]) expect((await hub.get(scores, { headers: { [name]: "\u00e9=\u00ff, odata.maxpagesize=1" } })).status).toBe(200);
    expect((await hub.get(`${scores}/$count`)).text).toBe("0");
  });

  test("parts of a batch, too", async () => {
    const item = (more: object): object => ({ id: "1", method: "GET", url: "/security/secureScores", ...more });
    for (const one of [item({ url: "/security/secureScores/a%00" }), item({ url: "/security/secureScores?$filter=id eq 'a%ff'" })]) {
      expect((await hub.post("/v1.0/$batch", { requests: [one] })).json.responses[0].status).toBe(400);
    }
    for (const one of [item({ id: "a\0" }), item({ headers: { x: "a\0" } }), item({ url: "/a\ud800" })]) {
      expect(code(await hub.post("/v1.0/$batch", { requests: [one] }))).toBe("400 BadRequest");
    }
  });
});

describe("names that objects have anyway are plain names, also where nobody stores them", () => {
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
  const pristine = (): void => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  };

  test.each(names)("%s as option, alias, id, cast, operation and header", async (name) => {
    expect((await hub.get(`${scores}?${name}=1`)).status).toBe(200);
    expect(code(await hub.get(`${scores}?$${name}=1`))).toBe("400 BadRequest");
    expect((await hub.get(`${scores}?$filter=maxScore eq @${name}&@${name}=5`)).status).toBe(200);
    expect(code(await hub.get(`${scores}?$filter=maxScore eq @${name}`))).toMatch(/^(?:200|400 BadRequest)$/);
    expect(code(await hub.get(`${scores}?$expand=${name}`))).toBe("400 BadRequest");
    expect(code(await hub.get(`${scores}?$filter=${name}(maxScore)`))).toBe("400 BadRequest");
    expect(code(await hub.get(`${scores}/${name}`))).toBe("404 itemNotFound");
    expect(code(await hub.get(`${scores}('${name}')`))).toBe("404 itemNotFound");
    expect(code(await hub.get(`${scores}(${name}='a')`))).toBe("400 BadRequest");
    expect(code(await hub.get(`/v1.0/security/${name}`))).toBe("400 BadRequest");
    expect(code(await hub.get(`/v1.0/${name}`))).toBe("400 BadRequest");
    expect((await hub.get(`/${name}/security`)).status).toBe(404);
    expect(code(await hub.get(`${tasks}/microsoft.graph.${name}`))).toMatch(/^40[04] /);
    const headers = { [name]: "polluted", Prefer: `${name}=1`, Accept: `application/json;${name}=1` };
    expect((await hub.get(scores, { headers })).status).toBe(200);
    expect(code(await hub.post(scores, score(), { headers: { "Content-Type": name } }))).toMatch(/^4(?:00|15) /);
    pristine();
  });

  test.each(names)("%s as a parameter of an operation, a complex member and in a batch", async (name) => {
    const task = await hub.post(tasks, { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: "T", priority: "high" });
    const path = `${tasks}/${task.json.id}`;
    const sent = `{"status":"active","note":"n","${name}":{"polluted":1}}`;
    expect(code(await hub.post(`${path}/updateStatus`, sent))).toBe("400 BadRequest");
    expect(code(await hub.patch(path, `{"${name}":{"polluted":1}}`))).toBe("400 BadRequest");
    expect(code(await hub.post(scores, `{"maxScore":1,"vendorInformation":{"vendor":"a","provider":"b","${name}":{"polluted":1}}}`))).toMatch(
      /^400 BadRequest|^201/,
    );
    const batch = `{"${name}":{"polluted":1},"requests":[{"id":"${name}","method":"GET","url":"/security/secureScores?${name}=1","headers":{"${name}":"polluted"},"${name}":{"polluted":1}}]}`;
    expect((await hub.post("/v1.0/$batch", batch)).json.responses).toMatchObject([{ id: name, status: 200 }]);
    expect(code(await hub.post("/v1.0/$batch", `{"requests":[{"id":"1","method":"${name}","url":"/security"}]}`))).toMatch(/^(?:200|400 BadRequest)$/);
    pristine();
  });
});
