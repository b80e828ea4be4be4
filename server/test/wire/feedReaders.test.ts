import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHub, vendor, type Answer, type TestHub } from "./hub.ts";

/**
 * What Excel and Power BI send when a feed is opened (the function OData.Feed of Power Query): fields as its diagnostics and its
 * options are documented, and queries as its steps fold into them.
 */
const agent = {
  "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
  MaxDataServiceVersion: "3.0",
  "OData-MaxVersion": "4.0",
};
const anyVersion =
  "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7";
const feed = { ...agent, Accept: anyVersion };
const versionFour = { ...agent, "OData-Version": "4.0", Accept: "application/json;odata.metadata=minimal", Prefer: 'odata.include-annotations="*"' };
const older = "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8";

const scores = "/v1.0/security/secureScores";
const rows = 230;

describe.each(["graph", "odata"] as const)("a feed in the %s profile", (profile) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await openHub({ profile });
    for (let n = 0; n < rows; n += 1) {
      const vendorInformation = { ...vendor, subProvider: n % 2 === 0 ? "Even" : "Odd" };
      await hub.post(scores, { currentScore: n, maxScore: 300, activeUserCount: n % 7, vendorInformation });
    }
  });
  afterAll(() => hub.close());

  const ask = (path: string, headers: Readonly<Record<string, string>> = versionFour): Promise<Answer> => hub.get(path.replaceAll(" ", "%20"), { headers });

  /** The rows of a feed as a reader takes them in: page by page. */
  async function readAll(path: string, headers: Readonly<Record<string, string>> = versionFour): Promise<{ readonly currentScore: number }[]> {
    const { status, json, text } = await ask(path, headers);
    expect(status, text).toBe(200);
    const next = json["@odata.nextLink"] as string | undefined;
    return next === undefined ? json.value : [...json.value, ...(await readAll(next.replace(/^https:\/\/[^/]+/, ""), headers))];
  }

  test("R25, R26 the service document is JSON although Atom would do, and tells each set and singleton with its address", async () => {
    const { status, headers, json } = await ask("/v1.0/", feed);
    expect(status).toBe(200);
    expect(headers["Content-Type"]).toMatch(/^application\/json;odata\.metadata=minimal/);
    expect(headers["OData-Version"]).toBe("4.0");
    expect(json["@odata.context"]).toMatch(/\/v1\.0\/\$metadata$/);
    const kinds = new Set(json.value.map(({ kind }: { kind: string }) => kind));
    expect(kinds).toEqual(new Set(["EntitySet", "Singleton"]));
    for (const { name, url } of json.value) expect([name, url].every((text) => typeof text === "string" && text !== "")).toBe(true);
  });

  test("$metadata is XML for who accepts XML, and for who accepts what a feed may be in", async () => {
    for (const Accept of ["application/xml", anyVersion.replaceAll(/application\/json[^,]*,/g, ""), "*/*"]) {
      const { status, headers, text } = await ask("/v1.0/$metadata", { ...agent, Accept });
      expect(status, Accept).toBe(200);
      expect(headers["Content-Type"]).toMatch(/^application\/xml/);
      expect(text).toContain('<edmx:Edmx Version="4.0"');
    }
  });

  test.each([feed, versionFour])("the whole of a feed comes by its next links, each row once", async (headers) => {
    const seen = (await readAll(scores, headers)).map(({ currentScore }) => currentScore);
    expect(seen.toSorted((one, other) => one - other)).toEqual(Array.from({ length: rows }, (_, n) => n));
  });

  test.each([
    // A preview; "Keep First Rows" of a few columns.
    ["?$top=1000", rows],
    ["?$top=4096&$select=id,currentScore", rows],
    // "Filtered Rows", as they fold.
    ["?$filter=currentScore ge 10 and currentScore lt 20&$top=1000", 10],
    ["?$filter=vendorInformation/subProvider eq 'Even' and not (currentScore gt 20)&$top=1000", 11],
    ["?$filter=startswith(vendorInformation/subProvider,'O') and contains(tolower(vendorInformation/subProvider),'dd')&$top=1000", 115],
    ["?$filter=createdDateTime ge 2020-01-01T00:00:00Z and year(createdDateTime) ge 2026&$orderby=createdDateTime desc&$top=1000", rows],
    ["?$filter=(activeUserCount eq 1 or activeUserCount eq 2) and id ne null&$select=activeUserCount,id&$top=1000", 66],
    ["?$filter=round(currentScore div 100) eq 2 and currentScore mod 10 eq 0&$top=1000", 8],
  ])("a step that folds: %s", async (query, count) => {
    expect(await readAll(`${scores}${query}`)).toHaveLength(count);
  });

  test("rows kept from a place on, and counted", async () => {
    const { json } = await ask(`${scores}?$skip=5&$top=10&$orderby=currentScore desc,id`);
    expect(json.value.slice(0, 10).map(({ currentScore }: { currentScore: number }) => currentScore)).toEqual(
      Array.from({ length: 10 }, (_, n) => rows - 6 - n),
    );
    expect((await ask(`${scores}?$count=true&$top=1`)).json["@odata.count"]).toBe(rows);
    expect((await ask(`${scores}/$count`, { ...agent, Accept: "text/plain" })).text).toBe(String(rows));
  });

  test("a singleton opens as a record, its collections as tables beneath it, and expanded as one", async () => {
    const { json } = await ask("/v1.0/security");
    expect(typeof json.id).toBe("string");
    expect((await ask("/v1.0/security/secureScores?$top=1")).json.value).toHaveLength(1);
    expect((await ask("/v1.0/security?$expand=secureScores($top=2;$select=id)")).json.secureScores).toHaveLength(2);
  });

  test("EnableBatch: an address too long for a request line goes within a multipart batch", async () => {
    const filter = Array.from({ length: 150 }, (_, n) => `currentScore eq ${n}`).join(" or ");
    const address = `https://hub.example${scores}?$filter=${filter.replaceAll(" ", "%20")}&$select=currentScore&$top=200`;
    expect(address.length).toBeGreaterThan(2048);
    const part = `GET ${address} HTTP/1.1\r\nAccept: ${anyVersion}\r\nOData-MaxVersion: 4.0\r\n\r\n`;
    const body = `--batch_36522ad7\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${part}\r\n--batch_36522ad7--\r\n`;
    const { status, text } = await hub.post("/v1.0/$batch", body, { headers: { ...agent, "Content-Type": "multipart/mixed; boundary=batch_36522ad7" } });
    expect(status, text).toBe(200);
    expect(text).toContain("HTTP/1.1 200");
    expect(text.match(/"currentScore":/g)).toHaveLength(150);
  });

  test("R172 without a token the challenge says so, and who asks for Atom alone is told what there is", async () => {
    const unknown = await hub.get("/v1.0/security/secureScores", { headers: feed, caller: null });
    expect([unknown.status, unknown.headers["WWW-Authenticate"]]).toEqual([401, expect.stringMatching(/^Bearer /)]);
    const atom = await ask(scores, { ...agent, Accept: older });
    expect([atom.status, atom.json.error.message]).toEqual([406, expect.stringContaining("application/json")]);
  });
});
