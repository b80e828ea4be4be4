import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { freePort } from "../process/freePort.ts";
import { program, root, startServer, type ServerProcess } from "../process/server.ts";
import type { CodeBlock } from "./codeBlocks.ts";
import { runPage, type Reader } from "./runPage.ts";

/** A server beside which pages are read. */
export interface ServedPages {
  /** Its data folder. */
  readonly data: () => string;
  /** A page's text with this server's port, folder and command. */
  readonly fitted: (text: string) => string;
  /** Runs a page below docs/ beside the server; gives its blocks. */
  readonly read: (page: string, reader?: Partial<Reader>) => Promise<readonly CodeBlock[]>;
  /** The same for a page whose own program listens on 9000: it gets a port that is free. */
  readonly readListening: (page: string) => Promise<readonly CodeBlock[]>;
}

/** Serves the pages of a test file: one server in development mode, with the demo hub or an empty one, from its first test to its last. */
export function servePages(seed: "demo" | "empty"): ServedPages {
  let server: ServerProcess;
  let folder = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "secgraph-pages-"));
    const env = { SECGRAPH_SEED: seed === "demo" ? "on" : "off" };
    server = await startServer({ command: [...program, "start"], data: join(folder, "data"), env, patience: 120_000 });
  });
  afterAll(async () => {
    server?.signal("SIGTERM");
    await server?.ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const data = (): string => join(folder, "data");
  const fitted = (text: string): string =>
    text
      .replaceAll("localhost:7443", `localhost:${server.tlsPort}`)
      .replaceAll('"$PWD/data', `"${data()}`)
      .replaceAll("npm run -s secgraph --", `npm --prefix "${root}" run -s secgraph --`);
  const read: ServedPages["read"] = (page, reader) => runPage(join(root, "docs", page), { under: folder, env: { SECGRAPH_DATA: data() }, fitted, ...reader });
  return {
    data,
    fitted,
    read,
    async readListening(page) {
      const port = await freePort();
      return read(page, { fitted: (text) => fitted(text).replaceAll("127.0.0.1:9000", `127.0.0.1:${port}`).replaceAll("listen(9000", `listen(${port}`) });
    },
  };
}
