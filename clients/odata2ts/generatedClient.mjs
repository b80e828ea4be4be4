// A client that odata2ts generates from a service's $metadata, compiled with TypeScript, and what TypeScript says of a program that uses its types.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { FetchClientError } from "@odata2ts/http-client-fetch";

// Not the synchronous one: connections that the server closes meanwhile would be taken for open ones.
const run = promisify(execFile);
const packages = join(import.meta.dirname, "node_modules");
// A folder from which the packages of the client are found.
const store = join(packages, ".generated");

/** The client `name` of a service's root, with odata2ts's further `options`. What was made of the same metadata before is taken again: by the other engine, for one. */
export async function generatedClient({ name, root, options, program }) {
  const metadata = await (await fetch(`${root}/$metadata`)).text();
  const files = filesOf({ name, options, program, metadata });
  const made = createHash("sha256")
    .update(JSON.stringify(files))
    .update(readFileSync(join(import.meta.dirname, "package-lock.json")));
  const folder = join(store, `${name}-${made.digest("hex").slice(0, 20)}`);
  if (!existsSync(folder)) {
    await generate(folder, files);
    for (const other of readdirSync(store)) if (other.startsWith(`${name}-`) && join(store, other) !== folder) rmSync(join(store, other), { recursive: true });
  }
  const services = createRequire(import.meta.url)(join(folder, `out/${name}Service.js`));
  return { services, faults: readFileSync(join(folder, "faults.txt"), "utf8") };
}

function filesOf({ name, options, program, metadata }) {
  const compilerOptions = { target: "es2022", module: "commonjs", strict: true, skipLibCheck: true };
  const service = { serviceName: name, source: "metadata.xml", output: "out", tsconfig: "tsconfig.json", emitMode: "js_dts", ...options };
  return {
    "metadata.xml": metadata,
    "package.json": JSON.stringify({ type: "commonjs" }),
    "tsconfig.json": JSON.stringify({ compilerOptions }),
    "odata2ts.config.cjs": `module.exports = ${JSON.stringify({ services: { [name]: service } })};`,
    "program.ts": program,
  };
}

/** Makes it beside its place, where it comes as a whole. */
async function generate(folder, { "program.ts": program, ...files }) {
  mkdirSync(store, { recursive: true });
  const made = mkdtempSync(join(store, "new-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
    await run(process.execPath, [join(packages, "@odata2ts/odata2ts/lib/run-cli.js")], { cwd: made, encoding: "utf8" });
    writeFileSync(join(made, "program.ts"), program);
    writeFileSync(join(made, "faults.txt"), await typeCheck(made));
    renameSync(made, folder);
  } catch (error) {
    // Somebody else was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Checks the program, as a person's editor would. */
async function typeCheck(folder) {
  try {
    return (await run(process.execPath, [join(packages, "typescript/bin/tsc"), "--noEmit", "-p", "tsconfig.json"], { cwd: folder, encoding: "utf8" })).stdout;
  } catch (error) {
    return error.stdout;
  }
}

/** What the caller of a client sees of a refusal. */
export async function refusalOf(call) {
  try {
    return { answered: (await call()).status };
  } catch (error) {
    if (!(error instanceof FetchClientError)) throw error;
    return { status: error.status, message: error.message };
  }
}
