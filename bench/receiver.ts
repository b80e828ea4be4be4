import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { readFileSync } from "node:fs";
import { answerParent } from "./child.ts";

/** Receivers of notifications: `receiver.ts <count> [<cert> <key>]`. They answer 202 when the body is there. The greeting's token names their ports. */
const [, , count = "4", cert, key] = process.argv;

const answer: RequestListener = (request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(202, ["Content-Length", "0"]).end());
};

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

const servers = Array.from({ length: Number(count) }, () =>
  cert === undefined || key === undefined ? createServer(answer) : createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, answer),
);
const ports = await Promise.all(servers.map(listen));
answerParent({ port: ports[0]!, token: ports.join(",") }, {});
