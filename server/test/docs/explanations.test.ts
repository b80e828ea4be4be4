import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { layers } from "../layerTable.ts";

const root = join(import.meta.dirname, "../../..");

/** What a folder may import, in the words of the page. */
function allowed({ runtime, types = [] }: (typeof layers)[string]): string {
  const own = runtime.map((name) => `\`${name}\``);
  return [...own, ...types.filter((name) => !runtime.includes(name)).map((name) => `[\`${name}\`]`)].join(", ") || "nothing";
}

test("docs/explanation/house.md has the layers that are held", () => {
  const page = readFileSync(join(root, "docs/explanation/house.md"), "utf8").split("\n## The layers\n")[1]!;
  const rows = Object.fromEntries([...page.matchAll(/^\| `([\w.]+)` \| .* \| (.*) \|$/gm)].map(([, folder = "", may = ""]) => [folder, may]));
  const folders = Object.keys(layers).filter((name) => existsSync(join(root, "server/src", name)));
  expect(Object.keys(rows).filter((name) => name in layers)).toEqual(folders);
  const inner = folders.filter((name) => !name.endsWith(".ts") && name !== "cli");
  expect(Object.fromEntries(inner.map((name) => [name, rows[name]]))).toEqual(Object.fromEntries(inner.map((name) => [name, allowed(layers[name]!)])));
});
