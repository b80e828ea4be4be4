import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../process/server.ts";

/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  /** What stands behind it, options without their dashes taken out. */
  readonly text: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The instructions of the Dockerfile by stage, lines joined. */
export function dockerStages(): readonly { readonly name: string; readonly instructions: readonly Instruction[] }[] {
  const lines = readFileSync(join(root, "Dockerfile"), "utf8")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const stages: { readonly name: string; readonly instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") stages.push({ name: / AS (\w+)$/.exec(rest)?.[1] ?? "", instructions: [] });
    const options = name === "COPY" || name === "HEALTHCHECK" ? [...rest.matchAll(/--([\w-]+)=(\S+)\s/g)].map(([, key = "", value = ""]) => [key, value]) : [];
    const text = options.length === 0 ? rest : rest.replaceAll(/--[\w-]+=\S+\s+/g, "");
    stages.at(-1)?.instructions.push({ name, text, options: Object.fromEntries(options) as Record<string, string> });
  }
  return stages;
}

/** True for a path that .dockerignore lets into the build: the last pattern that matches it or a folder above it counts. */
export function isSent(path: string): boolean {
  const patterns = readFileSync(join(root, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  let sent = true;
  for (const pattern of patterns) {
    const positive = pattern.replace(/^!/, "");
    const source = positive
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll(/\*\*\//g, "(?:.*/)?")
      .replaceAll(/(?<!\.)\*(?!\/\)\?)/g, "[^/]*");
    if (new RegExp(`^${source}(?:/.*)?$`).test(path)) sent = pattern.startsWith("!");
  }
  return sent;
}

/** Every file of the repository that a build is sent. */
export function sentFiles(): readonly string[] {
  const found = globSync(["*", ".npmrc", "{docs,tools,server}/**/*"], { cwd: root, exclude: ({ name }) => name === "node_modules", withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter(isSent);
}
