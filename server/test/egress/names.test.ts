import { createServer } from "node:http";
import { createServer as createRawServer } from "node:net";
import { describe, expect, test } from "vitest";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { createConnector } from "../../src/egress/connectPinned.ts";
import { readDestination } from "../../src/egress/destination.ts";
import type { EgressFault } from "../../src/egress/egressFault.ts";
import { readIpAddress } from "../../src/base/ipAddress.ts";
import { createResolveHost } from "../../src/egress/resolveHost.ts";
import { faultOf, listenOn, openEgress, post, watchAttempts } from "./grounds.ts";
import { serveNames } from "./nameServer.ts";

/** A receiver on what is the internet here, and one beside it on the same port that nobody may reach. */
async function receivers() {
  const hits = { outside: 0, inside: 0 };
  const port = await listenOn(
    createServer((request, response) => {
      hits.outside += 1;
      request.resume().on("end", () => response.writeHead(202).end());
    }),
  );
  for (const address of ["127.0.0.2", "::1"]) {
    const inside = createRawServer(() => (hits.inside += 1));
    // Machines without these addresses have nothing there that could be hit.
    await listenOn(inside, address, port).catch(() => undefined);
  }
  return { hits, port, url: `http://hooks.example:${port}/hook`, allow: readAllowedDestinations(`http://127.0.0.1:${port}`) };
}

