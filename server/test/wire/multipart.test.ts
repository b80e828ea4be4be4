import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { callerOf, openHub, otherTenant, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

const scores = "/v1.0/security/secureScores";
const score = JSON.stringify({ maxScore: 5, vendorInformation: vendor });

/** Lines as a client writes them. */
const lines = (...all: readonly string[]): string => all.join("\r\n");

function single(request: string, boundary = "b"): string {
  return lines(`--${boundary}`, "Content-Type: application/http", "Content-Transfer-Encoding: binary", "", request, "");
}

function changeSet(requests: readonly string[], boundary = "c"): string {
  const printed = requests.map((request, index) =>
    lines(`--${boundary}`, "Content-Type: application/http", "Content-Transfer-Encoding: binary", `Content-ID: ${index + 1}`, "", request, ""),
  );
  return lines("--b", `Content-Type: multipart/mixed; boundary=${boundary}`, "", `${printed.join("")}--${boundary}--`, "");
}

const end = "--b--\r\n";
const write = (method: string, url: string, body: string): string =>
  lines(`${method} ${url} HTTP/1.1`, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, "", body);
const read = (url: string): string => lines(`GET ${url} HTTP/1.1`, "Accept: application/json", "", "");

function send(body: string, { headers, ...more }: Asked = {}, type = "multipart/mixed; boundary=b"): Promise<Answer> {
  return hub.post("/v1.0/$batch", body, { headers: { "Content-Type": type, ...headers }, ...more });
}

interface Part {
  readonly status: number;
  readonly mime: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly json: any;
}

/** Reads an answer as strictly as OpenUI5 does: CRLF, an empty line before every body, change sets as lists. */
function partsOf(text: string, contentType: string): (Part | Part[])[] {
  const boundary = /^multipart\/mixed; boundary=(\S+)$/.exec(contentType)![1]!;
  const pieces = text.split(new RegExp(`--${boundary}-{0,2} *\r\n`));
  return pieces.slice(1, -1).map((piece) => {
    const [mime = "", ...rest] = piece.split("\r\n\r\n");
    const outer = fieldsOf(mime);
    if (outer["Content-Type"]!.startsWith("multipart/mixed;")) return partsOf(rest.join("\r\n\r\n"), outer["Content-Type"]!) as Part[];
    expect(outer).toMatchObject({ "Content-Type": "application/http", "Content-Transfer-Encoding": "binary" });
    const [head = "", body = ""] = rest;
    const [statusLine = "", ...fields] = head.split("\r\n");
    expect(body.endsWith("\r\n")).toBe(true);
    const content = body.slice(0, -2);
    const headers = fieldsOf(fields.join("\r\n"));
    expect(headers["Content-Length"] ?? "0").toBe(String(Buffer.byteLength(content)));
    return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)![1]), mime: outer, headers, text: content, json: content.startsWith("{") ? JSON.parse(content) : {} }; // prettier-ignore
  });
}

function fieldsOf(text: string): Record<string, string> {
  const found = text.split("\r\n").filter((line) => line !== "");
  return Object.fromEntries(found.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
}

async function parts(body: string, asked?: Asked): Promise<(Part | Part[])[]> {
  const answer = await send(body, asked);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers["OData-Version"]).toBe("4.0");
  return partsOf(answer.text, answer.headers["Content-Type"]!);
}

const statusesOf = (found: readonly (Part | Part[])[]): unknown[] => found.map((part) => (Array.isArray(part) ? statusesOf(part) : part.status));

