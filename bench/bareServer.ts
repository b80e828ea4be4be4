import { createServer } from "node:http";
import { answerParent } from "./child.ts";

/** The base line: node:http that answers a constant of so many bytes at `/<bytes>`, and with as many fields in its head as a hub sends at `/heads/<bytes>`. */
const bodies = new Map<string, Buffer>();

function bodyOf(url: string): Buffer {
  let body = bodies.get(url);
  if (body === undefined) bodies.set(url, (body = Buffer.alloc(Number(url.slice(url.lastIndexOf("/") + 1)), "x")));
  return body;
}

const id = "3f0c9a52-7d1e-4b86-a4c3-0d5e6f708192";
const stages = "authenticate;dur=0.012, permit;dur=0.003, execute;dur=0.004, respond;dur=0.005";
const fields = ["Cache-Control", "no-store", "OData-Version", "4.0", "request-id", id, "client-request-id", id]
  .concat(["x-ms-ags-diagnostic", JSON.stringify({ ServerInfo: { DataCenter: "Local", Slice: "E", Ring: "1", ScaleUnit: "000", RoleInstance: "secgraph" } })])
  .concat(["ETag", 'W/"1234"', "Server-Timing", stages, "X-Content-Type-Options", "nosniff"]);
const mediaType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

const server = createServer((request, response) => {
  const body = bodyOf(request.url!);
  const length = String(body.length);
  const head = request.url!.startsWith("/heads/") ? ["Content-Type", mediaType, "Content-Length", length, ...fields] : undefined;
  response.writeHead(200, head ?? ["Content-Type", "application/json", "Content-Length", length]);
  response.end(body);
});
server.listen(0, "127.0.0.1", () => answerParent({ port: (server.address() as { port: number }).port, token: "" }, {}));
