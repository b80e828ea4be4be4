import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultBudgets } from "../../src/base/limits.ts";
import { altered } from "./altered.ts";
import { baseUrl, callerOf, openHub, otherTenant, vendor, type Answer, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const profiles = "/v1.0/security/userSecurityProfiles";
const importer = callerOf({ permissions: ["SecurityEvents.ReadWrite.All", "SecurityData.Import"] });

/** maxScore, currentScore, provider, day of May. */
const rows = [
  [1, 10, "B", 1],
  [2, null, "A", 3],
  [3, 30, "B", 2],
  [4, null, "C", 5],
  [5, 10, null, 4],
] as const;

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
  for (const [maxScore, currentScore, provider, day] of rows) {
    const vendorInformation = provider === null ? null : { ...vendor, provider };
    await hub.post(scores, { maxScore, currentScore, vendorInformation, createdDateTime: `2026-05-0${day}T00:00:00Z` }, { caller: importer });
  }
});
afterAll(() => hub.close());

const ask = (options: string, headers: Record<string, string> = {}): Promise<Answer> => hub.get(`${scores}?${options}`, { headers });
const numbers = (answer: Answer): number[] => {
  expect(answer.status, answer.text).toBe(200);
  return answer.json.value.map((one: { maxScore: number }) => one.maxScore);
};
const refusal = ({ status, json }: Answer): string => `${status} ${json.error?.code} ${json.error?.target}`;
const following = (answer: Answer): string => (answer.json["@odata.nextLink"] as string).slice(baseUrl.length);

/** Every page from this one on, and at last the one without a next link. */
async function pagesFrom(target: string, headers: Record<string, string> = {}, on: TestHub = hub): Promise<Answer[]> {
  const pages: Answer[] = [];
  for (let link: string | undefined = target; link !== undefined;) {
    const page: Answer = await on.get(link, { headers });
    expect(page.status, page.text).toBe(200);
    pages.push(page);
    link = page.json["@odata.nextLink"] === undefined ? undefined : following(page);
  }
  return pages;
}

describe("payload", () => {
  test("R53 control information stands before value, and nothing else beside it", async () => {
    const whole = await ask("$count=true&$top=2");
    expect(Object.keys(whole.json)).toEqual(["@odata.context", "@odata.count", "@odata.nextLink", "value"]);
    expect(Object.keys((await ask("")).json)).toEqual(["@odata.context", "value"]);
    expect(Object.keys(whole.json.value[0]).slice(0, 3)).toEqual(["@odata.etag", "@odata.type", "id"]);
  });

  test.each([
    ["/security/secureScores", "security/secureScores"],
    ["/security/secureScores?$select=id,maxScore", "security/secureScores(id,maxScore)"],
    ["/security/secureScores?$select=vendorInformation/vendor", "security/secureScores(vendorInformation/vendor)"],
    ["/security/SECURESCORES/{id}", "security/secureScores/$entity"],
    ["/security/secureScores('{id}')?$select=maxScore", "security/secureScores(maxScore)/$entity"],
    ["/security/secureScores/{id}/maxScore", "security/secureScores('{id}')/maxScore"],
    ["/security", "security"],
    ["/security?$expand=secureScores($select=maxScore)", "security(secureScores(maxScore))"],
    ["/securities", "securities"],
    ["/subscriptions", "subscriptions"],
    ["/deviceAppManagement/deviceAppManagementTasks", "deviceAppManagement/deviceAppManagementTasks"],
    [
      "/deviceAppManagement/deviceAppManagementTasks/microsoft.graph.securityConfigurationTask",
      "deviceAppManagement/deviceAppManagementTasks/microsoft.graph.securityConfigurationTask",
    ],
  ])("R54 the context of %s is #%s", async (path, context) => {
    const { id } = (await ask("$top=1")).json.value[0];
    const answer = await hub.get(`/v1.0${path.replace("{id}", id)}`);
    expect(answer.json["@odata.context"]).toBe(`${baseUrl}/v1.0/$metadata#${context.replace("{id}", id)}`);
  });

  test("R54 the result of an action has the context of its type", async () => {
    const indicator = {
      action: "alert",
      description: "x",
      expirationDateTime: "2200-01-01T00:00:00Z",
      targetProduct: "Azure Sentinel",
      threatType: "C2",
      tlpLevel: "red",
      url: "a.example",
    };
    const made = await hub.post("/v1.0/security/tiIndicators", indicator);
    const answer = await hub.post("/v1.0/security/tiIndicators/deleteTiIndicators", { value: [made.json.id] });
    expect([answer.status, answer.json["@odata.context"]], answer.text).toEqual([200, `${baseUrl}/v1.0/$metadata#Collection(microsoft.graph.resultInfo)`]);
  });

  test("R55 nothing found is 200 with an empty array: a filter, an empty place, an unused hub", async () => {
    const nobody = { caller: callerOf({ tenant: otherTenant }) };
    for (const answer of [await ask("$filter=maxScore gt 99"), await hub.get("/v1.0/security/hostSecurityProfiles"), await hub.get(scores, nobody)])
      expect([answer.status, answer.json.value]).toEqual([200, []]);
  });
});

