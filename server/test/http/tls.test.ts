import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { connect as connectPlain, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { localCertificates } from "../../src/http/localCertificates.ts";
import { raw, serve } from "./testServer.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "secgraph-tls-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Status and HSTS header of a GET that trusts only the given CA. */
function trustingGet(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, agent: false }, (response) => {
      response.resume().on("end", () => resolve(`${response.statusCode} ${response.headers["strict-transport-security"] ?? ""}`));
    });
    sent.on("error", reject).end();
  });
}

async function serveTls(hosts: readonly string[] = [], hsts = false) {
  const certificates = await localCertificates(folder(), hosts);
  const listening = await serve({}, { hosts: ["127.0.0.1", "::1"], tls: { port: 0, credentials: certificates, hsts } });
  return { ...listening, ca: readFileSync(certificates.caPath, "utf8") };
}

describe("the local CA", () => {
  test("a client that trusts it gets in under every name of this machine (R191)", async () => {
    const { tlsPort, ca, hosts } = await serveTls();
    const names = ["localhost", "127.0.0.1", ...(hosts.includes("::1") ? ["[::1]"] : [])];
    for (const name of names) expect(await trustingGet(`https://${name}:${tlsPort}/v1.0/x`, ca)).toBe("200 max-age=0");
  });

  test("a client that does not trust it stays out", async () => {
    const { tlsPort } = await serveTls();
    const foreign = await localCertificates(folder(), []);
    await expect(trustingGet(`https://localhost:${tlsPort}/`, readFileSync(foreign.caPath, "utf8"))).rejects.toThrow(
      /self-signed|unable to (?:get|verify)|signature/i,
    );
  });

  test("in production browsers are told to stay on TLS (R34)", async () => {
    const { tlsPort, ca } = await serveTls([], true);
    expect(await trustingGet(`https://localhost:${tlsPort}/v1.0/x`, ca)).toBe("200 max-age=31536000");
  });

  test("plain HTTP to the TLS port ends without an answer", async () => {
    const { tlsPort } = await serveTls();
    expect(await raw(tlsPort!, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")).not.toMatch(/HTTP\/\d/);
  });
});

describe("slow clients over TLS", () => {
  async function slowServer(): Promise<number> {
    const credentials = await localCertificates(folder(), []);
    const { tlsPort } = await serve({}, { tls: { port: 0, credentials, hsts: false }, timeouts: { headers: 300, request: 600, write: 300 } });
    return tlsPort!;
  }
  /** Resolves when the server ended the connection. */
  const ended = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.on("error", () => undefined).on("close", () => resolve()));

  test("who never shakes hands is cut off", async () => {
    const socket = connectPlain(await slowServer(), "127.0.0.1").resume();
    await expect(ended(socket)).resolves.toBeUndefined();
  });

  test("who is slow with his headers, or takes no answer, is cut off", async () => {
    const port = await slowServer();
    const begin = (text: string): TLSSocket => {
      const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => void socket.write(text));
      return socket;
    };
    await ended(begin("GET /v1.0/x HTTP/1.1\r\nHost: h\r\nX-Sl").resume());
    const reader = begin("GET /v1.0/big?40000000 HTTP/1.1\r\nHost: h\r\n\r\n").pause();
    // Who does not read notices the end when it writes.
    const timer = setInterval(() => void reader.write("\r\n"), 50);
    await ended(reader);
    clearInterval(timer);
    expect(reader.destroyed).toBe(true);
  });
});

describe("certificates on disk", () => {
  test("are made once, keys readable by their owner only", async () => {
    const path = folder();
    const first = await localCertificates(path, ["hub.example.com"]);
    expect(await localCertificates(path, ["HUB.example.com"])).toEqual(first);
    const leaf = new X509Certificate(first.cert);
    expect(leaf.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:hub.example.com");
    for (const name of ["ca-key.pem", "server-key.pem"]) expect(statSync(join(path, name)).mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o600);
    expect(existsSync(join(path, "lock"))).toBe(false);
  });

  test("the server's is made anew for another name and near its end; the CA stays", async () => {
    const path = folder();
    const day = 24 * 3600 * 1000;
    const first = await localCertificates(path, []);
    const ca = readFileSync(first.caPath, "utf8");
    const named = await localCertificates(path, ["other"]);
    const later = await localCertificates(path, ["other"], Date.now() + 340 * day);
    expect(new Set([first.cert, named.cert, later.cert]).size).toBe(3);
    expect(readFileSync(first.caPath, "utf8")).toBe(ca);
    expect(Date.parse(new X509Certificate(later.cert).validTo)).toBeGreaterThan(Date.now() + 700 * day);
  });

  test("carry what strict verifiers ask for: key identifiers, critical CA constraints", async () => {
    const { caPath, cert } = await localCertificates(folder(), []);
    const ca = new X509Certificate(readFileSync(caPath));
    const leaf = new X509Certificate(cert);
    expect([ca.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true);
    // 2.5.29.35 and 2.5.29.14: authority and subject key identifier.
    expect([leaf.raw.includes(Buffer.from("0603551d23", "hex")), leaf.raw.includes(Buffer.from("0603551d0e", "hex"))]).toEqual([true, true]);
  });
});
