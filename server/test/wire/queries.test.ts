import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { altered } from "./altered.ts";
import { openHub, vendor, type Answer, type TestHub } from "./hub.ts";

let hub: TestHub;
const profiles = "/v1.0/security/userSecurityProfiles";

const people = [
  { userPrincipalName: "ada@x.example", riskScore: "9", tags: ["VIP"], displayName: "Ada", accounts: [{ service: "mail", status: "active", riskScore: "2" }] },
  { userPrincipalName: "bob@x.example", riskScore: null, tags: [], displayName: "Bob", accounts: [] },
  {
    userPrincipalName: "cy@x.example",
    riskScore: "10",
    tags: ["VIP", "SAW"],
    displayName: null,
    accounts: [{ service: "crm", status: "suspended" }, { service: "mail" }],
  },
  { userPrincipalName: "Dee@x.example", riskScore: "9", tags: ["SAW"], displayName: "D'ee 100%_", accounts: [{ service: "mail", status: "deleted" }] },
];

beforeAll(async () => {
  hub = await openHub();
  for (const person of people) await hub.post(profiles, { ...person, vendorInformation: vendor });
});
afterAll(() => hub.close());

const names = (answer: Answer): string[] => answer.json.value.map((one: { userPrincipalName: string }) => one.userPrincipalName.split("@")[0]);
const ask = (options: string): Promise<Answer> => hub.get(`${profiles}?${options.replaceAll("%", "%25").replaceAll(" ", "%20")}`);

describe("$filter", () => {
  test.each([
    ["riskScore eq '9'", ["ada", "Dee"]],
    ["riskScore ne '9'", ["bob", "cy"]],
    ["not (riskScore eq '9')", ["bob", "cy"]],
    ["riskScore eq null", ["bob"]],
    ["riskScore gt '1'", ["ada", "cy", "Dee"]],
    ["not (riskScore gt '10')", ["bob", "cy"]],
    ["riskScore in ('10','11')", ["cy"]],
    ["startswith(userPrincipalName,'a') or endswith(userPrincipalName,'y@x.example')", ["ada", "cy"]],
    ["contains(displayName,'100%_')", ["Dee"]],
    ["contains(displayName,'D''ee')", ["Dee"]],
    ["tolower(displayName) eq 'ada'", ["ada"]],
    ["length(displayName) eq 3", ["ada", "bob"]],
    ["tags/any(t:t eq 'SAW')", ["cy", "Dee"]],
    ["tags/all(t:t eq 'VIP')", ["ada", "bob"]],
    ["tags/any()", ["ada", "cy", "Dee"]],
    ["not tags/any()", ["bob"]],
    ["tags/$count eq 2", ["cy"]],
    ["accounts/any(a:a/service eq 'mail' and a/status eq 'active')", ["ada"]],
    ["accounts/any(a:a/status eq microsoft.graph.accountStatus'deleted')", ["Dee"]],
    ["accounts/any(a:a/riskScore lt riskScore)", ["ada"]],
    ["accounts/$count ge 1 and vendorInformation/provider eq 'Posture'", ["ada", "cy", "Dee"]],
    ["year(createdDateTime) ge 2026 and createdDateTime lt 2200-01-01T00:00:00Z", ["ada", "bob", "cy", "Dee"]],
    ["vendorInformation ne null and riskScore eq '10'", ["cy"]],
    ["(vendorInformation eq null) eq false and riskScore eq '10'", ["cy"]],
  ])("%s", async (filter, expected) => {
    const answer = await ask(`$filter=${filter}`);
    expect(answer.status, answer.text).toBe(200);
    expect(names(answer).toSorted()).toEqual(expected.toSorted());
    expect((await hub.get(`${profiles}/$count?$filter=${encodeURIComponent(filter)}`)).text).toBe(String(expected.length));
  });

  test.each([
    ["riskScore eq 'a", "$filter"],
    ["riskScore eq 9", "position"],
    ["nope eq 1", "nope"],
    ["accounts/any(a:a/nope eq 1)", "nope"],
    ["accounts eq 1", "collection"],
    ["accounts/any(a:a/status eq 'asleep')", "asleep"],
    ["riskScore", "condition"],
    ["vendorInformation", "condition"],
    ["riskScore eq 'x')", "position"],
  ])("refuses %s", async (filter, mention) => {
    const answer = await ask(`$filter=${filter}`);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.json.error.message).toContain(mention);
  });

  test.each(["geo.distance(a,b) lt 1"])("says that %s is not there yet", async (filter) => {
    expect([400, 501]).toContain((await ask(`$filter=${filter}`)).status);
  });
});