describe("pages", () => {
  test("R56 a collection is paged though nobody asked: 100 rows, the documented size", async () => {
    const own = await openHub();
    for (let index = 0; index < 101; index += 1) await own.post(profiles, { displayName: String(index) });
    const pages = await pagesFrom(profiles, {}, own);
    expect(pages.map((page) => page.json.value.length)).toEqual([100, 1]);
    await own.close();
  });

  test("R56 every collection is, the ones inside an expanded hub too", async () => {
    const small = await openHub({ budgets: { ...defaultBudgets, pageSize: 1, maxPageSize: 2 } });
    const actions = { name: "a", parameters: [{ name: "b", value: "c" }], vendorInformation: { vendor: "v", provider: "p" } };
    for (const [path, body] of [
      ["/security/secureScores", {}],
      ["/security/securityActions", actions],
      ["/deviceAppManagement/deviceAppManagementTasks", {}],
    ] as const) {
      for (let round = 0; round < 2; round += 1) await small.post(`/v1.0${path}`, body);
      expect(
        (await pagesFrom(`/v1.0${path}`, {}, small)).map((page) => page.json.value.length),
        path,
      ).toEqual([1, 1]);
    }
    const hubRow = await small.get("/v1.0/security?$expand=secureScores");
    expect(hubRow.json.secureScores).toHaveLength(1);
    expect((await small.get(hubRow.json["secureScores@odata.nextLink"].slice(baseUrl.length))).json.value).toHaveLength(1);
    await small.close();
  });

  test("R57, Q12 a next link is absolute, repeats the options as they were meant and ends with $skiptoken", async () => {
    const page = await ask("%24filter=maxScore+gt+1&$orderby=maxScore%20desc&select=maxScore&$count=true&$top=2");
    const link = new URL(page.json["@odata.nextLink"]);
    expect([link.origin, link.pathname]).toEqual([baseUrl, scores]);
    expect(Object.fromEntries([...link.searchParams].slice(0, -1))).toEqual({
      $filter: "maxScore gt 1",
      $orderby: "maxScore desc",
      $select: "maxScore",
      $count: "true",
      $top: "2",
    });
    expect([...link.searchParams].at(-1)).toEqual(["$skiptoken", expect.stringMatching(/^[\w-]{20,}$/)]);
    expect(numbers(await hub.get(following(page)))).toEqual([3, 2]);
  });

  test("R57 a next link says nothing of what it holds", async () => {
    const page = await ask("$orderby=vendorInformation/provider&$top=1");
    const token = following(page).split("$skiptoken=")[1]!;
    for (const text of [token, Buffer.from(token, "base64url").toString("latin1")]) expect(text).not.toMatch(/provider|secureScores|"values"|11111111/);
  });

  test("R57, Q11 a next link has no braces, wherever they stood", async () => {
    for (const target of [`${scores}?$filter=vendorInformation/provider ne '{x}'&$top=1`, `/v1.0/securities('{id}')/secureScores?$top=1`]) {
      const { id } = (await hub.get("/v1.0/security")).json;
      const page = await hub.get(target.replace("{id}", id));
      expect(page.status, page.text).toBe(200);
      expect(page.json["@odata.nextLink"]).not.toMatch(/[{}]/);
      expect((await hub.get(following(page))).status).toBe(200);
    }
    const task = "/v1.0/deviceAppManagement/deviceAppManagementTasks/{a}";
    await hub.patch(task, { "@odata.type": "#microsoft.graph.securityConfigurationTask" }, { headers: { Prefer: "create-if-missing" } });
    for (const displayName of ["a", "b"]) await hub.post(`${task}/managedDevices`, { displayName });
    const devices = await hub.get(`${task}/managedDevices?$top=1`);
    expect(devices.json["@odata.nextLink"]).toContain("/%7Ba%7D/managedDevices?");
    expect((await hub.get(following(devices))).json.value).toHaveLength(1);
  });

  test("R58 the last page has no next link, also when it is full or empty", async () => {
    expect((await pagesFrom(`${scores}?$top=2`)).map((page) => page.json.value.length)).toEqual([2, 2, 1]);
    expect((await pagesFrom(`${scores}?$top=5`)).map((page) => page.json.value.length)).toEqual([5]);
    expect((await ask("$filter=maxScore gt 99&$top=1")).json).not.toHaveProperty("@odata.nextLink");
  });

  test("R59 a next link with other options is 400", async () => {
    const link = following(await ask("$filter=maxScore gt 1&$orderby=maxScore&$top=2"));
    expect(numbers(await hub.get(link))).toEqual([4, 5]);
    for (const [from, to] of [
      ["maxScore%20gt%201", "maxScore%20gt%202"],
      ["$top=2", "$top=3"],
      ["&$orderby=maxScore", ""],
      ["secureScores", "userSecurityProfiles"],
    ] as const) {
      expect(link).toContain(from);
      expect((await hub.get(link.replace(from, to))).status, to).toBe(400);
    }
    expect(refusal(await hub.get(`${link}&$select=maxScore`))).toBe("400 BadRequest $skiptoken");
  });

  test("R60 $top over the server's limit is capped at 1000 and goes on", async () => {
    expect(defaultBudgets.maxPageSize).toBe(1000);
    const small = await openHub({ budgets: { ...defaultBudgets, pageSize: 2, maxPageSize: 3 } });
    for (let index = 0; index < 4; index += 1) await small.post(scores, {});
    expect((await pagesFrom(`${scores}?$top=50`, {}, small)).map((page) => page.json.value.length)).toEqual([3, 1]);
    await small.close();
  });

  test("R61 $skip: 500 is taken, 501 is 400", async () => {
    expect(numbers(await ask("$skip=500"))).toEqual([]);
    expect(refusal(await ask("$skip=501"))).toBe("400 BadRequest $skip");
  });

  test("R62 filter, then order, then skip, then top, whatever their order in the URL", async () => {
    for (const options of ["$top=2&$skip=1&$orderby=maxScore desc&$filter=maxScore lt 5", "$filter=maxScore lt 5&$orderby=maxScore desc&$skip=1&$top=2"])
      expect(numbers(await ask(options))).toEqual([3, 2]);
    expect(await pagesFrom(`${scores}?$top=2&$skip=1&$orderby=maxScore`).then((pages) => pages.map(numbers))).toEqual([
      [2, 3],
      [4, 5],
    ]);
  });

  test("R63, Q19 $top=0&$count=true is the count, no row and no next link", async () =>
    expect((await ask("$top=0&$count=true")).json).toEqual({
      "@odata.context": `${baseUrl}/v1.0/$metadata#security/secureScores`,
      "@odata.count": 5,
      value: [],
    }));

  test.each(["odata.maxpagesize=2", "maxpagesize=2", 'return=minimal, odata.maxpagesize="2"'])("R64 Prefer: %s is honoured and told", async (Prefer) => {
    const page = await ask("", { Prefer });
    expect([page.json.value.length, page.headers["Preference-Applied"]]).toEqual([2, "odata.maxpagesize=2"]);
    expect((await pagesFrom(scores, { Prefer })).map((one) => one.json.value.length)).toEqual([2, 2, 1]);
  });

  test("R64 a page size over the limit is the limit, and is told as that", async () => {
    expect((await ask("", { Prefer: "odata.maxpagesize=5000" })).headers["Preference-Applied"]).toBe("odata.maxpagesize=1000");
    expect((await ask("", { Prefer: "odata.maxpagesize=0" })).headers).not.toHaveProperty("Preference-Applied");
  });

  test("R65 $count=true counts all that match, whatever the page", async () => {
    const first = await ask("$filter=maxScore gt 1&$count=true&$top=1&$skip=1");
    expect([first.json["@odata.count"], first.json.value.length]).toEqual([4, 1]);
    expect((await ask("$count=false")).json).not.toHaveProperty("@odata.count");
  });

  test("R66 ConsistencyLevel: eventual is taken and changes nothing", async () => {
    const options = "$filter=not(maxScore eq 1)&$count=true&$orderby=maxScore";
    expect((await ask(options, { ConsistencyLevel: "eventual" })).text).toBe((await ask(options)).text);
  });
});

