import { describe, expect, test } from "vitest";
import { parseUri } from "../../src/odata/parseUri.ts";
import { refusal } from "./refusal.ts";

describe("absolute URIs", () => {
  test.each([
    ["http://h/", { scheme: "http", authority: "h", path: "/" }],
    ["HTTPS://h:8080/a/b?c=d/e?#f?g#", { scheme: "https", authority: "h:8080", path: "/a/b", query: "c=d/e?", fragment: "f?g#" }],
    ["https://[2001:db8::1]:1/a#b", { scheme: "https", authority: "[2001:db8::1]:1", path: "/a", fragment: "b" }],
    ["http://h/?", { scheme: "http", authority: "h", path: "/", query: "" }],
  ])("%s", (text, parts) => expect(parseUri(text)).toEqual(parts));

  test.each([
    ["ftp://h/", "URI: expected http or https at position 0."],
    ["httpx://h/", "URI: expected http or https at position 0."],
    ["http:/h/", "URI: expected '://' at position 4."],
    ["http:///a", "URI: expected a host at position 7."],
    ["http://h", "URI: expected '/' behind the host at position 8."],
    ["http://u:p@h/", "URI: expected '/' behind the host at position 9."],
  ])("%s is refused", (text, message) => expect(refusal(() => parseUri(text))).toBe(message));
});
