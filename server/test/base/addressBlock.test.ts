import { describe, expect, test } from "vitest";
import { blocksIn, readAddressBlock } from "../../src/base/addressBlock.ts";

const hex = (value: bigint): string => value.toString(16);

describe("the blocks of addresses that a text may mean", () => {
  test.each<readonly [string, ...string[]]>([
    ["10.0.0.1", "ffff0a000001"],
    ["::ffff:10.0.0.1", "ffff0a000001"],
    ["::ffff:a00:1", "ffff0a000001"],
    ["10.0.0.5/8", "ffff0a000000-ffff0affffff"],
    ["10.0.0.5/255.255.0.0", "ffff0a000000-ffff0a00ffff"],
    ["10.0.0.5/255.0.255.0"],
    ["::ffff:10.0.0.0/104", "ffff0a000000-ffff0affffff"],
    ["10.0.0.5/0.0.0.255", "ffff0a000000-ffff0a0000ff"],
    ["10.0.0.5/0.255.255.255", "ffff0a000000-ffff0affffff"],
    ["0/0", "ffff00000000-ffffffffffff"],
    ["10/8", "ffff0a000000-ffff0affffff"],
    ["172.16/12", "ffffac100000-ffffac1fffff"],
    ["10.0.0.1.", "ffff0a000001"],
    ["\u200b10.0.0.1", "ffff0a000001"],
    ["10.0.0.1/33"],
    ["0.0.0.0/0", "ffff00000000-ffffffffffff"],
    ["::/0", "0-ffffffffffffffffffffffffffffffff"],
    ["2001:db8::1/32", "20010db8000000000000000000000000-20010db8ffffffffffffffffffffffff"],
    ["2001:db8::1/129"],
    ["fe80::1%eth0", "fe800000000000000000000000000001"],
    ["[::1]", "1"],
    ["[::1]:443", "1"],
    ["10.0.0.1:443", "ffff0a000001"],
    ["10.0.0.1-10.0.0.9", "ffff0a000001-ffff0a000009"],
    ["10.0.0.9 - 10.0.0.1", "ffff0a000001-ffff0a000009"],
    ["10.0.0.1-9", "ffff0a000001-ffff0a000009"],
    ["10.0.0.1\u201310.0.0.9", "ffff0a000001-ffff0a000009"],
    ["10.0.0.5 255.255.0.0", "ffff0a000000-ffff0a00ffff"],
    ["10.0.0.5 netmask 255.255.0.0", "ffff0a000000-ffff0a00ffff"],
    ["10.0.0.5 0.0.0.255", "ffff0a000000-ffff0a0000ff"],
    ["0.0.0.0 0.0.0.0", "ffff00000000-ffffffffffff"],
    ["10.0.0.5 0.0.0.0"],
    ["10.0.*", "ffff0a000000-ffff0a00ffff"],
    ["10.0.0.*", "ffff0a000000-ffff0a0000ff"],
    ["10.1", "ffff0a000001"],
    ["010.0.0.1", "ffff08000001", "ffff0a000001"],
    ["0x0a.0.0.1", "ffff0a000001"],
    ["0x0a000001", "ffff0a000001"],
    ["167772161", "ffff0a000001"],
    ["443"],
    ["１０.０.０.１", "ffff0a000001"],
    ["10。0。0。1", "ffff0a000001"],
    ["1.2.3.4.5"],
    ["300.1.1.1"],
    ["10.0.0.1/8/8"],
    ["a-b"],
    ["*"],
    ["ada@contoso.example"],
    [""],
  ])("%s", (text, ...blocks) => {
    const found = blocksIn(text).map(({ first, last }) => (first === last ? hex(first) : `${hex(first)}-${hex(last)}`));
    expect(found).toEqual(blocks);
  });

  test("what is stored is read strictly", () => {
    for (const text of ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"]) expect(readAddressBlock(text), text).toBeDefined();
    for (const text of ["10.1", "10.*", "010.0.0.1", "10.0.0.0/255.0.0.0", "10.0.0.1-10.0.0.2", "[::1]", "::1%1", " 10.0.0.1", "", "/8", "host"]) {
      expect(readAddressBlock(text), text).toBeUndefined();
    }
  });
});
