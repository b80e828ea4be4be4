import { createServer } from "node:http";
import { answerParent } from "./child.ts";

/** The base line: node:http that answers a constant of so many bytes at `/<bytes>`. */
const bodies = new Map<string, Buffer>();

function bodyOf(url: string): Buffer {
  let body = bodies.get(url);
  if (body === undefined) bodies.set(url, (body = Buffer.alloc(Number(url.slice(1)), "x")));
  return body;
}

const server = createServer((request, response) => {
  const body = bodyOf(request.url!);
  response.writeHead(200, ["Content-Type", "application/json", "Content-Length", String(body.length)]);
  response.end(body);
});
server.listen(0, "127.0.0.1", () => answerParent({ port: (server.address() as { port: number }).port, token: "" }, {}));