describe("order", () => {
  test.each([
    ["currentScore,maxScore desc", [4, 2, 5, 1, 3]],
    ["currentScore desc,maxScore", [3, 1, 5, 2, 4]],
    ["vendorInformation/provider desc,maxScore desc", [4, 3, 1, 2, 5]],
    ["maxScore sub 3 desc", [5, 4, 3, 2, 1]],
    ["MAXSCORE ASC", [1, 2, 3, 4, 5]],
  ])("R67 $orderby=%s", async (order, expected) => expect(numbers(await ask(`$orderby=${order}`))).toEqual(expected));

  test.each(["nothing", "controlScores", "vendorInformation", "vendorInformation/nothing", "maxScore up", "maxScore,", ""])(
    "R67 $orderby=%s is 400",
    async (order) => expect(refusal(await ask(`$orderby=${order}`))).toBe("400 BadRequest $orderby"),
  );

  test("R68 null is the lowest", async () => {
    expect(numbers(await ask("$orderby=vendorInformation/provider,maxScore"))[0]).toBe(5);
    expect(numbers(await ask("$orderby=vendorInformation/provider desc,maxScore")).at(-1)).toBe(5);
  });

  test("R68 ties are broken by the id, so that pages of one row show each row once", async () => {
    for (const order of ["currentScore", "currentScore desc", "azureTenantId", "licensedUserCount desc"]) {
      const whole = numbers(await ask(`$orderby=${order}`));
      expect((await pagesFrom(`${scores}?$orderby=${order}&$top=1`)).flatMap(numbers)).toEqual(whole);
      const ids = (await ask(`$orderby=${order}`)).json.value as { id: string; currentScore: number | null }[];
      const tied = ids.filter((one) => one.currentScore === null).map((one) => one.id);
      expect(tied).toEqual(order.endsWith("desc") ? tied.toSorted().toReversed() : tied.toSorted());
    }
  });

  test("R69 scores come newest first, by the time they were taken, not by when they came", async () => expect(numbers(await ask(""))).toEqual([4, 5, 2, 3, 1]));
});