describe("R162 a name that leads inside", () => {
  test("one private address among many refuses all", async () => {
    const { hits, url, allow } = await receivers();
    const tried = watchAttempts();
    const addresses = [
      "127.0.0.1",
      "127.0.0.2",
      "::1",
      "10.0.0.1",
      "169.254.169.254",
      "::ffff:127.0.0.2",
      "64:ff9b::7f00:2",
      "0.0.0.0",
      "fe80::1%lo",
      "fd00::1",
    ];
    for (const bad of addresses.slice(1)) {
      for (const answer of [[bad], ["127.0.0.1", bad], [bad, "127.0.0.1"], ["127.0.0.1", "127.0.0.1", bad, "127.0.0.1"]]) {
        const fault = await faultOf(openEgress({ allow, hosts: { "hooks.example": [answer] } }).send(post(url)));
        expect(fault, answer.join()).toMatchObject({ reason: "forbidden", sent: "never" });
      }
    }
    expect(tried).toEqual([]);
    expect(hits).toEqual({ outside: 0, inside: 0 });
  });

  test("rebinding: what was checked is what is connected to, whatever the name says later", async () => {
    const { hits, url, allow } = await receivers();
    const tried = watchAttempts();
    const egress = openEgress({ allow, hosts: { "hooks.example": [["127.0.0.1"], ["127.0.0.2"]] }, limits: { keepAlive: 1 } });
    for (let n = 0; n < 5; n += 1) {
      expect((await egress.send(post(url))).status).toBe(202);
      // Connections end in between: each of these calls makes its own.
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(new Set(tried)).toEqual(new Set(["127.0.0.1"]));
    expect(tried.length).toBeGreaterThan(2);
    expect(hits).toEqual({ outside: 5, inside: 0 });
  });

  test("rebinding: after its time a name is looked up and checked anew, open connections or not", async () => {
    const { hits, url, allow } = await receivers();
    const tried = watchAttempts();
    const egress = openEgress({ allow, hosts: { "hooks.example": [["127.0.0.1"], ["127.0.0.2"]] }, limits: { life: 100 } });
    expect((await egress.send(post(url))).status).toBe(202);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await faultOf(egress.send(post(url)))).toMatchObject({ reason: "forbidden" });
    expect(hits).toEqual({ outside: 1, inside: 0 });
    expect(tried).toEqual(["127.0.0.1"]);
  });

  test("rebinding back and forth for a second: nothing inside is ever tried", async () => {
    const { hits, url, allow } = await receivers();
    const tried = watchAttempts();
    let turn = 0;
    const egress = openEgress({
      allow,
      resolveHost: () => Promise.resolve([(turn += 1) % 2 === 0 ? "127.0.0.2" : "127.0.0.1"]),
      limits: { life: 5, keepAlive: 1 },
    });
    const until = performance.now() + 1_000;
    const outcomes = new Set<number | string>();
    while (performance.now() < until) {
      const some = Array.from({ length: 8 }, () => egress.send(post(url)));
      for (const one of await Promise.allSettled(some))
        outcomes.add(one.status === "fulfilled" ? one.value.status : (one.reason as { readonly reason: string }).reason);
    }
    expect(outcomes).toEqual(new Set([202, "forbidden"]));
    expect(new Set(tried)).toEqual(new Set(["127.0.0.1"]));
    expect(hits.inside).toBe(0);
  });

  test("all addresses are tried in turn, and no more than a few", async () => {
    const { hits, url, allow } = await receivers();
    const rangeOf = (): undefined => undefined;
    const wide = readAllowedDestinations(allow.map(({ port }) => `http://127.0.0.1:${port} http://127.0.0.9:${port}`).join(" "));
    const egress = openEgress({ allow: wide, rangeOf, hosts: { "hooks.example": [["127.0.0.9", "127.0.0.1"]] } });
    expect((await egress.send(post(url))).status).toBe(202);
    expect(hits.outside).toBe(1);
  });

  test("a host with too many addresses, one without any", async () => {
    const { url, allow } = await receivers();
    const egress = openEgress({ allow, hosts: { "hooks.example": [Array.from({ length: 65 }, () => "127.0.0.1")] } });
    expect(await faultOf(egress.send(post(url)))).toMatchObject({ reason: "nameService" });
    expect(await faultOf(openEgress({ allow }).send(post(url)))).toMatchObject({ reason: "notFound" });
  });

  test("a name that does not lead anywhere is looked up again at the next call", async () => {
    const { url, allow } = await receivers();
    const egress = openEgress({ allow, hosts: { "hooks.example": [[], ["127.0.0.1"]] } });
    expect(await faultOf(egress.send(post(url)))).toMatchObject({ reason: "notFound" });
    expect((await egress.send(post(url))).status).toBe(202);
  });

  test("an address that takes no connection is forgotten: the next call looks the name up again", async () => {
    const { port, url } = await receivers();
    const allow = readAllowedDestinations(`http://127.0.0.1:${port} http://127.0.0.9:${port}`);
    const egress = openEgress({ allow, hosts: { "hooks.example": [["127.0.0.9"], ["127.0.0.1"]] } });
    expect(await faultOf(egress.send(post(url)))).toMatchObject({ reason: "connect" });
    expect((await egress.send(post(url))).status).toBe(202);
  });
});

test("whom a connection reached is compared once more before a byte is sent", async () => {
  const { hits, port } = await receivers();
  const checked = [readIpAddress("127.0.0.1")!];
  // As if something between the check and the socket had put another address in its place.
  const addresses = Object.assign([...checked], { slice: () => [readIpAddress("127.0.0.2")!] });
  const connect = createConnector({ destination: readDestination(`http://hooks.example:${port}/`), addresses, timeout: 30_000 });
  const fault = await new Promise((resolve) => connect({ hostname: "hooks.example", protocol: "http:", port: String(port) }, (...[failed]) => resolve(failed)));
  // Where nobody listens on the other address, it cannot even be reached.
  expect(["forbidden", "connect"]).toContain((fault as EgressFault).reason);
  expect(hits.outside).toBe(0);
});

