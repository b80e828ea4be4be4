import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { setupPatience, startForClients } from "../../test/clients/realClients.ts";
import type { ClientServer } from "../../test/clients/realClients.ts";
import { codeBlocks } from "../../test/docs/codeBlocks.ts";
import type { CodeBlock } from "../../test/docs/codeBlocks.ts";
import { root, runToEnd } from "../../test/process/server.ts";
import type { Ended } from "../../test/process/server.ts";

/** The recipes for SDKs of other languages, each as it stands on its page but for the port: its files, its commands, and what they print. */
const languages = [
  { page: "sdk-python.md", needs: ["python3 -m venv --help"] },
  { page: "sdk-go.md", needs: ["go version"] },
  { page: "sdk-java.md", needs: ["java -version", "mvn --version", "keytool -help"] },
  { page: "sdk-dotnet.md", needs: ["dotnet --version"] },
  { page: "sdk-powershell.md", needs: ["pwsh --version"] },
] as const;

/** Milliseconds: a first compilation of the Go SDK takes minutes. */
const patience = 1_200_000;
let served: ClientServer | undefined;

beforeAll(async () => void (served = await startForClients()), setupPatience);
afterAll(() => served?.close(), 60_000);

const textOf = (blocks: readonly CodeBlock[], wanted: string): string => blocks.flatMap(({ info, text }) => (info === wanted ? [text] : [])).join("");
const inShell = (script: string, folder: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runToEnd({ command: ["bash", "-eu", "-c", script], folder, env }, patience);

/** Why the recipe cannot be run on this machine; undefined when it can. */
async function lackOf(needs: readonly string[], folder: string, install: string): Promise<string | undefined> {
  for (const need of needs) if ((await inShell(need, folder)).code !== 0) return `there is no ${need.split(" ")[0]}`;
  // Compiling what one program imports a tenth of takes longer than all the rest.
  const { code, stdout, stderr } = await inShell(install, folder, { PIP_NO_COMPILE: "1" });
  return code === 0 ? undefined : `its packages cannot be had: ${`${stdout}${stderr}`.trim().split("\n").slice(-3).join(" ")}`;
}

test.for(languages)("docs/how-to/$page", { timeout: patience }, async ({ page, needs }, { skip }) => {
  const { env } = served!;
  const fitted = (text: string): string =>
    text.replaceAll("https://localhost:7443", env["BASE_URL"]!).replaceAll("$PWD/data/tls/ca.pem", env["NODE_EXTRA_CA_CERTS"]!);
  const blocks = codeBlocks(join(root, "docs/how-to", page)).map((block) => ({ ...block, text: fitted(block.text) }));
  const folder = mkdtempSync(join(tmpdir(), "secgraph-recipe-"));
  try {
    for (const { info, text } of blocks) {
      const file = /^\w+ (\S+\.\w+)$/.exec(info)?.[1];
      if (file === undefined) continue;
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const lack = await lackOf(needs, folder, textOf(blocks, "sh install"));
    if (lack !== undefined) console.log(`SKIPPED: docs/how-to/${page}: ${lack}.`);
    skip(lack !== undefined, `docs/how-to/${page}: ${lack}`);
    const { code, stdout, stderr } = await inShell(textOf(blocks, "sh"), folder, {
      ...env,
      PYTHONDONTWRITEBYTECODE: "1",
      SSL_CERT_FILE: env["NODE_EXTRA_CA_CERTS"]!,
    });
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: textOf(blocks, "text") });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});