describe("order, pages, shape", () => {
  test.each([
    ["$orderby=riskScore,userPrincipalName", ["bob", "cy", "Dee", "ada"]],
    ["$orderby=riskScore desc,userPrincipalName desc", ["ada", "Dee", "cy", "bob"]],
    ["$orderby=displayName desc", ["Dee", "bob", "ada", "cy"]],
    ["$orderby=vendorInformation/provider,userPrincipalName&$skip=1&$top=2", ["ada", "bob"]],
  ])("%s", async (options, expected) => expect(names(await ask(options))).toEqual(expected));

  test("pages by nextLink see each row once, whatever the order", async () => {
    for (const order of ["riskScore", "riskScore desc,displayName", "displayName desc,riskScore", "userPrincipalName"]) {
      const whole = names(await ask(`$orderby=${order}`));
      const seen: string[] = [];
      let page = await hub.get(`${profiles}?$orderby=${encodeURIComponent(order)}&$count=true`, { headers: { Prefer: "odata.maxpagesize=1" } });
      expect(page.json["@odata.count"]).toBe(4);
      expect(page.headers["Preference-Applied"]).toBe("odata.maxpagesize=1");
      for (;;) {
        seen.push(...names(page));
        const next = page.json["@odata.nextLink"] as string | undefined;
        if (next === undefined) break;
        expect(next).toMatch(/^https:\/\/hub\.example\/v1\.0\/security\/userSecurityProfiles\?.*\$skiptoken=[\w-]+$/);
        page = await hub.get(next.slice("https://hub.example".length), { headers: { Prefer: "odata.maxpagesize=1" } });
      }
      expect(seen).toEqual(whole);
    }
  });

  test("a page token is good for its own request alone (R75)", async () => {
    const first = await hub.get(`${profiles}?$top=3`, { headers: { Prefer: "odata.maxpagesize=1" } });
    const token = /\$skiptoken=(.+)$/.exec(first.json["@odata.nextLink"])![1]!;
    expect((await hub.get(`${profiles}?$top=3&$skiptoken=${token}`)).status).toBe(200);
    expect((await hub.get(`${profiles}?$top=2&$skiptoken=${token}`)).status).toBe(400);
    expect((await hub.get(`${profiles}?$top=3&$skiptoken=${altered(token)}`)).status).toBe(400);
    expect((await hub.get(`/v1.0/security/secureScores?$top=3&$skiptoken=${token}`)).status).toBe(400);
  });

  test("$top is the size of a page, and nextLink goes on; $top=0 only counts (R60, R63)", async () => {
    const empty = await ask("$top=0&$count=true");
    expect(empty.json).toEqual({ "@odata.context": empty.json["@odata.context"], "@odata.count": 4, value: [] });
    const seen: string[] = [];
    let target: string | undefined = `${profiles}?$top=3`;
    while (target !== undefined) {
      const page = await hub.get(target);
      seen.push(...names(page));
      target = (page.json["@odata.nextLink"] as string | undefined)?.slice("https://hub.example".length);
    }
    expect(seen).toEqual(["ada", "bob", "cy", "Dee"]);
  });

  test("with maxpagesize, and in the odata profile, $top bounds all pages together", async () => {
    let page = await hub.get(`${profiles}?$top=3`, { headers: { Prefer: "odata.maxpagesize=2" } });
    expect(page.json.value).toHaveLength(2);
    page = await hub.get(page.json["@odata.nextLink"].slice("https://hub.example".length));
    expect(page.json.value).toHaveLength(1);
    expect(page.json["@odata.nextLink"]).toBeUndefined();
    const pure = await openHub({ profile: "odata" });
    for (const name of ["a", "b", "c"]) await pure.post(profiles, { displayName: name });
    const limited = await pure.get(`${profiles}?$top=2`);
    expect([limited.json.value.length, limited.json["@odata.nextLink"]]).toEqual([2, undefined]);
    expect((await pure.get(`${profiles}?$filter=neverStored eq null&$top=1`.replaceAll(" ", "%20"))).json.value).toHaveLength(1);
    await pure.close();
  });

  test("$select keeps what is named, the key and control information (R70)", async () => {
    const answer = await ask("$select=riskScore,vendorInformation/vendor&$orderby=userPrincipalName desc&$top=1");
    expect(answer.json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#security/userSecurityProfiles(riskScore,vendorInformation/vendor)");
    expect(answer.json.value[0]).toEqual({
      "@odata.etag": expect.stringMatching(/^W/),
      "@odata.type": "#microsoft.graph.userSecurityProfile",
      id: expect.any(String),
      riskScore: "10",
      vendorInformation: { "@odata.type": "microsoft.graph.securityVendorInformation", vendor: "Contoso" },
    });
    expect((await ask("$select=nope")).status).toBe(400);
  });

  test("metadata levels (R28)", async () => {
    const none = await hub.get(`${profiles}?$top=1`, { headers: { Accept: "application/json;odata.metadata=none" } });
    expect(Object.keys(none.json.value[0]).some((name) => name.startsWith("@"))).toBe(false);
    const full = await hub.get(`${profiles}?$top=1`, { headers: { Accept: "application/json;odata.metadata=full" } });
    expect(full.json.value[0]).toMatchObject({ "createdDateTime@odata.type": "#DateTimeOffset", "tags@odata.type": "#Collection(String)" });
    expect(full.json.value[0]["@odata.id"]).toContain("userSecurityProfiles('");
    expect((await hub.get(profiles, { headers: { Accept: "application/atom+xml" } })).status).toBe(406);
  });

  test("$expand of a hub, with options", async () => {
    const answer = await hub.get("/v1.0/security?$expand=userSecurityProfiles($top=2;$select=riskScore;$count=true;$orderby=userPrincipalName desc)");
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json["userSecurityProfiles@odata.count"]).toBe(4);
    expect(answer.json.userSecurityProfiles.map((one: { riskScore: string }) => one.riskScore)).toEqual(["10", null]);
  });
});

