import { connect, createServer, type AddressInfo } from "node:net";

/** Stands before a database and makes it look like PostgreSQL 14: what it says of its version is written over on the way. */
export async function startOldServer(database: string): Promise<{ readonly url: string; readonly close: () => void }> {
  const { port } = new URL(database);
  const server = createServer((client) => {
    const behind = connect(Number(port), "127.0.0.1");
    client.on("error", () => behind.destroy());
    behind.on("error", () => client.destroy());
    client.pipe(behind);
    behind.on("data", (chunk: Buffer) => client.write(chunk.toString("latin1").replaceAll(/(?<!\d)1[5-9]00\d\d(?!\d)/g, "140012"), "latin1"));
    behind.on("end", () => client.end());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = new URL(database);
  url.port = String((server.address() as AddressInfo).port);
  return { url: url.href, close: () => void server.close() };
}
