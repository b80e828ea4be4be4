import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import { root } from "../process/server.ts";
import { everything, openHub } from "../wire/hub.ts";
import { codeBlocks } from "./codeBlocks.ts";

/** The requests of the page, sent one after the other; what it shows of an answer is in it. */
test("docs/how-to/related-entities.md", async () => {
  const csdl = readFileSync(join(root, "docs/how-to/bookshop/bookshop.csdl.xml"), "utf8");
  const model = createModel(readCsdl(csdl, { read: everything, write: everything }));
  const hub = await openHub({ model, profile: "odata", roots: [""] });
  onTestFinished(() => hub.close());
  for (const [Id, Name] of [[1, "Mary Shelley"], [2, "Arthur Conan Doyle"]]) await hub.post("/Authors", { Id, Name }); // prettier-ignore
  let last: unknown;
  for (const { info, text, line } of codeBlocks(join(root, "docs/how-to/related-entities.md"))) {
    if (info === "json") expect(last, `line ${line}`).toMatchObject(JSON.parse(text));
    if (info !== "http") continue;
    const [head = "", body] = text.split("\n\n");
    const [method = "", target = ""] = head.trim().split(" ");
    const answer = await hub.send(method, target, body === undefined ? {} : { body });
    expect(answer.status, `line ${line}: ${answer.text}`).toBeLessThan(300);
    last = answer.json;
  }
  expect((await hub.get("/Books?$select=Isbn,Stock")).json.value).toMatchObject([{ Isbn: "1", Stock: 7 }, { Isbn: "2", Stock: 0 }]); // prettier-ignore
  expect((await hub.get("/Authors(1)/Books/$count")).text).toBe("1");
});
