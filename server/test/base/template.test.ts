import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/base/json.ts";
import { readCall, renderCall, type CallTemplate, type RenderedCall } from "../../src/base/template/callTemplate.ts";
import { parseTemplate, printPlaceholder } from "../../src/base/template/parseTemplate.ts";
import type { Values } from "../../src/base/template/renderTemplate.ts";

const valuesOf =
  (parameters: JsonObject): Values =>
  ([root, ...path]) => {
    if (root !== "parameters") return root === "fencingToken" ? 7 : null;
    let at: Json | undefined = parameters;
    for (const name of path) at = at !== null && typeof at === "object" && Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined;
    return at;
  };

/** A call with one parameter `x`, as it is sent; the message of the value that does not fit. */
function call(written: JsonObject, x?: Json): RenderedCall | string {
  const read = readCall({ url: "https://fw.example/", ...written }, {});
  if (Array.isArray(read)) return read.map(({ member, message }) => `${member}: ${message}`).join("; ");
  try {
    return renderCall(read as CallTemplate, valuesOf(x === undefined ? {} : { x }), { id: "a" });
  } catch (error) {
    return (error as Error).message;
  }
}
const urlWith = (url: string, x: Json): string => {
  const made = call({ url }, x);
  return typeof made === "string" ? made : made.url;
};
const bodyWith = (body: string, x: Json, contentType = "application/json"): string | undefined => {
  const made = call({ body, contentType }, x);
  return typeof made === "string" ? made : made.body;
};

describe("a template", () => {
  test.each([
    ["a{action.id}b", ["a", "{action.id}", "b"]],
    ['{parameters["any \\"name\\"}"]}', ['{parameters["any \\"name\\"}"]}']],
    ["{parameters.x.y?}", ["{parameters.x.y?}"]],
    ["{{{undoes}}}", ["{", "{undoes}", "}"]],
    ["", []],
  ])("%s is read", (text, pieces) => {
    expect(parseTemplate(text).map((piece) => (typeof piece === "string" ? piece : printPlaceholder(piece)))).toEqual(pieces);
  });

  test.each([
    ["{", "a name was expected, as in {action.id}"],
    ["}", "this '}' closes nothing; a brace itself is written '}}'"],
    ["{action.}", "a name was expected, as in {action.id}"],
    ["{action.id", "'}', '.', '[\"' or '?' was expected"],
    ["{parameters[x]}", 'a member in brackets is written ["name"]'],
    ['{parameters["\\x"]}', '"\\x" is no JSON string'],
    ["{7}", "a name was expected, as in {action.id}"],
    ["{a}".repeat(257), "a template has 256 placeholders at most"],
    ["x".repeat(65_537), "a template has 65536 characters at most"],
  ])("%.40s is refused", (text, what) => {
    expect(() => parseTemplate(text)).toThrow(what);
  });

  test("a megabyte that closes nothing is read in one pass", () => {
    expect(() => parseTemplate('{parameters["'.repeat(5000))).toThrow("a member in brackets");
  });
});

describe("the faults of a call are named when it is written down", () => {
  test.each([
    [{ url: "https://{parameters.host}/x" }, /^url: an address begins with https:/],
    [{ url: "https://fw{parameters.host}/x" }, /^url: an address begins with/],
    [{ url: "https://u:p@fw.example/" }, /^url: an address begins with/],
    [{ url: "{parameters.url}" }, /^url: an address begins with/],
    [{ url: "ftp://fw.example/" }, /^url: an address begins with/],
    [{ url: "https://fw.example/#{action.id}" }, /^url: an address has no fragment/],
    [{ url: "https://fw.example/{secret}" }, /^url: {secret} stands for nothing; known are parameters.NAME, action.id/],
    [{ url: "https://fw.example/{handle}" }, /^url: {handle} stands for nothing/],
    [{ url: "https://fw.example/{action.constructor}" }, /^url: {action.constructor} stands for nothing/],
    [{ method: "TRACE" }, /^method: 'TRACE' is none of GET/],
    [{ method: "GET", body: "{}" }, /^body: a GET has no body/],
    [{ body: '{"a": {parameters.x}}' }, /^body: this is no JSON document/],
    [{ body: '{"a": "{nothing}"}' }, /^body: {nothing} stands for nothing/],
    [{ body: "x", contentType: "application/octet-stream" }, /contentType: values can be escaped for JSON/],
    [{ contentType: "text/plain\r\nx: y" }, /contentType: values can be escaped for JSON/],
    [{ headers: [{ name: "Host", value: "x" }] }, /^headers: the field 'Host' is not to be set/],
    [{ headers: [{ name: "Content-Length", value: "1" }] }, /^headers: the field 'Content-Length' is not to be set/],
    [{ headers: [{ name: "X-Fencing-Token", value: "1" }] }, /^headers: the field 'X-Fencing-Token' is not to be set/],
    [{ headers: [{ name: "a b", value: "x" }] }, /^headers: the field 'a b' is not to be set/],
    [{ headers: [{ name: "a", value: "x\r\nb: c" }] }, /^headers: the value of 'a' has characters that no field has/],
    [
      {
        headers: [
          { name: "a", value: "1" },
          { name: "A", value: "2" },
        ],
      },
      /^headers: the field 'A' is there twice/,
    ],
  ] as const)("%j", (written, what) => {
    expect(call(written as unknown as JsonObject)).toMatch(what);
  });
});

