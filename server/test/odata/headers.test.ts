import { describe, expect, test } from "vitest";
import { Problem } from "../../src/base/errors.ts";
import { parseAccept } from "../../src/odata/parseAccept.ts";
import { etagMatches, parseEtags } from "../../src/odata/parseEtags.ts";
import { parsePrefer } from "../../src/odata/parsePrefer.ts";
import { refusal } from "./refusal.ts";

describe("Prefer", () => {
  test.each([
    [undefined, {}],
    ["", {}],
    ["return=minimal", { return: "minimal" }],
    ["Return=Representation; x=y", { return: "representation" }],
    ['return="minimal"', { return: "minimal" }],
    ["return=other", {}],
    ["odata.maxpagesize=5", { maxPageSize: 5 }],
    ["maxpagesize=7, odata.maxpagesize=5", { maxPageSize: 7 }],
    ["maxpagesize=0", {}],
    ["maxpagesize=-1, respond-async, wait = 10", { respondAsync: true, wait: 10 }],
    ["handling=strict", { handling: "strict" }],
    ["odata.continue-on-error", { continueOnError: true }],
    ["odata.continue-on-error=false", { continueOnError: false }],
    ["create-if-missing,include-unknown-enum-members", { createIfMissing: true, includeUnknownEnumMembers: true }],
    ['odata.include-annotations="ns.T,-ns.*#q"', { includeAnnotations: "ns.T,-ns.*#q" }],
    ['odata.include-annotations="ns"', {}],
    ['callback; url="https://h/p?q,r"', { callback: "https://h/p?q,r" }],
    ["omit-values=nulls, odata.track-changes, odata.allow-entityreferences", { omitValues: "nulls", trackChanges: true, allowEntityReferences: true }],
    ['foo="a,return=minimal", bar;return=minimal, ,;, "x", return=representation', { return: "representation" }],
    ['"unclosed, return=minimal', { return: "minimal" }],
    ["__proto__=1, constructor", {}],
  ])("%s", (header, preferences) => expect(parsePrefer(header)).toEqual(preferences));
});

describe("If-Match and If-None-Match", () => {
  test.each([
    ["*", { any: true }],
    [' "a" ', { any: false, tags: ["a"] }],
    ['W/"a,b", "",\t"c"', { any: false, tags: ["a,b", "", "c"] }],
    [',, W/"1",', { any: false, tags: ["1"] }],
  ])("%s", (header, condition) => expect(parseEtags(header)).toEqual(condition));

  test.each(["", "a", "W/a", 'w/"a"', '"a', '"a" "b"', '*, "a"', '"a\n"', '"a"b'])("%j is malformed", (header) => {
    const found = (() => {
      try {
        return parseEtags(header, "If-None-Match");
      } catch (error) {
        return error;
      }
    })();
    expect(found).toBeInstanceOf(Problem);
    expect(found).toMatchObject({ status: 400, extras: { target: "If-None-Match", inner: "malformedEntityTag" } });
  });

  test.each([
    ['W/"1"', 'W/"1"', true],
    ['"1"', 'W/"1"', true],
    ['"2", W/"1"', '"1"', true],
    ['"2"', 'W/"1"', false],
    ["*", 'W/"1"', true],
    ["*", undefined, false],
    ['"1"', undefined, false],
  ])("%s with %s: %s", (header, current, matches) => expect(etagMatches(parseEtags(header), current)).toBe(matches));
});

describe("Accept and $format", () => {
  const read = (accept: string | undefined, format?: string) => {
    const { metadata, ieee754Compatible } = parseAccept(accept, format);
    return metadata + (ieee754Compatible ? " ieee" : "");
  };

  test.each([
    [undefined, "minimal"],
    ["", "minimal"],
    ["*/*", "minimal"],
    ["application/json", "minimal"],
    ["application/json;odata.metadata=none", "none"],
    ['Application/JSON; Metadata="full"', "full"],
    ["application/json;odata.metadata=full;IEEE754Compatible=true", "full ieee"],
    ["application/json;odata=nometadata", "none"],
    ["application/json;odata.metadata=NONE;IEEE754Compatible=TRUE", "none ieee"],
    ["application/json;odata.metadata=Full", "full"],
    ["application/json;odata=verbose,text/plain, */*; q=0.01", "minimal"],
    [",application/jsontext/plain", "minimal"],
    ["application/json;odata.metadata=none;q=0.5,application/json;odata.metadata=full", "full"],
    ["*/*;odata.metadata=none,application/json", "minimal"],
    ["application/atom+xml,*/*;q=0.1", "minimal"],
    ["text/html,application/*", "minimal"],
    ["application/json;q=0,application/json;odata.metadata=none;q=0.1", "none"],
    ["*/*;q=0,application/json;q=0.001", "minimal"],
    ["application/json;q=0,text", "minimal"],
    ["text/html;q=7", "minimal"],
    ["text", "minimal"],
    ["text/html, text", "minimal"],
  ])("%s", (accept, format) => expect(read(accept)).toBe(format));

  test.each([
    ["json", "minimal"],
    ["JSON", "minimal"],
    ["application/json;odata.metadata=none;IEEE754Compatible=true", "none ieee"],
  ])("$format=%s wins over Accept", (format, read_) => expect(read("text/html", format)).toBe(read_));

  test("only concrete other types are not acceptable, other formats never", () => {
    expect(refusal(() => parseAccept("application/atom+xml"))).toBe("Only application/json is served here, not 'application/atom+xml'.");
    expect(refusal(() => parseAccept("text/plain", undefined, ["text/plain"]))).toBe("accepted");
    expect(refusal(() => parseAccept("text/html", undefined, ["text/plain"]))).toBe("Only application/json and text/plain are served here, not 'text/html'.");
    expect(refusal(() => parseAccept("text/html, "))).toContain("Only application/json");
    expect(refusal(() => parseAccept("text/html, image/png;q=0.5"))).toContain("Only application/json");
    expect(refusal(() => parseAccept("*/*", "xml"))).toBe("$format: only json and application/json are served, not 'xml'.");
    expect(refusal(() => parseAccept("*/*", "application/json, text/html"))).toContain("$format");
  });
});
