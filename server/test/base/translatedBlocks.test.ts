import { describe, expect, test } from "vitest";
import { readAddressBlock } from "../../src/base/addressBlock.ts";
import { printIpAddress } from "../../src/base/ipAddress.ts";
import { translatedBlocks } from "../../src/base/translatedBlocks.ts";

const shown = (value: bigint): string => printIpAddress({ family: 4, value: value & 0xffff_ffffn });
const seen = (text: string): readonly string[] =>
  translatedBlocks(readAddressBlock(text)!).map(({ first, last }) => (first === last ? shown(first) : `${shown(first)}-${shown(last)}`));

describe("the IPv4 addresses that IPv6 says in other ways", () => {
  test.each<readonly [string, ...string[]]>([
    ["10.0.0.5"],
    ["::ffff:10.0.0.5"],
    ["64:ff9b::10.0.0.5", "10.0.0.5"],
    ["64:ff9b::a00:0/104", "10.0.0.0-10.255.255.255"],
    ["64:ff9b::/32", "0.0.0.0-255.255.255.255", "0.0.0.0-255.255.255.255"],
    ["64:ff9b:1::10.0.0.5", "10.0.0.5", "0.0.0.0"],
    ["64:ff9b:1:a00:0:500::", "0.0.0.0", "10.0.0.5"],
    ["::ffff:0:10.0.0.5", "10.0.0.5"],
    ["::10.0.0.5", "10.0.0.5"],
    ["2002:a00:5::1", "10.0.0.5"],
    ["2002:a00::/32", "10.0.0.0-10.0.255.255"],
    ["2002::/16", "0.0.0.0-255.255.255.255"],
    ["2001:0:4136:e378:8000:63bf:f5ff:fffa", "10.0.0.5"],
    ["2001:0:4136:e378:8000:63bf:f5ff:ff00/120", "10.0.0.0-10.0.0.255"],
    ["2001:db8:1:2:0:5efe:10.0.0.5", "10.0.0.5"],
    ["fe80::200:5efe:a00:5", "10.0.0.5"],
    ["fe80::5efe:a00:0/112", "10.0.0.0-10.0.255.255"],
    ["2001:db8::/32"],
    ["2001:db8::5"],
    ["::1"],
    ["::"],
  ])("%s", (text, ...blocks) => {
    expect(seen(text)).toEqual(blocks);
  });
});
