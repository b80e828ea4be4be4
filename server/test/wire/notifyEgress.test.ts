import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:https";
import { afterEach, expect, test } from "vitest";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { certify } from "../egress/certificates.ts";
import { listenOn, openEgress, watchAttempts } from "../egress/grounds.ts";
import { openNotifyStand, subscriptions, toldOf, wantedBy, type NotifyStand } from "./notifyStand.ts";

let stand: NotifyStand | undefined;
afterEach(async () => {
  await stand?.clear();
  await stand?.close();
  stand = undefined;
});

const port = 8443;
/** 127.0.0.1 is public on these grounds, 127.0.0.2 is as private as ever; names lead where `hosts` says. */
const inside = "127.0.0.2";
const hosts: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "inside.example": [[inside]],
  "both.example": [["127.0.0.1", inside]],
  "mapped.example": [["::ffff:127.0.0.2"]],
  "nat.example": [["64:ff9b::7f00:2"]],
  "sixtofour.example": [["2002:7f00:2::"]],
  "local6.example": [["::1"]],
  "linklocal.example": [["fe80::1"]],
  "unique.example": [["fd00::1"]],
  "metadata.example": [["169.254.169.254"]],
};

const literals = [
  inside,
  "10.0.0.1",
  "172.16.5.4",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "0.0.0.0",
  "2130706434",
  "0x7f000002",
  "0x7f.0.0.2",
  "0177.0.0.2",
  "017700000002",
  "127.2",
  "127.0.2",
  "127.0.0.2.",
  "１２７.0.0.2",
  "127。0。0。2",
  "%31%32%37.0.0.2",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.2]",
  "[::ffff:7f00:2]",
  "[0:0:0:0:0:ffff:7f00:0002]",
  "[::127.0.0.2]",
  "[64:ff9b::127.0.0.2]",
  "[2002:7f00:2::]",
  "[fe80::1%25lo]",
  "[fd00::1]",
  "localhost",
  "LOCALHOST.",
];

const urls = [
  ...literals.map((host) => `https://${host}:${port}/hook`),
  ...Object.keys(hosts).map((host) => `https://${host}:${port}/hook`),
  `https://user:pass@hooks.example:${port}/hook`,
  `https://user@${inside}:${port}/hook`,
  `https://hooks.example:${port}@${inside}:${port}/hook`,
  `https://hooks.example#@${inside}:${port}/hook`,
  `https://hooks.example\\@${inside}:${port}/hook`,
  `http://${inside}:${port}/hook`,
  `http://hooks.example:${port}/hook`,
  `ftp://hooks.example/hook`,
  `file:///etc/passwd`,
  `data:text/plain,hook`,
  `//${inside}:${port}/hook`,
  `https:${inside}:${port}/hook`,
  `https:///${inside}:${port}/hook`,
  ` https://${inside}:${port}/hook`,
  `https://${inside}:${port}/ho\nok`,
  `https://hooks.example:22/hook`,
  "",
];

test("R162 a subscription leads to no address that is not public, however it is written and whatever its name leads to: one text for all, not one connection there", async () => {
  let hits = 0;
  await listenOn(
    createServer(() => (hits += 1)),
    inside,
    port,
  ).catch(() => undefined);
  const tried = watchAttempts();
  stand = await openNotifyStand({
    egress: openEgress({ allow: readAllowedDestinations("http://127.0.0.1:*"), hosts: { ...hosts, "hooks.example": [["127.0.0.1"]] } }),
  });
  const { hub } = stand;
  const open = new URL((await stand.receiver()).url);
  for (const url of urls) {
    for (const target of ["notificationUrl", "lifecycleNotificationUrl"]) {
      const { status, json, text } = await hub.post(subscriptions, wantedBy(`http://127.0.0.1:${open.port}/hook`, { [target]: url }));
      expect([status, json.error.code, json.error.target], `${url} ${text}`).toEqual([400, "ValidationError", target]);
      expect(text).not.toMatch(/ECONN|ENOTFOUND|private|loopback|forbidden|metadata on/i);
    }
  }
  const told = async (url: string): Promise<string> => (await hub.post(subscriptions, wantedBy(url))).json.error.message.replace(url, "");
  expect(await told(`https://${inside}:${port}/hook`)).toBe(await told("https://nobody.example/hook"));
  expect([tried.filter((address) => address !== "127.0.0.1"), hits, (await hub.get(subscriptions)).json.value]).toEqual([[], 0, []]);
});

