import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestHub } from "../wire/hub.ts";
import { openHarbour } from "./harbour.ts";

/** Content beside entities: media entities and stream properties. */

const pixels = Uint8Array.from([137, 80, 78, 71, 0, 255]);
let hub: TestHub;
let document = "";

beforeAll(async () => {
  hub = await openHarbour();
  await hub.post("/v1.0/People", { Number: 1, Name: "Ada" });
  const made = await hub.send("POST", "/v1.0/Documents", { body: "first", headers: { "content-type": "text/plain;charset=utf-8" } });
  document = made.headers["Location"]?.replace("https://hub.example", "") ?? made.text;
});
afterAll(() => hub.close());

const put = (target: string, body: string | Uint8Array, type: string, headers = {}) =>
  hub.send("PUT", target, { body, headers: { "content-type": type, ...headers } });

describe("a media entity", () => {
  test("is made by its content, and shows its type and ETag, never its bytes", async () => {
    const { json, text } = await hub.get(document);
    expect(json).toMatchObject({ "@odata.mediaContentType": "text/plain;charset=utf-8", Title: null });
    expect(json["@odata.mediaEtag"]).toMatch(/^"[\w-]{22}"$/);
    expect(text).not.toContain(Buffer.from("first").toString("base64url"));
    const listed = await hub.get("/v1.0/Documents?$select=Title");
    expect(listed.text).not.toContain("content");
    expect(listed.json.value[0]["@odata.mediaEtag"]).toBe(json["@odata.mediaEtag"]);
    const full = await hub.get(`${document}?$format=application/json;odata.metadata=full`);
    expect(full.json["@odata.mediaReadLink"]).toBe(`https://hub.example${document}/$value`);
    const none = await hub.get(`${document}?$format=application/json;odata.metadata=none`);
    expect(Object.keys(none.json)).toEqual(["Id", "Title"]);
  });

  test("its content is read, replaced on its own ETag, and taken away", async () => {
    const read = await hub.get(`${document}/$value`, { headers: { accept: "text/plain" } });
    expect([read.status, read.text, read.headers["Content-Type"], read.headers["X-Content-Type-Options"]]).toEqual([
      200,
      "first",
      "text/plain;charset=utf-8",
      "nosniff",
    ]);
    const etag = read.headers["ETag"]!;
    expect((await hub.get(`${document}/$value`, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await put(`${document}/$value`, "x", "text/plain", { "if-match": '"other"' })).status).toBe(412);
    const written = await put(`${document}/$value`, pixels, "image/png", { "if-match": etag });
    expect([written.status, written.headers["ETag"] === etag]).toEqual([204, false]);
    const again = await hub.get(`${document}/$value`, { headers: { accept: "image/png" } });
    expect([...(again.raw.body as Uint8Array)]).toEqual([...pixels]);
    expect((await hub.remove(`${document}/$value`)).status).toBe(204);
    expect((await hub.get(`${document}/$value`)).status).toBe(204);
    expect((await hub.get(document)).json).not.toHaveProperty(["@odata.mediaEtag"]);
  });

  test("its properties are those of any entity, and content stays when they are replaced", async () => {
    await put(`${document}/$value`, "second", "text/plain");
    expect((await hub.patch(document, { Title: "t" })).status).toBe(204);
    expect((await hub.send("PUT", document, { body: { Title: "u" } })).status).toBe(204);
    expect((await hub.get(`${document}/$value`)).text).toBe("second");
    const plain = await hub.post("/v1.0/Documents", { Title: "without" });
    expect([plain.status, plain.json.Title]).toEqual([201, "without"]);
  });
});

describe("a stream property", () => {
  test("is no member of the JSON; what is said of it is beside it", async () => {
    expect((await hub.get("/v1.0/People(1)")).json).not.toHaveProperty("Photo");
    expect((await hub.get("/v1.0/People(1)/Photo")).status).toBe(204);
    expect((await put("/v1.0/People(1)/Photo", pixels, "image/png")).status).toBe(204);
    const { json } = await hub.get("/v1.0/People(1)");
    expect([json["Photo@odata.mediaContentType"], json.Photo]).toEqual(["image/png", undefined]);
    const read = await hub.get("/v1.0/People(1)/Photo/$value");
    expect([...(read.raw.body as Uint8Array)]).toEqual([...pixels]);
    expect((await hub.get("/v1.0/People?$select=Name")).json.value[0]).not.toHaveProperty(["Photo@odata.mediaContentType"]);
    expect((await hub.get("/v1.0/People?$select=Photo")).json.value[0]).toHaveProperty(["Photo@odata.mediaContentType"]);
    expect((await hub.remove("/v1.0/People(1)/Photo")).status).toBe(204);
  });

  test("takes the media types that it names", async () => {
    const answer = await put("/v1.0/People(1)/Photo", "<svg/>", "image/svg+xml");
    expect([answer.status, answer.json.error.message]).toEqual([415, "'Photo' takes image/png, image/jpeg, not 'image/svg+xml'."]);
    expect((await hub.post("/v1.0/People", { Number: 9, Name: "x", Photo: "AAAA" })).json.error.message).toContain("Property 'Photo': expected nothing here");
  });
});

test.each([
  ["People(1)/$value", "GET", 400],
  ["People(2)/Photo", "GET", 404],
  ["People(1)/Photo/$value/x", "GET", 400],
  ["People(1)/Photo", "POST", 405],
  ["Documents/$value", "GET", 400],
  ["People(1)/Photo?$filter=true", "GET", 400],
])("%s %s is %i", async (target, method, status) => {
  const answer = await hub.send(method, `/v1.0/${target}`, method === "GET" ? {} : { body: "x" });
  expect(answer.status, answer.text).toBe(status);
});
