import { expect, test } from "vitest";
import { createMask, shownAddress } from "../../../src/outbox/connectors/masks.ts";

test("a secret of asterisks makes no text grow with each of its spellings", () => {
  const secret = "*";
  const mask = createMask([
    { scheme: "bearer", secret },
    { scheme: "basic", userName: "hub", secret },
    { scheme: "apiKey", name: "x-key", secret },
  ]);
  expect(mask("*".repeat(10_000))).toHaveLength(30_000);
  expect(mask("a*b")).toBe("a***b");
});

test("the longest spelling of a secret goes first, each wherever it stands", () => {
  const mask = createMask([{ scheme: "basic", userName: "hub", secret: "pass" }]);
  const both = Buffer.from("hub:pass").toString("base64");
  expect(mask(`pass ${both} ${Buffer.from("pass").toString("hex")} passpass`)).toBe("*** *** *** ******");
});

test.each([
  ["https://a.example/x?api_key=1&b=2&Token=3#f", "https://a.example/x?api_key=***&b=2&Token=***#f"],
  ["https://a.example/x?b=2?sig=3", "https://a.example/x?b=2?sig=3"],
  ["https://a.example/key=1", "https://a.example/key=1"],
])("of %s the secret members are not shown", (url, shown) => {
  expect(shownAddress(url)).toBe(shown);
});

test("an address of many question marks is read once", () => {
  const url = `https://a.example/${"?key".repeat(20_000)}`;
  expect(shownAddress(url)).toBe(url);
});