describe("paths", () => {
  test.each([
    ["/V1.0/SECURITY/USERSECURITYPROFILES", 200],
    ["/beta/Security/userSecurityProfiles/", 200],
    ["/v1.0/security/userSecurityProfiles?%24top=1", 200],
    ["/v1.0/security/userSecurityProfiles?top=1", 200],
    ["/v2.0/security", 404],
    ["/", 404],
    ["/v1.0/nothing", 400],
    ["/v1.0/security/nothing", 400],
    ["/v1.0/security/userSecurityProfiles/nobody", 404],
    ["/v1.0/security/userSecurityProfiles/nobody/nothing", 404],
    ["/v1.0/security/userSecurityProfiles('nobody')", 404],
    ["/v1.0/security/userSecurityProfiles(nobody)", 400],
    ["/v1.0/security/userSecurityProfiles?$top=-1", 400],
    ["/v1.0/security/userSecurityProfiles?$top=1&$top=2", 400],
    ["/v1.0/security/userSecurityProfiles?$nothing=1", 400],
    ["/v1.0/security/userSecurityProfiles?nothing=1", 200],
    ["/v1.0/security/userSecurityProfiles?$skip=501", 400],
    ["/v1.0/security/userSecurityProfiles?$skip=500", 200],
    ["/v1.0/security/userSecurityProfiles?$search=x", 400],
    ["/v1.0/security/userSecurityProfiles?$apply=aggregate($count as n)", 200],
    ["/v1.0/security/userSecurityProfiles/$ref", 200],
    ["/v1.0/security/userSecurityProfiles/%zz", 400],
    ["/v1.0/$metadata", 200],
    ["/v1.0/openapi.json", 200],
    ["/v1.0/openapi.json?$format=xml", 406],
    ["/v1.0/$metadata?$format=evil", 406],
    ["/v1.0/$metadata?$format=xml", 200],
    ["/v1.0/?$select=x", 400],
    ["/v1.0", 200],
  ])("GET %s answers %i", async (target, status) => {
    const answer = await hub.get(target.replaceAll(" ", "%20"));
    expect(answer.status, answer.text.slice(0, 300)).toBe(status);
    if (status >= 400) expect(Object.keys(answer.json)).toEqual(["error"]);
  });

  test("a wrong method is 405 with Allow (R12)", async () => {
    const answer = await hub.send("DELETE", profiles);
    expect([answer.status, answer.headers["Allow"]]).toEqual([405, "GET, HEAD, POST"]);
    expect((await hub.send("BREW", profiles)).status).toBe(405);
  });

  test("no token: 401 before anything else is read", async () => {
    const answer = await hub.post(`${profiles}?$filter=((`, "{", { caller: null });
    expect([answer.status, answer.json.error.code]).toEqual([401, "InvalidAuthenticationToken"]);
    expect(answer.headers["WWW-Authenticate"]).toContain("Bearer");
  });
});