describe("no value leaves its place", () => {
  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["203.0.113.0/24", "203.0.113.0%2F24"],
    ["a b?c#d&e=f%00;/x", "a%20b%3Fc%23d%26e%3Df%2500%3B%2Fx"],
    ["{action.id}", "%7Baction.id%7D"],
    ["…é𝄞", "%E2%80%A6%C3%A9%F0%9D%84%9E"],
    [17, "17"],
    [["a", 1], "%5B%22a%22%2C1%5D"],
  ])("in a path: %j", (x, encoded) => {
    expect(urlWith("https://fw.example/block/{parameters.x}/now?q={parameters.x}", x)).toBe(`https://fw.example/block/${encoded}/now?q=${encoded}`);
  });

  test.each(["", ".", "..", "../admin", "a/../b", "a\\..\\b", "a\u0000", "a\r\nHost: x", "\ud800", "a".repeat(5000), null])("a path takes no %j", (x) => {
    expect(urlWith("https://fw.example/block/{parameters.x}", x)).not.toMatch(/^https/);
  });

  test("nor do two values make a step up together", () => {
    expect(urlWith("https://fw.example/{parameters.x}{parameters.x}/x", ".")).toMatch(/cannot be part of a path/);
    expect(urlWith("https://fw.example/.{parameters.x}/x", ".")).not.toMatch(/^https/);
    expect(urlWith("https://fw.example/%2e{parameters.x}", "%2e")).toBe("https://fw.example/%2e%252e");
  });

  test.each(['"', '","admin":true,"a":"', "\\", "\n\u0000\u2028", "}", "{parameters.x}", "é𝄞", "__proto__"])("in JSON: %j", (x) => {
    const body = bodyWith('{"whole":"{parameters.x}","part":"<{parameters.x}>","__proto__":{"a":"{parameters.x}"},"list":["{parameters.x}"]}', x)!;
    expect(JSON.parse(body)).toEqual(
      JSON.parse(`{"whole":${JSON.stringify(x)},"part":${JSON.stringify(`<${x}>`)},"__proto__":{"a":${JSON.stringify(x)}},"list":[${JSON.stringify(x)}]}`),
    );
  });

  test("a text that is one placeholder becomes the value itself, and nothing where it may be absent", () => {
    expect(bodyWith('{"n":"{parameters.x}","t":"no {parameters.x}","u":"{undoes?}","f":"{fencingToken}"}', 5)).toBe('{"n":5,"t":"no 5","f":7}');
    expect(bodyWith('{"o":"{parameters.x}"}', { a: [1, { "}": 2 }] })).toBe('{"o":{"a":[1,{"}":2}]}}');
    expect(bodyWith('{"o":"{parameters.constructor}"}', 1)).toBe("{parameters.constructor} has no value");
  });

  test.each(["{parameters.constructor}", "{parameters.__proto__}", '{parameters["toString"]}', "{parameters.x.length}"])(
    "%s is no value unless it was given",
    (name) => {
      expect(call({ url: `https://fw.example/?q=${name}` }, "abc")).toBe(`${name} has no value`.replace('["toString"]', ".toString"));
    },
  );

  test("a megabyte is a value, two are too much", () => {
    const text = "x".repeat(1_000_000);
    expect(bodyWith('{"a":"{parameters.x}"}', text)).toHaveLength(1_000_008);
    expect(bodyWith('["{parameters.x}","{parameters.x}"]', text)).toBe("the body would be larger than 1048576 bytes");
  });

  test.each(["a\r\nx-evil: 1", "a\nb", "\u0000", "é", "\u2028", "x".repeat(9000)])("a header takes no %.20j", (x) => {
    expect(call({ headers: [{ name: "x-why", value: "for {parameters.x}" }] }, x)).toMatch(/characters|more than/);
  });

  test("a header has its value as it is", () => {
    expect(call({ headers: [{ name: "X-Why", value: "for {parameters.x}" }], body: "" }, 'a"{b}')).toEqual({
      method: "POST",
      url: "https://fw.example/",
      headers: { "x-why": 'for a"{b}' },
    });
  });

  test.each([
    ["application/xml", "<a b='{parameters.x}'/>", "'/><c>&\"\n", "<a b='&apos;/&gt;&lt;c&gt;&amp;&quot;&#10;'/>"],
    ["application/soap+xml; charset=utf-8", "<![CDATA[{parameters.x}]]>", "]]>", "<![CDATA[]]&gt;]]>"],
    ["application/x-www-form-urlencoded", "a={parameters.x}&b=1", "1&c=2 +é", "a=1%26c%3D2+%2B%C3%A9&b=1"],
    ["text/plain", "block {parameters.x}", "a b", "block a b"],
    ["text/plain", "block {parameters.x}", "a\nreload", "{parameters.x} has control characters or line breaks"],
    ["text/xml", "<a>{parameters.x}</a>", "\u0000", "{parameters.x} has characters that XML cannot hold"],
  ])("in %s: %s with %j", (contentType, body, x, made) => {
    expect(bodyWith(body, x, contentType)).toBe(made);
  });
});
