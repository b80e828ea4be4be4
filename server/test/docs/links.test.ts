import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** Links of the pages lead somewhere, and every page is led to. */
const root = join(import.meta.dirname, "../../..");
const pages = globSync(["*.md", "{docs,bench,clients}/**/*.md"], { cwd: root, exclude: (path) => path.includes("node_modules") }).map((path) =>
  path.replaceAll("\\", "/"),
);
const textOf = (page: string): string => readFileSync(join(root, page), "utf8").replaceAll("\r\n", "\n");
/** Code is shown, not linked. */
const proseOf = (page: string): string =>
  textOf(page)
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");

interface Link {
  readonly from: string;
  readonly to: string;
  readonly anchor: string | undefined;
}

function linksOf(page: string): readonly Link[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor] = target.split("#");
      return { from: page, to: path === "" ? page : normalize(join(dirname(page), path)).replaceAll("\\", "/"), anchor };
    });
}

/** The anchors that forges give to headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = textOf(page)
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}

const links = pages.flatMap(linksOf);
const shown = ({ from, to, anchor }: Link): string => `${from} -> ${to}${anchor === undefined ? "" : `#${anchor}`}`;

test("every link leads to a file of the repository", () => {
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter(({ to }) => !existsSync(join(root, to))).map(shown)).toEqual([]);
});

test("every link into a page leads to a heading of it", () => {
  const wrong = links.filter(({ to, anchor }) => anchor !== undefined && to.endsWith(".md") && !anchorsOf(to).has(anchor));
  expect(wrong.map(shown)).toEqual([]);
});

test("docs/README.md leads to every page of docs", () => {
  const led = new Set(linksOf("docs/README.md").map(({ to }) => to));
  expect(pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md" && !led.has(page))).toEqual([]);
});

test.each(pages)("files of the repository that %s names are there", (page) => {
  const named = [...textOf(page).matchAll(/(?<![\w./-])(?:server|tools|bench|clients|docs)\/[\w./-]+\.(?:ts|mjs|md)\b/g)].map(([path]) => path);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
