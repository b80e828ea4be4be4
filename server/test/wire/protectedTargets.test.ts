import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, otherTenant, type Answer, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

const set = "/beta/security/protectedTargets";
const actions = "/beta/security/securityActions";
const refusal = ({ status, json }: Answer): [number, string] => [status, json.error?.code];

async function protect(kind: string, value: string, more: object = {}): Promise<string> {
  const made = await hub.post(set, { kind, value, ...more });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
}

async function act(...values: readonly string[]): Promise<Answer> {
  const parameters = values.map((value, index) => ({ name: `target${index}`, value }));
  return hub.post(actions, { name: "Block", parameters, vendorInformation: { vendor: "Contoso", provider: "Firewall" } });
}

describe("protected targets", () => {
  test("are kept with who protected them, and found again by number or name", async () => {
    const analyst = callerOf({ kind: "delegated", user: "ada@contoso.example", appId: "console" });
    const made = await hub.post(set, { kind: "network", value: "198.18.7.9/15", reason: "Lab", createdBy: "x", canonicalValue: "x" }, { caller: analyst });
    expect(made.status, made.text).toBe(201);
    expect(made.json).toMatchObject({
      "@odata.type": "#microsoft.graph.protectedTarget",
      kind: "network",
      value: "198.18.7.9/15",
      reason: "Lab",
      canonicalValue: "ip:00000000000000000000ffffc6120000/111",
      createdBy: "ada@contoso.example",
      createdByApp: "console",
    });
    expect((await hub.patch(`${set}/${made.json.id}`, { reason: "Another" })).status).toBe(204);
    expect(refusal(await hub.patch(`${set}/${made.json.id}`, { value: "10.0.0.0/8" }))).toEqual([400, "BadRequest"]);
    expect((await hub.remove(`${set}/${made.json.id}`)).status).toBe(204);
  });

  test.each([
    ["address", "10.0.0.0/8", "an IPv4 or IPv6 address"],
    ["address", "10.1", "an IPv4 or IPv6 address"],
    ["address", "host", "an IPv4 or IPv6 address"],
    ["network", "10.0.0.0/33", "a network such as"],
    ["network", "ada", "a network such as"],
    ["user", " ", "what is to be protected"],
  ])("%s '%s' is none", async (kind, value, expected) => {
    const answer = await hub.post(set, { kind, value });
    expect([...refusal(answer), answer.json.error.target]).toEqual([400, "BadRequest", "value"]);
    expect(answer.json.error.message).toContain(expected);
  });

  test.each([{ value: "x" }, { kind: "user" }, { kind: "planet", value: "x" }, { kind: "user", value: 7 }, { kind: "user", value: "x".repeat(513) }])(
    "%j is no protected target",
    async (body) => expect(refusal(await hub.post(set, body))).toEqual([400, "BadRequest"]),
  );

  test("whoever acts sees them, whoever administers the hub makes them; another hub has its own", async () => {
    const actor = callerOf({ permissions: ["SecurityActions.ReadWrite.All"] });
    const stranger = callerOf({ tenant: otherTenant });
    const id = await protect("user", "vip@contoso.example");
    expect((await hub.get(`${set}/${id}`, { caller: actor })).status).toBe(200);
    expect(refusal(await hub.post(set, { kind: "user", value: "x" }, { caller: actor }))).toEqual([403, "Forbidden"]);
    expect(refusal(await hub.remove(`${set}/${id}`, { caller: actor }))).toEqual([403, "Forbidden"]);
    expect(refusal(await hub.get(`${set}/${id}`, { caller: stranger }))).toEqual([404, "itemNotFound"]);
    const theirs = { name: "Block", parameters: [{ name: "u", value: "vip@contoso.example" }], vendorInformation: { vendor: "C", provider: "F" } };
    expect((await hub.post(actions, theirs, { caller: stranger })).status).toBe(201);
  });

  test("an action on one is refused with the reason, and nothing is kept", async () => {
    const id = await protect("address", "192.0.2.53", { reason: "Our name server" });
    const before = (await hub.get(`${actions}/$count`)).text;
    const answer = await act("harmless", "192.0.2.53");
    const what = `Parameter 'target1': '192.0.2.53' touches the protected address '192.0.2.53' (${id}), which no action may touch: Our name server.`;
    expect(answer.json.error).toMatchObject({
      code: "TargetProtected",
      message: what,
      target: "parameters[1]/value",
      details: [{ code: "TargetProtected", message: what, target: "parameters[1]/value" }],
    });
    expect(answer.status).toBe(403);
    expect((await hub.get(`${actions}/$count`)).text).toBe(before);
  });

  describe("addresses and networks are compared as numbers", () => {
    beforeAll(async () => {
      await protect("address", "203.0.113.53");
      await protect("network", "198.51.100.128/25");
      await protect("address", "2001:db8:1::53");
      await protect("network", "2001:db8:2::/48");
      await protect("address", "64:ff9b::192.0.2.200");
    });

    test.each([
      "203.0.113.53",
      " 203.0.113.53 ",
      "::ffff:203.0.113.53",
      "::ffff:cb00:7135",
      "203.0.113.0/24",
      "203.0.113.53/32",
      "0.0.0.0/0",
      "::/0",
      "::ffff:0:0/96",
      "203.0.113.50-203.0.113.60",
      "203.0.113.*",
      "203.0.113.0/255.255.255.0",
      "3405803829",
      "0xcb007135",
      "203.0.113.53:443",
      "https://203.0.113.53/path",
      "https://user@203.0.113.53:8443",
      "//203.0.113.53/path",
      "https:\\\\203.0.113.53\\path",
      "203.0.113.53.",
      "https://203.0.113.53./",
      "203.0.113.0/0.0.0.255",
      "203.0/16",
      "0/0",
      "\u200b203.0.113.53",
      "192.0.2.1, 203.0.113.53",
      '["192.0.2.1","203.0.113.53"]',
      '{"hosts":[{"ip":"203.0.113.53"}]}',
      "198.51.100.128",
      "198.51.100.255",
      "198.51.100.192/26",
      "198.51.100.0/24",
      "198.51.100.100-198.51.100.130",
      "2001:db8:1::53",
      "2001:0db8:0001:0000::0053",
      "[2001:db8:1::53]:443",
      "http://[2001:db8:1::53]/",
      "2001:db8:1::/64",
      "2001:db8:2:3::7",
      "2001:db8:2:ffff::/64",
      "2001:db8::/32",
      "64:ff9b::192.0.2.200",
      "192.0.2.200",
      "64:ff9b::203.0.113.53",
      "64:ff9b::cb00:7100/120",
      "2002:cb00:7135::1",
      "::203.0.113.53",
      "fe80::5efe:203.0.113.53",
      "http://[64:ff9b::cb00:7135]:8080/",
      "http://0xcb.0.0x71.0x35/",
      "http://0313.0.0161.065/",
      "http://3405803829/",
      "https://203%2e0%2e113%2e53/",
      "https://２０３。０。１１３。５３/",
      "https://contoso.example@203.0.113.53/",
      "hxxps://203[.]0[.]113[.]53/path",
      "203[.]0[.]113[.]53",
      "203.0.113(dot)53",
      "root@203.0.113.53",
      "ada@[203.0.113.53]",
      "ip:203.0.113.53",
      "src=203.0.113.53",
      "(203.0.113.53)",
      "<ip>203.0.113.53</ip>",
      "203.0.113.50-60",
      "203.0.113.50\u2013203.0.113.60",
      "203.0.113.0 255.255.255.0",
      "192.0.2.1\u3001203.0.113.53",
      "192.0.2.1，203.0.113.53",
      '{"rules":[[{"match":"192.0.2.1, https://203.0.113.53/x"}]]}',
      '{"203.0.113.53":"block"}',
      '["[\\"203.0.113.53\\"]"]',
      "[3405803829]",
    ])("'%s' touches one", async (value) => {
      expect(refusal(await act(value))).toEqual([403, "TargetProtected"]);
    });

    test.each([
      "203.0.113.52",
      "203.0.113.54",
      "203.0.113.54-203.0.113.60",
      "203.0.112.0/24",
      "198.51.100.127",
      "198.51.100.0/25",
      "198.51.101.0",
      "2001:db8:1::54",
      "2001:db8:3::/48",
      "203.0.113.530",
      "host-203.0.113.53.example",
      "53",
      "64:ff9b::cb00:7136",
      "2002:cb00:7136::1",
      "https://203.0.113.53@contoso.example/",
      "https://contoso.example/203.0.113.53",
      "203.0.113.54 0.0.0.0",
      "ada@203-0-113-53.example",
      "version 1.2.3",
      "3405803830",
      '{"port":53,"note":"203 0 113 53"}',
      "",
    ])("'%s' touches none", async (value) => {
      expect((await act(value)).status).toBe(201);
    });
  });

  test("people, devices and all else are compared by their names, in any case", async () => {
    await protect("user", "Break.Glass@contoso.example");
    await protect("user", "7f3c1f6e-0000-4000-8000-00000000beef");
    await protect("device", "DC01");
    await protect("other", "portal.contoso.example");
    await protect("device", "172.20.0.5");
    for (const value of [
      "break.glass@CONTOSO.example",
      "7F3C1F6E-0000-4000-8000-00000000BEEF",
      "dc01",
      "dc02 dc01",
      "dc\u00ad01",
      "https://Portal.contoso.example:443/login",
      "172.20.0.0/16",
    ]) {
      expect(refusal(await act(value)), value).toEqual([403, "TargetProtected"]);
    }
    for (const value of ["glass@contoso.example", "DC010", "contoso.example"]) expect((await act(value)).status, value).toBe(201);
  });

  describe("names are found in every form in which they are written", () => {
    beforeAll(async () => {
      await protect("user", "Grace.Hopper@contoso.example");
      await protect("user", "M\u00fcller@b\u00fccher.example");
      await protect("user", "root");
      await protect("user", "11111111-2222-4333-8444-55555555beef");
      await protect("user", "mailto@contoso.example.");
      await protect("device", "Stra\u00dfe-01");
      await protect("device", "DC77");
      await protect("other", "xn--mnchen-3ya.example");
    });

    test.each([
      "mailto:grace.hopper@contoso.example",
      "MAILTO:grace.hopper%40contoso.example?subject=x",
      "mailto:eve@contoso.example?cc=grace.hopper@contoso.example",
      "mailto:eve@contoso.example,grace.hopper@contoso.example",
      "sip:grace.hopper@contoso.example",
      '"Grace.Hopper"@contoso.example',
      '"Grace\\.Hopper"@contoso.example',
      "Grace Hopper <grace.hopper@contoso.example>",
      "'grace.hopper@contoso.example'",
      "grace.hopper@contoso.example.",
      "grace.hopper[@]contoso[.]example",
      "ｇｒａｃｅ．ｈｏｐｐｅｒ＠ｃｏｎｔｏｓｏ．ｅｘａｍｐｌｅ",
      "GRACE.HOPPER@CONTOSO.EXAMPLE",
      "grace.\u200bhopper@contoso.example",
      "grace.hop*",
      "mu\u0308ller@xn--bcher-kva.example",
      "MÜLLER@BÜCHER.example",
      "ssh://root@192.0.2.1",
      "{11111111-2222-4333-8444-55555555BEEF}",
      "urn:uuid:11111111-2222-4333-8444-55555555beef",
      "111111112222433384445555 5555beef".replace(" ", ""),
      "mailto@contoso.example",
      "STRASSE-01",
      "dc77.",
      "DC77$",
      "CONTOSO\\dc77$",
      "dc77:3389",
      "\\\\dc77\\c$",
      "smb://dc77/share",
      "rdp://admin@dc77",
      "admin@dc77",
      "host=dc77",
      '{"devices":[{"name":"dc77"}]}',
      '[["a",["dc77"]]]',
      "https://m\u00fcnchen.example/",
      "https://XN--MNCHEN-3YA.example./",
      "münchen.example",
    ])("'%s' touches one", async (value) => {
      expect(refusal(await act(value))).toEqual([403, "TargetProtected"]);
    });

    test.each([
      "hopper@contoso.example",
      "grace.hopper@contoso.example.org",
      "grace.hopper.contoso.example",
      "https://phish.example/?u=grace.hopper@contoso.example",
      "https://root@contoso.example/",
      "https://contoso.example/root/dc77",
      "rooted",
      "dc77.contoso.example",
      "DC777",
      "mailto:",
      "dc*7",
      "*",
      '{"dc77":true}',
      "xn--",
      "block all but the last",
      "http:",
      "a:b:c",
      "11111111-2222-4333-8444-55555555bee",
    ])("'%s' touches none", async (value) => {
      const answer = await act(value);
      expect(answer.status, answer.text).toBe(201);
    });
  });

  test("what is hard to read is neither a fault of the server nor let through", async () => {
    await protect("other", "crown jewels");
    for (const value of [
      '["\\u0000","\\ud800"]',
      "[".repeat(5000),
      "{",
      '"',
      "%",
      "'; DROP TABLE x --",
      "\\",
      "9".repeat(4000),
      "1.".repeat(2000),
      `1${" ".repeat(90000)}x`,
      "a:".repeat(40000),
    ]) {
      expect((await act(value)).status, value.slice(0, 20)).toBe(201);
    }
    expect(refusal(await act('["\\u0000","crown jewels"]'))).toEqual([403, "TargetProtected"]);
    const many = Array.from({ length: 5001 }, (_, index) => `t${index}`).join(",");
    const answer = await act(many);
    expect(refusal(answer)).toEqual([403, "TargetProtected"]);
    expect(answer.json.error.message).toContain("more than 5000 different targets");
  });

  test("what is no longer protected may be touched", async () => {
    const id = await protect("device", "kiosk-7");
    expect((await act("kiosk-7")).status).toBe(403);
    await hub.remove(`${set}/${id}`);
    expect((await act("kiosk-7")).status).toBe(201);
  });
});