describe("a batch as clients write it (R131)", () => {
  test("OpenUI5 $auto: no blanks after colons, relative URLs, Content-ID i.j, GET beside a change set", async () => {
    const headers = "Accept:application/json;odata.metadata=minimal;IEEE754Compatible=true\r\nAccept-Language:en\r\nX-CSRF-Token:Fetch";
    const boundary = "batch_id-1763798400000-12";
    const inner = "changeset_id-1763798400000-13";
    const body =
      `--${boundary}\r\nContent-Type: multipart/mixed;boundary=${inner}\r\n\r\n` +
      `--${inner}\r\nContent-Type:application/http\r\nContent-Transfer-Encoding:binary\r\nContent-ID:0.0\r\n\r\n` +
      `POST security/secureScores HTTP/1.1\r\n${headers}\r\nContent-Type:application/json;charset=UTF-8;IEEE754Compatible=true\r\nPrefer:return=representation\r\n\r\n${score}\r\n` +
      `--${inner}--\r\n` +
      `--${boundary}\r\nContent-Type:application/http\r\nContent-Transfer-Encoding:binary\r\n\r\n` +
      `GET security/secureScores?$count=true&$select=id,maxScore&$skip=0&$top=2 HTTP/1.1\r\n${headers}\r\nContent-Type:application/json;charset=UTF-8;IEEE754Compatible=true\r\n\r\n\r\n` +
      `--${boundary}--\r\n`;
    const answer = await send(body, { headers: { "MIME-Version": "1.0", Accept: "multipart/mixed", "OData-MaxVersion": "4.0" } }, `multipart/mixed; boundary=${boundary}`); // prettier-ignore
    expect(answer.status, answer.text).toBe(200);
    const [made, list] = partsOf(answer.text, answer.headers["Content-Type"]!) as [Part[], Part];
    expect(made[0]).toMatchObject({ status: 201, mime: { "Content-ID": "0.0" }, json: { maxScore: 5 } });
    expect(made[0]!.headers["Location"]).toMatch(/^https:\/\/hub\.example\/v1\.0\/security\/secureScores\('/);
    expect(list).toMatchObject({ status: 200, json: { "@odata.count": expect.anything() }, headers: { "OData-Version": "4.0" } });
    expect(list.json.value.length).toBeGreaterThan(0);
  });

  test("Syncfusion saveChanges: LF alone, one change set of insert, update and delete, absolute URLs", async () => {
    const [one, two] = [await hub.post(scores, score), await hub.post(scores, score)];
    const base = "https://hub.example/v1.0/security/secureScores";
    const item = (id: number, request: string): string => `--changeset_7f\nContent-Type: application/http; msgtype=request\nContent-Transfer-Encoding: binary\nContent-ID: ${id}\n\n${request}\n\n`; // prettier-ignore
    const accept = "Accept: application/json;odata=light;q=1,application/json;odata=verbose;q=0.5\nContent-Type: application/json; charset=utf-8\n";
    const body =
      `--batch_1c\nContent-Type: multipart/mixed; boundary=changeset_7f\n\n` +
      item(0, `POST ${base} HTTP/1.1\n${accept}\n${score}\n`) +
      item(1, `PATCH ${base}('${one.json.id}') HTTP/1.1\n${accept}If-Match: *\n\n{"maxScore":9,"vendorInformation":${JSON.stringify(vendor)}}\n`) +
      item(2, `DELETE ${base}('${two.json.id}') HTTP/1.1\nIf-Match: *\n`) +
      `--changeset_7f--\n--batch_1c--`;
    const answer = await send(body, {}, "multipart/mixed; boundary=batch_1c");
    expect(answer.status, answer.text).toBe(200);
    expect(statusesOf(partsOf(answer.text, answer.headers["Content-Type"]!))).toEqual([[201, 204, 204]]);
    expect((await hub.get(`${scores}/${one.json.id}`)).json.maxScore).toBe(9);
    expect((await hub.get(`${scores}/${two.json.id}`)).status).toBe(404);
  });

  test("o.js: reads one after the other, blank lines after each, absolute paths and Host", async () => {
    const request = (url: string): string => lines(`GET ${url} HTTP/1.1`, "Accept: application/json", "Host: hub.example", "", "", "", "");
    const found = await parts(`\r\n${single(request("/v1.0/security/secureScores/$count"))}${single(request("/security"))}${end}`);
    expect(statusesOf(found)).toEqual([200, 200]);
    expect((found[0] as Part).text).toMatch(/^\d+$/);
  });

  test("spaces in a target, quotes in a boundary, text before and after", async () => {
    const body = `preamble\r\n--a b:c\r\nContent-Type: application/http\r\n\r\nGET security/secureScores?$filter=maxScore eq 5&$top=1 HTTP/1.1\r\n\r\n--a b:c--\r\nepilogue`;
    const answer = await send(body, {}, 'multipart/mixed; boundary="a b:c"');
    expect(statusesOf(partsOf(answer.text, answer.headers["Content-Type"]!))).toEqual([200]);
  });

  test("text of any script goes in and out byte for byte", async () => {
    const text = "Zürich 漢字 🦊 --b";
    const body = JSON.stringify({ maxScore: 1, vendorInformation: { ...vendor, subProvider: text } });
    const found = await parts(single(write("POST", "security/secureScores", body)) + single(read("security/secureScores?$filter=vendorInformation/subProvider eq 'Zürich 漢字 🦊 --b'")) + end); // prettier-ignore
    expect((found[0] as Part).json.vendorInformation.subProvider).toBe(text);
    expect((found[1] as Part).json.value).toHaveLength(1);
  });
});

describe("order and failure (R131)", () => {
  const missing = read("security/secureScores/nobody");

  test("the first failure ends the batch; what was not run has no answer", async () => {
    const before = (await hub.get(`${scores}/$count`)).text;
    const body = single(read("security")) + single(missing) + single(write("POST", "security/secureScores", score)) + end;
    expect(statusesOf(await parts(body))).toEqual([200, 404]);
    expect((await hub.get(`${scores}/$count`)).text).toBe(before);
  });

  test.each(["odata.continue-on-error", "continue-on-error=true", "respond-async, continue-on-error"])("Prefer: %s runs on", async (prefer) => {
    const answer = await send(single(missing) + single(read("security")) + end, { headers: { Prefer: prefer } });
    expect(statusesOf(partsOf(answer.text, answer.headers["Content-Type"]!))).toEqual([404, 200]);
    expect(answer.headers["Preference-Applied"]).toContain("continue-on-error");
  });

  test("continue-on-error=false does not", async () => {
    expect(statusesOf(await parts(single(missing) + single(missing) + end, { headers: { Prefer: "continue-on-error=false" } }))).toEqual([404]);
  });

  test.each(["graph", "odata"] as const)(
    "a change set that fails has one answer, that of the request which failed, and nothing of it was written (%s profile)",
    async (profile) => {
      const own = await openHub({ profile });
      onTestFinished(() => own.close());
      const post = write("POST", "security/secureScores", score);
      const ask = async (body: string) => {
        const answer = await own.post("/v1.0/$batch", body, { headers: { "Content-Type": "multipart/mixed; boundary=b" } });
        return partsOf(answer.text, answer.headers["Content-Type"]!);
      };
      const [one] = (await ask(changeSet([post, write("PATCH", "security/secureScores/nobody/maxScore", '{"value":1}'), post]) + end)) as [Part];
      expect(one).toMatchObject({ status: 404, mime: { "Content-ID": "2" }, json: { error: { innerError: { "request-id": one.headers["request-id"] } } } });
      expect((await own.get(`${scores}/$count`)).text).toBe("0");
      expect(statusesOf(await ask(changeSet([post, post]) + end))).toEqual([[201, 201]]);
      expect((await own.get(`${scores}/$count`)).text).toBe("2");
    },
  );

  test("a change set of one that fails has one answer, not a set", async () => {
    const [one] = (await parts(changeSet([write("POST", "security/secureScores", "{")]) + end)) as [Part];
    expect(one).toMatchObject({ status: 400, mime: { "Content-ID": "1" }, json: { error: { code: "BadRequest" } } });
  });

  test("$Content-ID stands for what an earlier request made or changed", async () => {
    const made = write("POST", "security/secureScores", score);
    const change = write("PATCH", "$1", JSON.stringify({ maxScore: 77, vendorInformation: vendor }));
    const found = (await parts(changeSet([made, change]) + single(read("$2?$select=maxScore")) + end)) as [Part[], Part];
    expect(statusesOf(found)).toEqual([[201, 204], 200]);
    expect(found[1].json.maxScore).toBe(77);
  });
});

describe("what is no batch is 400 as a whole, nothing is run (R131)", () => {
  const post = single(write("POST", "security/secureScores", score));
  const type = "Content-Type: application/http";
  test.each<[string, string, string?]>([
    ["empty", ""],
    ["no closing line", post],
    [
      "a change set without its closing line",
      `${post}--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n${type}\r\n\r\nGET security HTTP/1.1\r\n\r\n${end}`,
    ],
    ["no requests", end],
    ["an empty change set", `${changeSet([])}${end}`],
    ["no boundary", post + end, "multipart/mixed"],
    ["an empty boundary", post + end, 'multipart/mixed; boundary=""'],
    ["a boundary that is too long", post + end, `multipart/mixed; boundary=${"b".repeat(71)}`],
    ["a part of another type", `${post}--b\r\nContent-Type: application/json\r\n\r\n{}\r\n${end}`],
    ["a part without type", `${post}--b\r\n\r\nGET security HTTP/1.1\r\n\r\n${end}`],
    ["a change set in a change set", `${post}${changeSet([read("security")]).replace("application/http", "multipart/mixed;boundary=d")}${end}`],
    ["a part without request line", `${post}--b\r\n${type}\r\n\r\n\r\n${end}`],
    ["a line that is no header", `${post}--b\r\n${type}\r\nnonsense\r\n\r\nGET security HTTP/1.1\r\n\r\n${end}`],
    ["a bare CR in a header", `${post}--b\r\n${type}\r\nContent-ID: 1\rX: 2\r\n\r\nGET security HTTP/1.1\r\n\r\n${end}`],
    ["a batch in the batch", `${post}${single(lines("POST $batch HTTP/1.1", "", "{}"))}${end}`],
    ["a Content-ID twice", `${post}${changeSet([read("security"), read("security")]).replace("Content-ID: 2", "Content-ID: 1")}${end}`],
    ["21 requests (R118)", `${Array.from({ length: 21 }, () => single(read("security"))).join("")}${end}`],
    [
      "21 requests in change sets (R118)",
      `${changeSet(Array.from({ length: 10 }, () => read("security")))}${changeSet(Array.from({ length: 11 }, () => read("security")))}${end}`,
    ],
  ])("%s", async (_, body, contentType) => {
    const before = (await hub.get(`${scores}/$count`)).text;
    const answer = await send(body, {}, contentType);
    expect([answer.status, answer.json.error?.code], answer.text).toEqual([400, "BadRequest"]);
    expect((await hub.get(`${scores}/$count`)).text).toBe(before);
  });

  test("bodies made to be slow are read in no time", async () => {
    const blanks = " ".repeat(1_000_000);
    const begin = process.cpuUsage();
    const slow = [`GET ${blanks}x${blanks}y`, `GET security HTTP/1.1\r\nX:${blanks}\rx`, `GET security HTTP/1.1\r\n\r\n${blanks}x`].map(
      (request) => single(request) + end,
    );
    for (const body of [...slow, "\n--b".repeat(250_000), "--b--b".repeat(200_000), `--b\r\nContent-Type: multipart/mixed;${"; ".repeat(300_000)}\r\n\r\n`])
      await send(body);
    // Of processor time: a busy machine takes as long as it likes.
    const { user, system } = process.cpuUsage(begin);
    expect((user + system) / 1000).toBeLessThan(3_000);
  });
});

describe("identity (R128)", () => {
  test("requests run as the caller of the batch, whatever they carry", async () => {
    const stranger = callerOf({ tenant: otherTenant });
    const bearer = `Test ${Buffer.from(JSON.stringify({ ...stranger, permissions: [...stranger.permissions] })).toString("base64")}`;
    const request = lines("POST security/secureScores HTTP/1.1", "Content-Type: application/json", `Authorization: ${bearer}`, "", score);
    const [one] = (await parts(single(request) + end)) as [Part];
    expect(one.json.azureTenantId).toBe(callerOf().tenant);
  });

  test("no token, no batch; foreign hosts are refused each for itself", async () => {
    expect((await send(single(read("security")) + end, { caller: null })).status).toBe(401);
    const [one] = (await parts(single(read("https://evil.example/v1.0/security")) + end)) as [Part];
    expect([one.status, one.json.error.code]).toEqual([400, "BadRequest"]);
  });
});