test("R162 a name that leads inside once its subscription stands is not called there, and its log does not say what is there", async () => {
  let hits = 0;
  const names: Record<string, string[][]> = { "hooks.example": [["127.0.0.1"], ["127.0.0.1"], [inside]] };
  const egress = openEgress({ allow: readAllowedDestinations("http://127.0.0.1:*"), hosts: names, limits: { life: 20 } });
  stand = await openNotifyStand({ egress });
  const receiver = await stand.receiver();
  const at = new URL(receiver.url);
  await listenOn(
    createServer(() => (hits += 1)),
    inside,
    Number(at.port),
  ).catch(() => undefined);
  const { status, json, text } = await stand.hub.post(subscriptions, wantedBy(`http://hooks.example:${at.port}/hook`));
  expect(status, text).toBe(201);
  const tried = watchAttempts();
  const told: string[] = [];
  for (let count = 0; toldOf(receiver).length === told.length && count < 5; count += 1) {
    told.push(await stand.score(count));
    await expect.poll(() => stand!.deliveries(json.id)).toHaveLength(told.length);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const [last] = await stand.deliveries(json.id);
  expect(last).toMatchObject({ outcome: "failing", detail: "unreachable: The endpoint cannot be reached or does not answer as it must." });
  expect([hits, tried.filter((address) => address !== "127.0.0.1")]).toEqual([0, []]);
});

test("R146 an endpoint whose certificate cannot be trusted is told nothing", async () => {
  let asked = 0;
  const server = createTlsServer(await certify(["hooks.example"]), (_, response) => void ((asked += 1), response.end()));
  server.on("tlsClientError", () => undefined);
  const open = await listenOn(server);
  stand = await openNotifyStand({ egress: openEgress({ hosts: { "hooks.example": [["127.0.0.1"]] } }) });
  const { status, json } = await stand.hub.post(subscriptions, wantedBy(`https://hooks.example:${open}/hook`));
  expect([status, json.error.code, asked]).toEqual([400, "ValidationError", 0]);
});

test("R154 an endpoint whose certificate has ended is told nothing until it has a new one, and its log says that it is TLS", async () => {
  const ca = await certify([]);
  const good = await certify(["hooks.example"], ca);
  const told: unknown[] = [];
  const server = createTlsServer(good, (request, response) => {
    const token = new URL(request.url!, "https://hooks.example").searchParams.get("validationToken");
    request.on("data", (chunk: Buffer) => void told.push(chunk)).on("end", () => response.writeHead(200, { "Content-Type": "text/plain" }).end(token ?? ""));
  });
  server.on("tlsClientError", () => undefined);
  const open = await listenOn(server);
  const egress = openEgress({ hosts: { "hooks.example": [["127.0.0.1"]] } });
  stand = await openNotifyStand({ egress: { send: (call) => egress.send({ ...call, identity: { ca: ca.cert } }) } });
  const { json } = await stand.hub.post(subscriptions, wantedBy(`https://hooks.example:${open}/hook`));
  server.setSecureContext(await certify(["hooks.example"], ca, Date.now() - 1_000));
  server.closeAllConnections();
  await stand.score(1);
  await expect.poll(() => stand!.deliveries(json.id)).toMatchObject([{ outcome: "failing", detail: expect.stringMatching(/^tls: /) }]);
  expect(told).toEqual([]);
  server.setSecureContext(good);
  await expect.poll(() => stand!.deliveries(json.id)).toMatchObject([{ outcome: "delivered" }, { outcome: "failing" }]);
});
