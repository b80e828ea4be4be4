import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dockerStages, sentFiles } from "../test/deploy/dockerfile.ts";
import type { Instruction } from "../test/deploy/dockerfile.ts";
import { root, runToEnd, startServer } from "../test/process/server.ts";

/**
 * The Dockerfile, carried out without an engine: each stage is a folder, COPY copies what .dockerignore lets through, npm
 * runs as it is told, and the program runs as the image's user with the image's environment. What an engine adds (the
 * base image, namespaces, the read-only root) is not shown here.
 */
const temp = mkdtempSync(join(tmpdir(), "secgraph-image-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

interface Stage {
  readonly folder: string;
  workdir: string;
  readonly env: Record<string, string>;
}

const stages = new Map<string, Stage>();

async function carryOut(stage: Stage, { name, text, options }: Instruction): Promise<void> {
  if (name === "WORKDIR") {
    stage.workdir = join(stage.folder, text);
    mkdirSync(stage.workdir, { recursive: true });
  } else if (name === "COPY") copy(stage, text.split(/\s+/), options["from"]);
  else if (name === "ENV") for (const [, key = "", value = ""] of text.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value;
  else if (name === "RUN" && text.startsWith("npm ")) {
    const { code, stdout, stderr } = await runToEnd({ command: text.split(" "), folder: stage.workdir }, 540_000);
    if (code !== 0) throw new Error(`${text} ended with ${code}:\n${stdout}${stderr}`);
  } else if (name === "RUN") {
    const made = /^install -d -m 0700 -o 10001 -g 10001 (\/\w+)$/.exec(text)?.[1];
    if (made === undefined) throw new Error(`This test does not know RUN ${text}.`);
    mkdirSync(join(stage.folder, made), { mode: 0o700 });
  }
}

function copy(stage: Stage, paths: readonly string[], from: string | undefined): void {
  const to = paths.at(-1)!;
  const target = join(stage.workdir, to);
  for (const path of paths.slice(0, -1)) {
    const source = from === undefined ? undefined : join(stages.get(from)!.folder, path);
    const files = source === undefined ? sentFiles().filter((file) => path === "." || file === path) : [];
    expect([path, source !== undefined || files.length > 0]).toEqual([path, true]);
    if (source !== undefined)
      cpSync(source, statSync(source).isDirectory() ? target : join(target, path.split("/").at(-1)!), { recursive: true, verbatimSymlinks: true });
    for (const file of files) {
      const place = path === "." ? join(target, file) : join(target, file.split("/").at(-1)!);
      mkdirSync(dirname(place), { recursive: true });
      cpSync(join(root, file), place);
    }
  }
}

const exec = (text: string): readonly string[] => JSON.parse(text.replace(/^CMD /, "")) as readonly string[];

test("the image's steps give a program that runs as its user, tells its health and drains on SIGTERM", async () => {
  let last: Stage | undefined;
  const all = dockerStages();
  for (const [index, { name, instructions }] of all.entries()) {
    last = { folder: join(temp, `${index}-${name}`), workdir: "", env: {} };
    mkdirSync(last.folder);
    stages.set(name, last);
    for (const instruction of instructions) await carryOut(last, instruction);
  }
  const { folder, workdir, env } = last!;
  const data = join(folder, "data");
  const asRoot = process.getuid?.() === 0;
  if (asRoot) {
    chmodSync(temp, 0o755);
    chownSync(data, 10_001, 10_001);
  }
  const find = (name: string): string => all.at(-1)!.instructions.find((one) => one.name === name)!.text;
  const user = asRoot ? ["setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--no-new-privs"] : [];
  const inPlace = (words: readonly string[]): readonly string[] => [...user, ...words.map((word) => word.replace(/^\/opt\//, `${folder}/opt/`))];
  const more = { SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "*" };
  const health = (port: number) => runToEnd({ command: inPlace(exec(find("HEALTHCHECK"))), folder: workdir, env: { PORT: String(port) } });

  const server = await startServer({
    command: inPlace([...exec(find("ENTRYPOINT")), ...exec(find("CMD"))]),
    folder: workdir,
    data,
    env: { ...env, ...more, SECGRAPH_DATA: data },
  });
  expect((await health(server.port)).code).toBe(0);
  expect(statSync(join(data, "secgraph.sqlite"))).toMatchObject(asRoot ? { uid: 10_001, gid: 10_001 } : {});
  const token = await runToEnd({ command: inPlace([...exec(find("ENTRYPOINT")), "backup", "--to", data]), folder: workdir, env: { SECGRAPH_DATA: data } });
  expect([token.code, token.stdout]).toEqual([0, expect.stringContaining(".tar.gz")]);
  server.signal("SIGTERM");
  const { code, stdout, stderr } = await server.ended;
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly event: string }).event);
  expect([code, stderr, events]).toEqual([0, "", ["server.starting", "server.started", "server.stopping", "server.stopped"]]);
  expect((await health(server.port)).code).toBe(1);
});
