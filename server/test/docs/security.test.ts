import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/explanation/security.md"), "utf8");
const scripts = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly scripts: Readonly<Record<string, string>> }).scripts;
/** Every inline code of the page. */
const codes = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);

/** Test files that an argument of `npm test --` selects: vitest takes whatever path contains it. */
function selected(argument: string, project: "server" | "long"): readonly string[] {
  const folder = project === "server" ? "server/test" : "server/test-long";
  return globSync(`${folder}/**/*.test.ts`, { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.includes(argument));
}

test("every path that the security page names is there", () => {
  const paths = codes
    .flatMap((text) => text.split(" "))
    .filter((word) => /^(?:server|docs|tools|bench|clients)\//.test(word) || /^(?:package-lock\.json|\.npmrc)$/.test(word));
  expect(paths.length).toBeGreaterThan(40);
  expect([...new Set(paths)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("every command that the security page gives selects tests that are there", () => {
  const commands = codes.filter((text) => /\bnpm (?:test|run test:long)\b/.test(text));
  expect(commands.length).toBeGreaterThan(15);
  for (const command of commands) {
    const [, name, rest] = /^(?:[A-Z_]+=\S+ )*npm (test|run test:long) -- (.+)$/.exec(command) ?? [];
    expect(rest, command).toBeDefined();
    const isLong = name !== "test";
    expect(scripts[isLong ? "test:long" : "test"], command).toContain(isLong ? "--project long" : "--project server");
    const [files, title] = rest!.split(" -t ") as [string, string?];
    for (const argument of files.split(" ")) {
      const found = selected(argument, isLong ? "long" : "server");
      expect(found, `${command}: ${argument}`).not.toEqual([]);
      if (title !== undefined)
        expect(
          found.some((file) => new RegExp(`"[^"]*${title}`).test(readFileSync(join(root, file), "utf8"))),
          command,
        ).toBe(true);
    }
  }
});

test("settings of the environment that the security page names are read by the tests", () => {
  const names = new Set(codes.flatMap((text) => [...text.matchAll(/\b([A-Z][A-Z_]+)=/g)].map(([, name]) => name!)));
  const tests = globSync("server/{test,test-long}/**/*.ts", { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));
  expect(names.size).toBeGreaterThan(1);
  for (const name of names)
    expect(
      tests.some((text) => text.includes(`"${name}"`)),
      name,
    ).toBe(true);
});

test("every threat says what is in place and where, every promise how to see it", () => {
  const rows = page.split("\n").filter((line) => /^\| T\d/.test(line));
  expect(rows).toHaveLength(14);
  for (const row of rows)
    expect(
      row
        .split("|")
        .slice(2, 5)
        .every((cell) => cell.trim() !== ""),
      row,
    ).toBe(true);
  const promises = page
    .split("\n## What is promised")[1]!
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => /^\| (?!promise)/.test(line));
  expect(promises.length).toBeGreaterThan(15);
  for (const row of promises) expect(row, row).toMatch(/\| `[^|]+` \|$/);
});

test("SECURITY.md leads to the page, and the page back", () => {
  expect(readFileSync(join(root, "SECURITY.md"), "utf8")).toContain("(docs/explanation/security.md)");
  expect(page).toContain("(../../SECURITY.md)");
});