describe("shape", () => {
  test("R70 $select leaves what is named, the id and control information", async () => {
    const { value } = (await ask("$select=maxScore&$top=1")).json;
    expect(Object.keys(value[0])).toEqual(["@odata.etag", "@odata.type", "id", "maxScore"]);
    const { id } = value[0];
    expect(Object.keys((await hub.get(`${scores}/${id}?$select=MAXSCORE`)).json)).toEqual(["@odata.context", "@odata.etag", "@odata.type", "id", "maxScore"]);
    expect(Object.keys((await hub.post(`${scores}?$select=maxScore`, {}, { headers: { "Idempotency-Key": "once" } })).json)).toContain("maxScore");
    await hub.remove(`${scores}/${(await ask("$filter=maxScore eq null&$select=id")).json.value[0].id}`);
  });

  test("R70 $select=* is every declared property; an unknown name is 400", async () => {
    const [star, plain] = [await ask("$select=*&$top=1"), await ask("$top=1")];
    expect(star.json.value).toEqual(plain.json.value);
    expect(refusal(await ask("$select=maxScore,nothing"))).toBe("400 BadRequest $select");
  });

  test("R71 $expand takes options of its own, and they hold there alone", async () => {
    const { json } = await hub.get(
      "/v1.0/security?$select=displayName&$expand=secureScores($select=maxScore;$filter=maxScore gt 2;$orderby=maxScore;$top=2;$skip=1;$count=true)",
    );
    expect(json.secureScores.map((one: any) => [Object.keys(one), one.maxScore])).toEqual([
      [["@odata.etag", "@odata.type", "id", "maxScore"], 4],
      [["@odata.etag", "@odata.type", "id", "maxScore"], 5],
    ]);
    expect([json["secureScores@odata.count"], Object.hasOwn(json, "providerStatus")]).toEqual([3, false]);
  });

  test.each([
    ["$filter=mood eq 'x'", "'mood' on type 'microsoft.graph.secureScore'"],
    ["$select=mood", "'mood' on type 'microsoft.graph.secureScore'"],
    ["$orderby=mood", "'mood' on type 'microsoft.graph.secureScore'"],
    ["$filter=controlScores/any(c:c/mood eq 'x')", "'mood' on type 'microsoft.graph.controlScore'"],
  ])("R71 $expand=secureScores(%s) is 400 where nothing of that name was ever stored", async (option, mention) => {
    for (const target of ["/v1.0/security", "/v1.0/securities"]) {
      const answer = await hub.get(`${target}?$expand=secureScores(${option})`);
      expect([answer.status, answer.json.error?.message], target).toEqual([400, `Could not find a property named ${mention}.`]);
    }
  });

  test.each([
    ["nothing", "Could not find a property named 'nothing' on type 'microsoft.graph.secureScore'."],
    [
      "controlScores",
      "$expand: property 'controlScores' on type 'microsoft.graph.secureScore' is not a navigation property: it is there without $expand (position 0).",
    ],
  ])("R71 $expand=%s is 400: %s", async (name, message) => {
    const answer = await ask(`$expand=${name}`);
    expect([refusal(answer), answer.json.error.message]).toEqual(["400 BadRequest $expand", message]);
  });

  test.each([
    ["$search=x", "secureScores"],
    ['$search="two words" AND NOT x', "secureScores"],
  ])("R72 %s: a resource that is not searched is told in Graph's words", async (option, name) => {
    const answer = await ask(option);
    expect(answer.json.error).toMatchObject({
      code: "BadRequest",
      target: "$search",
      message: `The parameter $search is not currently supported on the ${name} resource.`,
    });
    expect(refusal(await ask('$search="'))).toBe("400 BadRequest $search");
  });

  test("R72 alerts, control profiles and tasks are searched by words and phrases", async () => {
    const vendorInformation = { vendor: "v", provider: "p" };
    await hub.post("/v1.0/security/alerts", { title: "Password spray", description: "From an unknown place.", severity: "high", vendorInformation });
    await hub.post("/v1.0/security/alerts", { title: "Place unknown", severity: "low", vendorInformation });
    const found = async (search: string, more = ""): Promise<string[]> =>
      (await hub.get(`/v1.0/security/alerts?$search=${encodeURIComponent(search)}&$orderby=title${more}`)).json.value.map(
        (one: { title: string }) => one.title,
      );
    expect(await found("unknown")).toEqual(["Password spray", "Place unknown"]);
    expect(await found('"unknown place"')).toEqual(["Password spray"]);
    expect(await found('"Password spray" OR (place AND NOT from)', "&$filter=severity eq 'low'")).toEqual(["Place unknown"]);
    expect((await hub.get("/v1.0/security/alerts/$count?$search=UNKNOWN")).text).toMatch(/2$/);
    await hub.post("/v1.0/security/secureScoreControlProfiles", { id: "r72", title: "Require MFA", remediation: "Turn it on.", vendorInformation });
    expect((await hub.get("/v1.0/security/secureScoreControlProfiles?$search=mfa turn".replace(" ", "%20"))).json.value).toHaveLength(1);
  });

  test("R73 $format: json and application/json with its parameters; anything else is 406", async () => {
    for (const format of ["json", "JSON", "application/json", "application/json;odata.metadata=minimal"])
      expect(numbers(await ask(`$format=${format}`, { Accept: "text/html" }))).toHaveLength(5);
    for (const format of ["xml", "atom", "application/atom+xml", "text/html", "json,xml"])
      expect(refusal(await ask(`$format=${format}`))).toBe("406 NotAcceptable $format");
  });
});