describe("over a name service", () => {
  test("aliases are followed to their addresses, which count alone", async () => {
    const { hits, port, allow } = await receivers();
    const tried = watchAttempts();
    const { address } = await serveNames((name, kind) => {
      if (name === "good.example") return { alias: "one.example" };
      if (name === "one.example") return { alias: "two.example" };
      if (name === "two.example") return kind === "A" ? { addresses: ["127.0.0.1"] } : {};
      if (name === "bad.example") return { alias: "inner.example" };
      if (name === "inner.example") return { addresses: ["127.0.0.2"] };
      if (name === "mixed.example") return { addresses: ["127.0.0.1", "::1"] };
      if (name === "mapped.example") return { addresses: ["::ffff:127.0.0.2"] };
      if (name === "loop.example") return { alias: "loop.example" };
      return undefined;
    });
    const egress = openEgress({ allow, resolveHost: createResolveHost([address]) });
    expect((await egress.send(post(`http://good.example:${port}/`))).status).toBe(202);
    for (const name of ["bad", "mixed", "mapped"])
      expect(await faultOf(egress.send(post(`http://${name}.example:${port}/`))), name).toMatchObject({ reason: "forbidden" });
    expect(await faultOf(egress.send(post(`http://nowhere.example:${port}/`)))).toMatchObject({ reason: "notFound" });
    expect(["notFound", "nameService"]).toContain((await faultOf(egress.send(post(`http://loop.example:${port}/`)))).reason);
    expect(new Set(tried)).toEqual(new Set(["127.0.0.1"]));
    expect(hits).toEqual({ outside: 1, inside: 0 });
  });

  test("both kinds of addresses are asked for, once for all who wait", async () => {
    const { port, allow } = await receivers();
    const { address, asked } = await serveNames((_, kind) => (kind === "A" ? { addresses: ["127.0.0.1"], after: 50 } : { after: 50 }));
    const egress = openEgress({ allow, resolveHost: createResolveHost([address]) });
    const answers = await Promise.all(Array.from({ length: 20 }, () => egress.send(post(`http://hooks.example:${port}/`))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
    expect(asked.toSorted()).toEqual(["hooks.example A", "hooks.example AAAA"]);
  });

  test("a name server that is slow or fails: in time, and said so", async () => {
    const { port, allow } = await receivers();
    const { address } = await serveNames((name) => (name === "silent.example" ? { silent: true } : { code: 2 }));
    const egress = openEgress({ allow, resolveHost: createResolveHost([address]), limits: { resolve: 200 } });
    expect(await faultOf(egress.send(post(`http://silent.example:${port}/`)))).toMatchObject({ reason: "nameService", sent: "never" });
    expect(await faultOf(egress.send(post(`http://broken.example:${port}/`)))).toMatchObject({ reason: "nameService", sent: "never" });
  });

  test("silent name servers hold up neither other calls nor other work of the program", async () => {
    const { port, allow } = await receivers();
    const { address } = await serveNames((name, kind) => (name === "hooks.example" ? (kind === "A" ? { addresses: ["127.0.0.1"] } : {}) : { silent: true }));
    const egress = openEgress({ allow, resolveHost: createResolveHost([address]), limits: { resolve: 3_000 } });
    let given = 0;
    const stuck = Array.from({ length: 40 }, (_, n) => faultOf(egress.send(post(`http://silent${n}.example:${port}/`))).finally(() => (given += 1)));
    expect((await egress.send(post(`http://hooks.example:${port}/`))).status).toBe(202);
    // Look-ups of the system would fill the four threads that files and passwords need too.
    const { stat } = await import("node:fs/promises");
    await stat(".");
    expect(given).toBe(0);
    for (const fault of await Promise.all(stuck)) expect(fault.reason).toBe("nameService");
  });
});

describe("who names what", () => {
  test("a host that the operator named is looked up as the machine does it, others by the name service alone", async () => {
    const ways: string[] = [];
    const egress = openEgress({
      allow: readAllowedDestinations("http://named.internal:9 10.0.0.1:443"),
      resolveHost(host, own) {
        ways.push(`${host} ${own ? "own" : "service"}`);
        return Promise.resolve([]);
      },
    });
    for (const url of ["http://named.internal:9/", "https://named.internal:9/", "https://named.internal/", "https://hooks.example/"])
      await faultOf(egress.send(post(url)));
    await faultOf(egress.send(post("https://login.internal/", { reach: "operator", purpose: "keys" })));
    expect(ways).toEqual(["named.internal own", "named.internal own", "named.internal service", "hooks.example service", "login.internal own"]);
  });

  test.each([
    ["https://inner.example:8443/", "inner.example:8443", ["127.0.0.2"], "named"],
    ["https://inner.example:8443/", "inner.example:*", ["127.0.0.1", "127.0.0.2"], "named"],
    ["https://inner.example:8443/", "127.0.0.2:8443", ["127.0.0.2"], "its address is named"],
    ["http://inner.example:8080/", "http://inner.example:8080", ["127.0.0.2"], "named, plain"],
    ["https://hooks.example:25/", "hooks.example:25", ["127.0.0.1"], "a port of another service, named"],
    ["https://127.0.0.3:80/", "127.0.0.3:80", [], "even that, when its address is written out"],
  ])("%s with %s at %j: admitted (%s)", async (url, allow, addresses) => {
    const tried = watchAttempts();
    const egress = openEgress({ allow: readAllowedDestinations(allow), resolveHost: () => Promise.resolve(addresses) });
    // Nobody listens there.
    expect(await faultOf(egress.send(post(url)))).toMatchObject({ reason: "connect" });
    expect(tried.length).toBeGreaterThan(0);
  });

  test.each([
    ["https://inner.example:8444/", "inner.example:8443", ["10.0.0.1"], "forbidden"],
    ["https://other.example:8443/", "inner.example:8443", ["10.0.0.1"], "forbidden"],
    ["https://sub.inner.example:8443/", "inner.example:8443", ["10.0.0.1"], "forbidden"],
    ["https://inner.example:8443/", "10.0.0.1:8443", ["10.0.0.1", "10.0.0.2"], "forbidden"],
    ["https://inner.example:8443/", "inner.example:8443", ["127.0.0.3"], "forbidden"],
    ["https://inner.example:8443/", "inner.example:8443", ["10.0.0.1", "0.0.0.0"], "forbidden"],
    ["https://inner.example:8443/", "inner.example:8443", ["169.254.169.254"], "forbidden"],
    ["http://inner.example:8443/", "inner.example:8443", ["10.0.0.1"], "scheme"],
    ["http://hooks.example/", "http://inner.example:80", ["1.1.1.1"], "scheme"],
    ["http://hooks.example/", "http://10.0.0.1:80", ["1.1.1.1"], "forbidden"],
    ["https://hooks.example:25/", "hooks.example:26", ["1.1.1.1"], "port"],
    ["https://hooks.example:22/", "", ["1.1.1.1"], "port"],
    ["http://hooks.example/", "", ["1.1.1.1"], "scheme"],
    ["https://127.0.0.2/", "", [], "forbidden"],
    ["https://[::ffff:127.0.0.2]/", "", [], "forbidden"],
    ["https://[64:ff9b::a00:1]/", "", [], "forbidden"],
  ])("%s with %j at %j: %s", async (url, allow, addresses, reason) => {
    const tried = watchAttempts();
    const egress = openEgress({ allow: readAllowedDestinations(allow), resolveHost: () => Promise.resolve(addresses) });
    expect(await faultOf(egress.send(post(url)))).toMatchObject({ reason, sent: "never" });
    expect(tried).toEqual([]);
  });

  test("every refusal that the network decides reads the same outside", async () => {
    const egress = openEgress({ hosts: { "inner.example": [["10.0.0.1"]] } });
    const faults = await Promise.all(
      ["https://inner.example/", "https://nowhere.example/", "https://127.0.0.2/", "https://127.0.0.1:9999/"].map((url) => faultOf(egress.send(post(url)))),
    );
    expect(new Set(faults.map(({ reason }) => reason)).size).toBe(3);
    expect(new Set(faults.map(({ outward }) => outward)).size).toBe(1);
  });
});
