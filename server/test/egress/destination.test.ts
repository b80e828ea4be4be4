import { describe, expect, test } from "vitest";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { readDestination } from "../../src/egress/destination.ts";
import { EgressFault, egressReasons } from "../../src/egress/egressFault.ts";

const reasonOf = (url: string): string => {
  try {
    readDestination(url);
    return "read";
  } catch (error) {
    return (error as EgressFault).reason;
  }
};

describe("the address of a call", () => {
  test.each([
    ["https://hooks.example/a?b=c", "hooks.example", 443, "https://hooks.example:443", "/a?b=c"],
    ["HTTPS://Hooks.Example:8443", "hooks.example", 8443, "https://hooks.example:8443", "/"],
    ["https://hooks.example?x", "hooks.example", 443, "https://hooks.example:443", "/?x"],
    ["http://hooks.example/", "hooks.example", 80, "http://hooks.example:80", "/"],
    ["https://1.2.3.4/", "1.2.3.4", 443, "https://1.2.3.4:443", "/"],
    ["https://[2606:4700:0:0::1111]:444/x", "2606:4700::1111", 444, "https://[2606:4700::1111]:444", "/x"],
    ["https://müller.example/ü", "xn--mller-kva.example", 443, "https://xn--mller-kva.example:443", "/%C3%BC"],
    ["https://a_b.example/a/../b", "a_b.example", 443, "https://a_b.example:443", "/b"],
    ["https://hooks.example/?u=http://a@b/", "hooks.example", 443, "https://hooks.example:443", "/?u=http://a@b/"],
  ])("%s", (url, host, port, origin, path) => {
    expect(readDestination(url)).toMatchObject({ host, port, origin, path });
  });

  test.each([
    [
      "malformed",
      [
        "",
        "hooks.example",
        "//hooks.example/",
        "https:hooks.example",
        "https:/hooks.example",
        "https:///hooks.example",
        "https:\\\\hooks.example\\",
        "https://hooks.example\\@evil.example/",
      ],
    ],
    [
      "malformed",
      [
        " https://hooks.example/",
        "https://hooks.example/\n",
        "https://hooks\t.example/",
        "https://hooks.example/a b",
        "https://hooks.example/\u0000",
        `https://hooks.example/${"a".repeat(4096)}`,
      ],
    ],
    [
      "malformed",
      [
        "https://",
        "https://?x",
        "https://[::1/",
        "https://[::1%25lo]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.x]/",
        "https://a:b:c/",
        "https://hooks.example:65536/",
        "https://hooks.example:-1/",
        "https://1.2.3.4.5/",
        "https://1.2.3.256/",
        "https://a.0x/",
        "https://a b/",
      ],
    ],
    [
      "scheme",
      [
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "ws://hooks.example/",
        "blob:https://hooks.example/x",
      ],
    ],
    [
      "credentials",
      [
        "https://user:pass@hooks.example/",
        "https://user@hooks.example/",
        "https://:pass@hooks.example/",
        "https://@hooks.example/",
        "https://hooks.example@evil.example/",
        "https://a@b@c/",
      ],
    ],
    ["fragment", ["https://hooks.example/#", "https://hooks.example/#a", "https://hooks.example#@evil.example/"]],
    [
      "host",
      [
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://127.0.0.01/",
        "https://1.2.3.4%2e/",
      ],
    ],
    [
      "host",
      [
        "https://%31%32%37.0.0.1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://hooks.example./",
        "https://localhost./",
        "https://a..b/",
        `https://${"a".repeat(64)}.example/`,
        `https://${"a.".repeat(127)}b/`,
        "https://hooks!.example/",
      ],
    ],
    ["port", ["https://hooks.example:0/"]],
  ] as const)("is refused, %s: %j", (reason, urls) => {
    expect(Object.fromEntries(urls.map((url) => [url, reasonOf(url)]))).toEqual(Object.fromEntries(urls.map((url) => [url, reason])));
  });

  test("a refusal repeats neither path nor query, and tells the sender nothing but what the text shows", () => {
    for (const [reason, { outward }] of Object.entries(egressReasons)) {
      const fault = new EgressFault(reason as keyof typeof egressReasons, {
        where: "https://10.1.2.3:8443",
        detail: "ECONNREFUSED 10.1.2.3",
        code: "ECONNREFUSED",
      });
      expect(fault.message).toContain("10.1.2.3");
      expect(outward).toBe(fault.outward);
      expect(fault.outward).not.toMatch(/\d|ECONN|private|resolve|time|certificate/i);
    }
    const network = ["forbidden", "notFound", "nameService", "connect", "tls", "busy", "timeout", "closed", "protocol", "bodyTooLarge"] as const;
    expect(new Set(network.map((reason) => egressReasons[reason].outward)).size).toBe(1);
    expect(() => readDestination("https://u:p@hooks.example/secret?token=t")).toThrow(/^The address carries credentials\.$/);
  });
});

describe("SECGRAPH_NOTIFY_ALLOW", () => {
  test.each([
    ["hooks.internal:8443", [{ name: "hooks.internal", port: 8443, plain: false }]],
    ["Hooks.Internal:*", [{ name: "hooks.internal", port: "any", plain: false }]],
    [
      "http://localhost:9000 10.0.0.5:443",
      [
        { name: "localhost", port: 9000, plain: true },
        { address: { family: 4, value: 0x0a000005n }, port: 443, plain: false },
      ],
    ],
    [
      "[::1]:1,http://[fd00::5]:*",
      [
        { address: { family: 6, value: 1n }, port: 1, plain: false },
        { address: { family: 6, value: (0xfdn << 120n) + 5n }, port: "any", plain: true },
      ],
    ],
    ["", []],
  ])("%j", (text, entries) => {
    expect(readAllowedDestinations(text)).toEqual(entries);
  });

  test.each([
    "hooks.internal",
    "hooks.internal:",
    ":443",
    "hooks.internal:0",
    "hooks.internal:65536",
    "hooks.internal:443/x",
    "https://hooks.internal:443",
    "127.1:80",
    "0x7f.0.0.1:80",
    "2130706433:80",
    "127.0.0.1.:80",
    "::1:80",
    "[::1]",
    "[127.0.0.1]:80",
    "[::ffff:127.0.0.1]:80",
    "[fe80::1%lo]:80",
    "10.0.0.0/8:443",
    "*:443",
    "*.internal:443",
    "a..b:1",
    "-a:1",
    "user@host:1",
    "müller.example:1",
  ])("%j is refused", (text) => {
    expect(() => readAllowedDestinations(text)).toThrow(/^host:port, such as .*\(not '/);
  });
});
