import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

/** `$value` of properties, and content of any kind within a batch (R9, R129). */

const sample = "/v1.0/Samples(11111111-1111-4111-8111-111111111111)";
const bytes = Buffer.from([0, 137, 255, 13, 10, 45]);
let hub: TestHub;

beforeAll(async () => {
  hub = await openHarbour();
  await hub.post("/v1.0/Samples", { Id: "11111111-1111-4111-8111-111111111111", Text: "x" });
  await hub.post("/v1.0/People", { Number: 1, Name: "Ada" });
});
afterAll(() => hub.close());

const put = (name: string, body: string | Uint8Array, type = "text/plain"): Promise<Answer> =>
  hub.send("PUT", `${sample}/${name}/$value`, { body, headers: { "content-type": type } });

describe("R9 a property's raw value", () => {
  test.each([
    ["Long", "9007199254740993", "9007199254740993"],
    ["Small", "255", "255"],
    ["Signed", " -5 ", "-5"],
    ["Money", "12345678901234.5678", "12345678901234.5678"],
    ["Double", "1e3", "1000"],
    ["Yes", "true", "true"],
    ["Text", " 5 ", " 5 "],
    ["Day", "2024-02-29", "2024-02-29"],
  ])("%s keeps what %j says", async (name, sent, kept) => {
    expect((await put(name, sent)).status).toBe(204);
    expect((await hub.get(`${sample}/${name}/$value`)).text).toBe(kept);
  });

  test("of Edm.Binary is its bytes", async () => {
    expect((await put("Bytes", bytes, "application/octet-stream")).status).toBe(204);
    expect((await hub.get(`${sample}/Bytes`)).json.value).toBe(bytes.toString("base64url"));
    const raw = await hub.get(`${sample}/Bytes/$value`);
    expect([raw.headers["Content-Type"], Buffer.from(raw.raw.body!)]).toEqual(["application/octet-stream", bytes]);
  });

  test.each<[string, string | Uint8Array]>([
    ["Text", "a\0b"],
    ["Text", Uint8Array.from([0xff, 0xfe])],
    ["Double", "0x10"],
    ["Small", "256"],
    ["Long", "null"],
  ])("%s refuses %j by name", async (name, sent) => {
    const answer = await put(name, sent);
    expect([answer.status, answer.json.error.target]).toEqual([400, name]);
  });
});

describe("R129 content within a batch", () => {
  const photo = "/People(1)/Photo/$value";

  test("in JSON is base64, on both ways", async () => {
    const headers = { "content-type": "image/png" };
    const requests = [
      { id: "1", method: "PUT", url: photo, headers, body: bytes.toString("base64") },
      { id: "2", method: "GET", url: photo, dependsOn: ["1"] },
    ];
    const { responses } = (await hub.post("/v1.0/$batch", { requests })).json;
    expect(responses.map(({ status }: { status: number }) => status)).toEqual([204, 200]);
    expect(responses[1].body).toBe(bytes.toString("base64"));
    expect(Buffer.from((await hub.get(`/v1.0${photo}`)).raw.body!)).toEqual(bytes);
  });

  test("in multipart goes byte by byte", async () => {
    const part = `--b\r\nContent-Type: application/http\r\n\r\n`;
    const body = Buffer.concat([
      Buffer.from(`${part}PUT ${photo} HTTP/1.1\r\nContent-Type: image/png\r\n\r\n`),
      bytes,
      Buffer.from(`\r\n${part}GET ${photo} HTTP/1.1\r\n\r\n\r\n${part}GET /Samples?$filter=Text%20eq%20'é' HTTP/1.1\r\n\r\n\r\n--b--\r\n`),
    ]);
    const answer = await hub.send("POST", "/v1.0/$batch", { body, headers: { "content-type": "multipart/mixed;boundary=b" } });
    const whole = Buffer.from(answer.raw.body!);
    expect(whole.includes(Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes, Buffer.from("\r\n--")]))).toBe(true);
  });
});
