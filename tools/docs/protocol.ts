import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { page, table } from "./markdown.ts";
import { requirements } from "./requirements.ts";

const root = join(import.meta.dirname, "../..");
/** Talks about numbers without testing what they stand for. */
const own = "server/test/docs/protocol.test.ts";
const quoted = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;

/** The requirement numbers in the names of a test file: those that stand in its texts as R1 or R1-R4. */
export function numbersIn(source: string): ReadonlySet<number> {
  const texts = source.match(quoted) ?? [];
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\bR(\d{1,3})(?:-R(\d{1,3}))?\b/g)].flatMap(([, from, to]) => range(Number(from), Number(to ?? from)))),
  );
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** By requirement number, the test files that carry it, from the repository's root. */
export function testsByRequirement(): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  const files = globSync(["server/test/**/*.test.ts", "server/test-long/**/*.test.ts"], { cwd: root }).map((file) => file.replaceAll("\\", "/"));
  for (const file of files.filter((name) => name !== own).toSorted()) {
    for (const number of numbersIn(readFileSync(join(root, file), "utf8"))) found.set(number, [...(found.get(number) ?? []), file]);
  }
  return found;
}

/** `docs/reference/protocol.md`: every requirement of the wire protocol and the tests that carry its number. */
export function protocolPage(): string {
  const tests = testsByRequirement();
  const all = Object.values(requirements).flat();
  const carried = all.filter(([number]) => tests.has(number)).length;
  return page(
    "# Wire protocol",
    "Generated from the names of the tests by `node run.mjs tools/docs/write.ts`.",
    `What clients of Graph's security API rely on, as ${all.length} numbered requirements. Names of tests and comments cite them as R1 to R${all.length}; a test that carries a number fails when the behaviour is gone. ${carried} are carried by tests. Delta queries and change notifications are not served yet.`,
    ...Object.entries(requirements).flatMap(([group, rows]) => [
      `## ${group}`,
      table(
        ["Number", "Requirement", "Tests"],
        rows.map(([number, title]) => [`R${number}`, title, (tests.get(number) ?? []).map(link).join(", ")]),
      ),
    ]),
  );
}

function link(file: string): string {
  return `[${basename(file, ".test.ts")}](../../${file})`;
}
