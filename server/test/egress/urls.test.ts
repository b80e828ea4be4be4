import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { readDestination } from "../../src/egress/destination.ts";
import { EgressFault } from "../../src/egress/egressFault.ts";
import { printIpAddress, readIpAddress } from "../../src/base/ipAddress.ts";
import { diceOf } from "../fuzz/dice.ts";
import type { Dice } from "../fuzz/dice.ts";
import { listenOn, openEgress, post, rangeOnGrounds, watchAttempts } from "./grounds.ts";

const wide = (text: string): string =>
  text
    .split("")
    .map((character) => (/[\d.]/.test(character) ? String.fromCodePoint(character.codePointAt(0)! + 0xfee0) : character))
    .join("");
const escaped = (text: string): string =>
  text
    .split("")
    .map((character) => `%${character.codePointAt(0)!.toString(16).padStart(2, "0")}`)
    .join("");

/** Ways to write an IPv4 address that something between a text and a socket has taken. */
function spell(value: bigint, dice: Dice): string {
  const parts = [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn);
  const part = (number: bigint): string =>
    dice.one([
      String(number),
      `0x${number.toString(16)}`,
      `0X${number.toString(16).toUpperCase()}`,
      `0${number.toString(8)}`,
      `000${number.toString(8)}`,
      String(number).padStart(3, "0"),
    ]);
  const quad = parts.join(".");
  const [high, low] = [(value >> 16n).toString(16), (value & 0xffffn).toString(16)];
  return dice.one([
    () => quad,
    () => parts.map(part).join("."),
    () => part(value),
    () => [part(parts[0]!), part(value & 0xffffffn)].join("."),
    () => [part(parts[0]!), part(parts[1]!), part(value & 0xffffn)].join("."),
    () => `${quad}.`,
    () => wide(quad),
    () => quad.replaceAll(".", dice.one(["。", "．", "｡"])),
    () => escaped(quad),
    () => `${escaped(quad[0]!)}${quad.slice(1)}`,
    () => `[::ffff:${quad}]`,
    () => `[::ffff:${high}:${low}]`,
    () => `[0:0:0:0:0:FFFF:${high}:${low}]`,
    () => `[::${quad}]`,
    () => `[::ffff:0:${quad}]`,
    () => `[64:ff9b::${quad}]`,
    () => `[64:ff9b:1::${quad}]`,
    () => `[2002:${high}:${low}::]`,
    () => `[2001:0:${high}:${low}::1]`,
    () => `[2a00::5efe:${high}:${low}]`,
    () => `[fe80::${high}:${low}%25lo]`,
    () => `[::1]`,
    () => `[::]`,
  ])();
}

const forbidden = [
  "127.0.0.2",
  "127.0.0.3",
  "127.1.2.3",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.5.4",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "224.0.0.1",
  "255.255.255.255",
  "198.51.100.1",
];

