import { createServer } from "node:https";
import type { TLSSocket, TlsOptions } from "node:tls";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { certify } from "./certificates.ts";
import type { Pair } from "./certificates.ts";
import { faultOf, listenOn, openEgress, post, serveRaw } from "./grounds.ts";

let ca: Pair;
beforeAll(async () => {
  ca = await certify([]);
});

const hosts = { "hooks.example": [["127.0.0.1"]] };

/** A receiver over TLS; what it saw of each connection. */
async function receiver(credentials: TlsOptions) {
  const seen: {
    readonly name: string | boolean;
    readonly client: string | undefined;
    readonly protocol: string | null;
    readonly alpn: string | boolean | null;
  }[] = [];
  const server = createServer({ ...credentials, ALPNProtocols: ["h2", "http/1.1"] }, (request, response) => {
    const socket = request.socket as TLSSocket & { readonly servername?: string | false };
    const { CN: client } = socket.getPeerCertificate().subject ?? {};
    seen.push({ name: socket.servername ?? false, client: client as string | undefined, protocol: socket.getProtocol(), alpn: socket.alpnProtocol });
    request.resume().on("end", () => response.writeHead(202).end());
  });
  server.on("tlsClientError", () => undefined);
  const port = await listenOn(server);
  return { seen, port, url: `https://hooks.example:${port}/hook` };
}

describe("TLS", () => {
  test("is verified for the name that was written, which is told to the receiver (SNI), while the address was looked up", async () => {
    const { url, seen } = await receiver(await certify(["hooks.example"], ca));
    const egress = openEgress({ hosts });
    expect((await egress.send(post(url, { identity: { ca: ca.cert } }))).status).toBe(202);
    expect(seen).toEqual([{ name: "hooks.example", client: undefined, protocol: "TLSv1.3", alpn: "http/1.1" }]);
  });

  test("an address is verified as an address, and is no SNI", async () => {
    const { port, seen } = await receiver(await certify(["127.0.0.1"], ca));
    expect((await openEgress().send(post(`https://127.0.0.1:${port}/`, { identity: { ca: ca.cert } }))).status).toBe(202);
    expect(seen).toMatchObject([{ name: false }]);
  });

  test.each([
    ["for another name", "ERR_TLS_CERT_ALTNAME_INVALID", async () => certify(["other.example"], ca)],
    ["for the address, not the name", "ERR_TLS_CERT_ALTNAME_INVALID", async () => certify(["127.0.0.1"], ca)],
    ["for a name below", "ERR_TLS_CERT_ALTNAME_INVALID", async () => certify(["*.hooks.example"], ca)],
    ["that has ended", "CERT_HAS_EXPIRED", async () => certify(["hooks.example"], ca, Date.now() - 1000)],
    ["that signed itself", "DEPTH_ZERO_SELF_SIGNED_CERT", async () => certify(["hooks.example"])],
    ["of an unknown authority", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", async () => certify(["hooks.example"], await certify([]))],
  ])("a certificate %s: nothing is sent", async (_, code, make) => {
    const { url, seen } = await receiver(await make());
    const fault = await faultOf(openEgress({ hosts }).send(post(url, { identity: { ca: ca.cert } })));
    expect(fault).toMatchObject({ reason: "tls", code, sent: "never" });
    expect(fault.outward).not.toMatch(/certificate|trust/);
    expect(seen).toEqual([]);
  });

  test("what the environment says of verification does not matter", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url, seen } = await receiver(await certify(["hooks.example"]));
    expect(await faultOf(openEgress({ hosts }).send(post(url)))).toMatchObject({ reason: "tls" });
    expect(seen).toEqual([]);
  });

  test("old versions are not spoken", async () => {
    const { url } = await receiver({ ...(await certify(["hooks.example"], ca)), minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await faultOf(openEgress({ hosts }).send(post(url, { identity: { ca: ca.cert } })))).toMatchObject({ reason: "tls", sent: "never" });
  });

  test.each([
    ["plain HTTP", (socket: { end: (text: string) => unknown }) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")],
    ["the end", (socket: { end: (text: string) => unknown }) => socket.end("")],
  ])("a port that answers with %s", async (_, answer) => {
    const url = await serveRaw((socket) => void socket.once("data", () => answer(socket)));
    const fault = await faultOf(openEgress({ hosts }).send(post(url.replace("http://127.0.0.1", "https://hooks.example"))));
    expect(fault).toMatchObject({ reason: "tls", sent: "never" });
  });

  test("a port that never answers the greeting", async () => {
    const url = await serveRaw(() => undefined);
    const egress = openEgress({ hosts, limits: { connect: 100 } });
    const fault = await faultOf(egress.send(post(url.replace("http://127.0.0.1", "https://hooks.example"))));
    expect(fault).toMatchObject({ reason: "connect", sent: "never" });
    expect(fault.message).toContain("not within 100 ms");
  });
});

describe("a certificate of our own (mTLS)", () => {
  test("is shown to the receiver that asks for one", async () => {
    const [server, client] = [await certify(["hooks.example"], ca), await certify(["connector.example"], ca)];
    const { url, seen } = await receiver({ ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: true });
    const egress = openEgress({ hosts });
    expect((await egress.send(post(url, { identity: { ...client, ca: ca.cert } }))).status).toBe(202);
    expect(seen[0]!.client).toMatch(/^connector\.example/);
  });

  test("without it, or with another's, there is no answer", async () => {
    const { url, seen } = await receiver({ ...(await certify(["hooks.example"], ca)), ca: ca.cert, requestCert: true, rejectUnauthorized: true });
    const stranger = await certify(["connector.example"], await certify([]));
    const egress = openEgress({ hosts });
    for (const identity of [{ ca: ca.cert }, { ...stranger, ca: ca.cert }]) {
      // TLS 1.3 tells the refusal after the client has begun to speak.
      expect(["tls", "closed"]).toContain((await faultOf(egress.send(post(url, { identity })))).reason);
    }
    expect(seen).toEqual([]);
  });

  test("connections of one are not used for another", async () => {
    const [server, one, two] = [await certify(["hooks.example"], ca), await certify(["one.example"], ca), await certify(["two.example"], ca)];
    const { url, seen } = await receiver({ ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: false });
    const egress = openEgress({ hosts });
    const identities = [{ ...one, ca: ca.cert }, { ...two, ca: ca.cert }, { ca: ca.cert }, { ...one, ca: ca.cert }];
    for (const identity of identities) await egress.send(post(url, { identity }));
    expect(seen.map(({ client }) => client?.split(" ")[0])).toEqual(["one.example", "two.example", undefined, "one.example"]);
    expect(egress.figures().pools).toBe(3);
  });

  test("a key that does not fit its certificate is a fault of the call", async () => {
    const { url } = await receiver(await certify(["hooks.example"], ca));
    const [one, two] = [await certify(["one.example"], ca), await certify(["two.example"], ca)];
    expect(await faultOf(openEgress({ hosts }).send(post(url, { identity: { cert: one.cert, key: two.key } })))).toMatchObject({ sent: "never" });
    expect(await faultOf(openEgress({ hosts }).send(post(url, { identity: { ca: "no PEM", cert: "x", key: "y" } })))).toMatchObject({ sent: "never" });
  });
});
