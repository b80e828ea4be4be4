import { BlockList, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { assert as assertProperty, bigInt, boolean, infiniteStream, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { rangeOf } from "../../src/egress/addressRanges.ts";
import { printIpAddress, readIpAddress } from "../../src/base/ipAddress.ts";
import { rangeHere } from "../../src/egress/rangeHere.ts";
import { seeded } from "../fuzz/seeded.ts";

const kindOf = (text: string): string => rangeOf(readIpAddress(text)!)?.kind ?? "public";

describe("addresses as numbers", () => {
  test.each([
    ["127.0.0.1", 4, 0x7f000001n],
    ["::", 6, 0n],
    ["::1", 6, 1n],
    ["1::", 6, 1n << 112n],
    ["2001:db8::8:0:0:1", 6, 0x20010db8000000000008000000000001n],
    ["64:ff9b::10.1.2.3", 6, 0x0064ff9b00000000000000000a010203n],
    ["::ffff:127.0.0.1", 4, 0x7f000001n],
    ["::FFFF:7F00:1", 4, 0x7f000001n],
    ["0:0:0:0:0:ffff:7f00:0001", 4, 0x7f000001n],
  ])("%s", (text, family, value) => {
    expect(readIpAddress(text)).toEqual({ family, value });
  });

  test.each(["", "localhost", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "127.0.0.1.", "[::1]", "::1%lo", "fe80::1%eth0", "1.2.3.4.5", ":::", "::1::"])(
    "%j is none",
    (text) => {
      expect(readIpAddress(text)).toBeUndefined();
    },
  );

  test("every way to write an address is the same number (property)", () => {
    assertProperty(
      property(bigInt({ min: 0n, max: (1n << 128n) - 1n }), infiniteStream(boolean()), (value, coins) => {
        const flip = (): boolean => coins.next().value!;
        const address = { family: 6 as const, value: value >> 32n === 0xffffn ? value + (1n << 64n) : value };
        for (const text of spellings(address.value, flip)) {
          expect(isIPv6(text), text).toBe(true);
          expect(readIpAddress(text), text).toEqual(address);
        }
        const quad = { family: 4 as const, value: value & 0xffff_ffffn };
        for (const text of [printIpAddress(quad), ...spellings((0xffffn << 32n) | quad.value, flip)]) expect(readIpAddress(text), text).toEqual(quad);
      }),
      seeded(500),
    );
  });
});

/** An IPv6 address with and without zeros, letters of either case, its zeros left out, its end as a quad. */
function spellings(value: bigint, flip: () => boolean): string[] {
  const groups = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 0xffffn).toString(16));
  const plain = groups.map((group) => (flip() ? group.padStart(4, "0") : group)).map((group) => (flip() ? group.toUpperCase() : group));
  const quad = printIpAddress({ family: 4, value: value & 0xffff_ffffn });
  const from = groups.findIndex((group) => group === "0");
  const to = from < 0 ? -1 : groups.findIndex((group, index) => index > from && group !== "0");
  const end = to < 0 ? groups.length : to;
  return [
    plain.join(":"),
    [...plain.slice(0, 6), quad].join(":"),
    ...(from < 0 ? [] : [`${plain.slice(0, from).join(":")}::${plain.slice(end).join(":")}`]),
    ...(from < 0 || end > 6 ? [] : [`${plain.slice(0, from).join(":")}::${[...plain.slice(end, 6), quad].join(":")}`]),
  ];
}

describe("what is not public", () => {
  test.each([
    ["loopback", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]],
    [
      "inside",
      [
        "10.0.0.0",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.255.1",
        "100.64.0.1",
        "100.127.255.255",
        "198.18.0.1",
        "fc00::1",
        "fdff:ffff::1",
        "64:ff9b::10.0.0.1",
      ],
    ],
    [
      "never",
      [
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "192.88.99.1",
      ],
    ],
    ["never", ["224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "64:ff9b::169.254.169.254"]],
    [
      "never",
      [
        "::",
        "::2",
        "::7f00:1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "100::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "fd00:ec2::254",
        "fd20:ce::254",
      ],
    ],
    [
      "never",
      [
        "2001::1",
        "2001:0:7f00:1::",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "64:ff9b:1::1",
        "4000::1",
        "5f00::1",
        "2a00:1::5efe:7f00:1",
        "2a00:1::200:5efe:a00:1",
      ],
    ],
    [
      "public",
      [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
      ],
    ],
    [
      "public",
      [
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:200::1",
        "2001:4860::8888",
        "2003::1",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
      ],
    ],
  ] as const)("%s: %j", (kind, texts) => {
    expect(Object.fromEntries(texts.map((text) => [text, kindOf(text)]))).toEqual(Object.fromEntries(texts.map((text) => [text, kind])));
  });

  test("IPv4 agrees with Node's own list of the same ranges at every border and at random (property)", () => {
    const list = new BlockList();
    const cidrs =
      "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3";
    const borders = cidrs.split(" ").flatMap((cidr) => {
      const [start = "", length] = cidr.split("/");
      list.addSubnet(start, Number(length), "ipv4");
      const first = readIpAddress(start)!.value;
      const last = first + (1n << BigInt(32 - Number(length))) - 1n;
      return [first - 1n, first, last, last + 1n].filter((value) => value >= 0n && value < 1n << 32n);
    });
    const agrees = (value: bigint): void => {
      const text = printIpAddress({ family: 4, value });
      expect(rangeOf({ family: 4, value }) !== undefined, text).toBe(list.check(text, "ipv4"));
    };
    borders.forEach(agrees);
    assertProperty(property(bigInt({ min: 0n, max: (1n << 32n) - 1n }), agrees), seeded(3_000));
  });

  test("addresses of this machine are not public, public ones included", () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
    expect(own.length).toBeGreaterThan(0);
    for (const text of own) {
      const address = readIpAddress(text);
      if (address !== undefined) expect(rangeHere(address), text).toBeDefined();
    }
    expect(rangeHere(readIpAddress("1.1.1.1")!)).toBeUndefined();
  });
});