test("every spelling of an address is that address or refused (property)", () => {
  const dice = diceOf(43);
  const seen = { read: 0, refused: 0 };
  for (let n = 0; n < 20_000; n += 1) {
    const value = BigInt(dice.between(0, 0xffff_ffff));
    const host = spell(value, dice);
    try {
      const { address } = readDestination(`https://${host}/`);
      seen.read += 1;
      expect(address, host).toBeDefined();
      // What carries the address in an IPv6 one of its own is not the address, and is refused later.
      if (address!.family === 4) expect(printIpAddress(address!), host).toBe(printIpAddress({ family: 4, value }));
      else expect(host, host).toMatch(/^\[/);
    } catch (error) {
      if (!(error instanceof EgressFault)) throw error;
      expect(["host", "malformed"], host).toContain(error.reason);
      seen.refused += 1;
    }
  }
  expect(seen.read).toBeGreaterThan(5_000);
  expect(seen.refused).toBeGreaterThan(5_000);
});

/** What a hostile name service says: addresses of this machine or of inner networks, sometimes the one that is public here. */
function answerOf(dice: Dice): string[] {
  const inner = (): string =>
    dice.one([
      ...forbidden,
      "::1",
      "::",
      "fe80::1",
      "fd00::1",
      "::ffff:127.0.0.2",
      "::ffff:7f00:2",
      "64:ff9b::127.0.0.2",
      "2002:7f00:2::",
      "ff02::1",
      "fe80::1%lo",
      "127.0.0.2 ",
      "0x7f000002",
      "",
    ]);
  if (dice.often(30)) return ["127.0.0.1"];
  return dice.some(1, 5, () => (dice.often(40) ? "127.0.0.1" : inner()));
}

function urlOf(port: number, dice: Dice): string {
  const scheme = dice.one(["http://", "http://", "https://", "HTTP://", "http:/", "http:", "//", "http:\\\\", "ftp://", " http://", "http:///"]);
  const user = dice.often(10) ? dice.one(["user@", "user:pass@", "@", ":@", "127.0.0.1@", "127.0.0.1:80@", "hooks.example%40"]) : "";
  const host = dice.often(50)
    ? spell(readIpAddress(dice.often(20) ? "127.0.0.1" : dice.one(forbidden))!.value, dice)
    : `${dice.one(["hooks", "localhost", "LOCALHOST", "①②⑦", "metadata.google.internal", "127.0.0.2", "a_b", "x--n"])}${dice.often(20) ? "" : `${dice.between(0, 500)}.example`}${dice.often(10) ? "." : ""}`;
  const at = dice.often(90) ? `:${port}` : dice.one(["", ":0", ":65536", ":", `:0${port}`, `:${port}:${port}`, ":80", ":443"]);
  const rest = dice.one(["/", "/hook", "", "?a=b", "/?u=http://127.0.0.2/", "#", "/#@127.0.0.2", "/../..", "\\@127.0.0.2", "/\t", "/%00", "/@127.0.0.2"]);
  const url = `${scheme}${user}${host}${at}${rest}`;
  if (!dice.often(15)) return url;
  const place = dice.between(0, url.length);
  return (
    url.slice(0, place) +
    dice.one(["\t", "\n", "\r\n", " ", "\u0000", "@", "#", "\\", "/", ":", "%", ".", "\u200b", "\u00ad", "[", "]", "é"]) +
    url.slice(place)
  );
}

test("R162 10,000 generated addresses over a hostile name service: not one connection to an address that is not public", async () => {
  const dice = diceOf(7);
  const hits = { outside: 0, inside: 0 };
  const port = await listenOn(
    createHttpServer((request, response) => {
      hits.outside += 1;
      request.resume().on("end", () => response.writeHead(302, { location: `http://127.0.0.2:${port}/` }).end());
    }),
  );
  for (const address of ["127.0.0.2", "::1"])
    await listenOn(
      createServer(() => (hits.inside += 1)),
      address,
      port,
    ).catch(() => undefined);
  const tried = watchAttempts();
  const egress = openEgress({
    allow: readAllowedDestinations(`http://127.0.0.1:${port}`),
    // A mutated address may be a public one: nothing leaves this machine, here it is no more public than the others.
    rangeOf: (address) => rangeOnGrounds(address) ?? (printIpAddress(address) === "127.0.0.1" ? undefined : { name: "elsewhere", kind: "never" }),
    resolveHost: () => Promise.resolve(answerOf(dice)),
    limits: { life: 20, patience: 60_000 },
  });
  const outcomes = new Map<string, number>();
  for (let n = 0; n < 10_000; n += 50) {
    const calls = Array.from({ length: 50 }, () => egress.send(post(urlOf(port, dice), { reach: "public" })));
    for (const answer of await Promise.allSettled(calls)) {
      if (answer.status === "rejected" && !(answer.reason instanceof EgressFault)) throw answer.reason;
      const outcome = answer.status === "fulfilled" ? String(answer.value.status) : (answer.reason as EgressFault).reason;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  expect(tried.filter((address) => address !== "127.0.0.1")).toEqual([]);
  expect(hits.inside).toBe(0);
  expect(hits.outside).toBe(outcomes.get("302"));
  for (const outcome of ["302", "forbidden", "host", "malformed", "scheme", "credentials", "fragment"])
    expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(50);
});
