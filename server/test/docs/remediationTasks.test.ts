import { expect, test } from "vitest";
import { servePages } from "./servedPages.ts";

const { readListening } = servePages("empty");

test("docs/how-to/remediation-tasks.md: raised, worked on, proven, and followed by a ticket system", async () => {
  const blocks = await readListening("how-to/remediation-tasks.md");
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(7);
});