describe("page tokens", () => {
  test("R74 rows that come and go between pages double and hide no other row", async () => {
    const own = await openHub();
    for (const name of ["b", "d", "f", "h", "j"]) await own.post(profiles, { displayName: name });
    const names = (page: Answer): string[] => page.json.value.map((one: { displayName: string }) => one.displayName);
    const first = await own.get(`${profiles}?$orderby=displayName&$top=2`);
    expect(names(first)).toEqual(["b", "d"]);
    for (const name of ["a", "c", "e"]) await own.post(profiles, { displayName: name });
    await own.remove(`${profiles}/${first.json.value[1].id}`);
    await own.remove(`${profiles}/${(await own.get(`${profiles}?$filter=displayName eq 'h'`)).json.value[0].id}`);
    const rest = await pagesFrom(following(first), {}, own);
    expect(rest.flatMap(names)).toEqual(["e", "f", "j"]);
    await own.close();
  });

  test("R75 a token is good in its own hub, path and options alone, and only as it was given", async () => {
    const link = following(await ask("$top=1"));
    const other = callerOf({ tenant: otherTenant });
    expect((await hub.get(link)).status).toBe(200);
    expect((await hub.get(link, { caller: callerOf({ appId: "another" }) })).status).toBe(200);
    expect(refusal(await hub.get(link, { caller: other }))).toBe("400 BadRequest $skiptoken");
    for (const broken of [altered(link), `${link}A`, link.slice(0, -1), link.replace(/\$skiptoken=.*/, "$skiptoken=AAAA")])
      expect(refusal(await hub.get(broken)), broken).toBe("400 BadRequest $skiptoken");
  });

  test("R75 a token lives for a day and is then 410", async () => {
    let now = Date.now();
    const own = await openHub({ clock: () => now });
    for (let index = 0; index < 2; index += 1) await own.post(scores, {});
    const link = following(await own.get(`${scores}?$top=1`));
    now += 24 * 3_600_000 - 1;
    expect((await own.get(link)).status).toBe(200);
    now += 2;
    expect(refusal(await own.get(link))).toBe("410 resyncRequired $skiptoken");
    await own.close();
  });
});
