import { describe, expect, test } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { checkParameters } from "../../src/base/jsonSchema/checkParameters.ts";
import { expandSchema, schemaBounds } from "../../src/base/jsonSchema/expandSchema.ts";
import { formats } from "../../src/base/jsonSchema/formats.ts";

/** `a=1 b=2` as pairs. */
function pairs(text: string): { name: string; value: string }[] {
  return text.split(" ").flatMap((one) => (one === "" ? [] : [{ name: one.slice(0, one.indexOf("=")), value: one.slice(one.indexOf("=") + 1) }]));
}

/** What comes of parameters: their values, or what is wrong with them. */
function checked(schema: Json, text: string): unknown {
  const result = checkParameters(schema, pairs(text));
  return "values" in result ? result.values : result.faults.map(({ parameter, message }) => `${parameter}: ${message}`);
}

const a = (schema: Json, more: Record<string, Json> = {}): Json => ({ properties: { a: schema }, ...more });

describe("texts become what their schema asks for", () => {
  test.each<[Json, string, unknown]>([
    [null, "a=1 b=2 b=3", { a: "1", b: ["2", "3"] }],
    [{}, "a=1", { a: "1" }],
    [a({ type: "integer" }), "a=12", { a: 12 }],
    [a({ type: "integer" }), "a=-0", { a: -0 }],
    [a({ type: "number" }), "a=1.5e2", { a: 150 }],
    [a({ type: "boolean" }), "a=true", { a: true }],
    [a({ type: ["string", "integer"] }), "a=12", { a: "12" }],
    [a({ enum: [1, 2] }), "a=2", { a: 2 }],
    [a({ const: true }), "a=true", { a: true }],
    [a({ anyOf: [{ type: "integer" }, { type: "boolean" }] }), "a=7", { a: 7 }],
    [a({ $ref: "#/$defs/n" }, { $defs: { n: { type: "integer" } } }), "a=7", { a: 7 }],
    [a({ type: "array", items: { type: "integer" } }), "a=1 a=2", { a: [1, 2] }],
    [a({ type: "array" }), "a=x", { a: ["x"] }],
    [a({ type: "array", items: { type: "integer" } }), "a=[1,2]", { a: [1, 2] }],
    [a({ type: "object", properties: { b: { type: "integer" } } }), 'a={"b":1}', { a: { b: 1 } }],
    [{ additionalProperties: { type: "integer" } }, "x=1", { x: 1 }],
    [{ allOf: [a({ type: "integer" })] }, "a=1", { a: 1 }],
  ])("%j of %s", (schema, text, values) => {
    expect(checked(schema, text)).toEqual(values);
  });
});

describe("what does not fit is told by its name", () => {
  test.each<[Json, string, readonly string[]]>([
    [a({ type: "integer" }), "a=1.5", ['a: expected a whole number, got "1.5".']],
    [a({ type: "integer" }), "a=9007199254740993", ['a: expected a whole number, got "9007199254740993".']],
    [a({ type: "number" }), "a=1e999", ['a: expected a number, got "1e999".']],
    [a({ type: "integer" }), "a=1 a=2", ["a: expected once, got 2 times."]],
    [a({ type: "integer" }), "a=007", ['a: expected a whole number, got "007".']],
    [a({ type: "boolean" }), "a=yes", ['a: expected true or false, got "yes".']],
    [a({ format: "ipv4" }), "a=1.2.3.256", ['a: expected the format ipv4, got "1.2.3.256".']],
    [a({ pattern: "^[a-z]+$" }), "a=A", ['a: expected a text that matches ^[a-z]+$, got "A".']],
    [a({ enum: ["x", "y"] }), "a=z", ['a: expected one of "x", "y", got "z".']],
    [a({ maxLength: 2 }), "a=xyz", ['a: expected at most 2 characters, got "xyz".']],
    [a({ type: "integer", minimum: 1, maximum: 5 }), "a=9", ["a: expected at most 5, got 9."]],
    [a({ type: "array", items: { format: "mac" } }), "a=x", ['a[0]: expected the format mac, got "x".']],
    [a({}, { required: ["a", "b"] }), "", ["a: required.", "b: required."]],
    [a({}, { required: ["toString"] }), "a=1", ["toString: required."]],
    [a({}, { additionalProperties: false }), "a=1 c=2", ["c: there is no such parameter; there are a."]],
    [a({}, { additionalProperties: false }), "constructor=1", ["constructor: there is no such parameter; there are a."]],
    [a({ not: { const: "x" } }), "a=x", [`a: expected what its schema allows ('not'), got "x".`]],
    [{ oneOf: [{ required: ["a"] }, { required: ["b"] }] }, "a=1 b=2", [": expected what its schema allows ('oneOf')."]],
    [{ dependentRequired: { a: ["b"] } }, "a=1", [": expected what its schema allows ('dependencies')."]],
    [{ if: { required: ["a"] }, ["then" as string]: { required: ["b"] } }, "a=1", ["b: required."]],
    [a({ prefixItems: [{ type: "string" }], items: false, type: "array" }), "a=x a=y", ['a: expected what its schema allows (\'items\'), got ["x","y"].']],
    [a(false), "a=1", ['a: expected nothing, got "1".']],
  ])("%j of %s", (schema, text, faults) => {
    expect(checked(schema, text)).toEqual(faults);
  });

  test("a pattern takes no time, however it is meant", () => {
    const text = `a=${"a".repeat(50_000)}!`;
    expect(checked(a({ pattern: "^(a+)+$" }), text)).toHaveLength(1);
  });

  test("a name of an object's prototype is a name like others", () => {
    const result = checkParameters({ properties: { x: { type: "integer" } } }, [{ name: "__proto__", value: "1" }]);
    expect("values" in result && Object.entries(result.values)).toEqual([["__proto__", "1"]]);
  });

  test("too many elements, JSON nested too deep and more than can be checked are refused", () => {
    const many = checkParameters(
      a({ type: "array" }),
      Array.from({ length: 1001 }, () => ({ name: "a", value: "x" })),
    );
    expect(many).toEqual({ faults: [{ parameter: "a", message: "expected at most 1000 elements, got 1001." }] });
    expect(checked(a({ type: "array" }), `a=${"[".repeat(40)}${"]".repeat(40)}`)).toEqual([expect.stringContaining("expected a list")]);
    const parts = { anyOf: Array.from({ length: 200 }, (_, index) => ({ const: index })) };
    const values = Array.from({ length: 900 }, () => ({ name: "a", value: "x" }));
    expect(checkParameters(a({ type: "array", items: parts as unknown as Json }), values)).toEqual({
      faults: [{ parameter: "", message: "expected fewer values: these are too many for their schema." }],
    });
  });
});

describe("a schema that cannot be used is refused with the place", () => {
  /** Fifty times what it refers to, level by level. */
  const bomb = Object.fromEntries([
    ["0", { type: "string" }],
    ...Array.from({ length: 5 }, (_, index) => [String(index + 1), { allOf: Array.from({ length: 50 }, () => ({ $ref: `#/$defs/${index}` })) }]),
  ]) as Json;
  const deep = Array.from({ length: 40 }).reduce<Json>((inner) => ({ items: inner }), {});
  test.each<[string, Json, string]>([
    ["no object", [], ": expected a JSON Schema: an object."],
    ["of another type", { type: "array" }, "/type: expected 'object': parameters have names."],
    ["an unknown type", a({ type: "strnig" }), "/properties/a/type: expected one or more of object, array, string, number, integer, boolean, null."],
    ["an unknown keyword", a({ minimun: 1 }), "/properties/a/minimun: 'minimun' is no keyword that is evaluated here."],
    [
      "a remote reference",
      a({ $ref: "https://evil.example/s.json" }),
      "/properties/a/$ref: expected a reference within this schema, such as '#/$defs/address'.",
    ],
    ["a reference to nothing", a({ $ref: "#/$defs/x" }), "/properties/a/$ref: there is nothing at '#/$defs/x'."],
    [
      "a reference to itself",
      a({ $ref: "#/$defs/x" }, { $defs: { x: { items: { $ref: "#/$defs/x" } } } }),
      "/properties/a/$ref/items/$ref: it leads back to itself",
    ],
    ["a reference to the whole", a({ $ref: "#" }), "/properties/a/$ref: it leads back to itself"],
    ["a pattern that backtracks", a({ pattern: "(?=x)" }), "/properties/a/pattern: the regular expression cannot be used: "],
    ["a pattern that is none", a({ pattern: "[" }), "/properties/a/pattern: the regular expression cannot be used: "],
    ["an unknown format", a({ format: "iban" }), "/properties/a/format: expected one of ipv4, "],
    ["$data", a({ minimum: { $data: "1/b" } }), "/properties/a/minimum: expected a number."],
    ["another dialect", { $schema: "http://evil.example/" }, "/$schema: expected draft-07"],
    ["escaped names", { properties: { "a/b~c": 1 } }, "/properties/a~1b~0c: expected a schema: an object, true or false."],
    ["a bomb of references", a({ $ref: "#/$defs/5" }, { $defs: bomb }), `the schema has more than ${schemaBounds.parts} parts`],
    ["nested too deep", a(deep), "nested deeper than"],
    ["too long", { description: "x".repeat(70_000) }, ": expected at most 65536 characters"],
  ])("%s", (_, schema, expected) => {
    const result = expandSchema(schema);
    const faults = "faults" in result ? result.faults.map(({ at, message }) => `${at}: ${message}`) : [];
    expect(
      faults.some((one) => one.includes(expected)),
      JSON.stringify(faults),
    ).toBe(true);
    expect(checkParameters(schema, [])).toHaveProperty("faults");
  });
});

describe("formats", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["ipv4", ["203.0.113.7"], ["203.0.113", "203.0.113.07", "0xcb.0.113.7", " 203.0.113.7"]],
    ["ipv6", ["2001:db8::7", "::ffff:192.0.2.1"], ["fe80::1%eth0", "2001:db8", "203.0.113.7"]],
    ["ip", ["203.0.113.7", "::1"], ["host"]],
    ["cidr", ["203.0.113.0/24", "2001:db8::/32", "0.0.0.0/0"], ["203.0.113.0", "203.0.113.0/33", "203.0.113.0/024", "::/129", "::/1/2"]],
    ["email", ["ada@contoso.example", "a.b+c@x.example"], ["ada", "@x.example", "a..b@x.example", "a b@x.example", "ada@-x.example"]],
    ["hostname", ["host", "a.b-c.example"], ["-a", "a..b", "a_b", "", "a".repeat(64)]],
    ["date-time", ["2026-01-31T12:00:00Z", "2026-01-31t12:00:00.5+01:00"], ["2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00"]],
    ["date", ["2024-02-29"], ["2023-02-29", "2023-2-1"]],
    ["time", ["12:00:00Z", "23:59:59.25+01:00"], ["12:00", "24:00:00Z"]],
    ["duration", ["PT1H", "P1DT2H3.5S", "P2W"], ["P", "PT", "1H", "P1H"]],
    ["uri", ["https://contoso.example/x?y#z", "urn:a:b"], ["contoso", "https://", "http://a b/"]],
    ["uuid", ["0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01"], ["0199b2c4"]],
    ["mac", ["00:1a:2B:3c:4d:5e", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"], ["00:1a:2b:3c:4d", "00:1a-2b:3c:4d:5e", "001a2b3c4d5g"]],
  ])("%s", (name, good, bad) => {
    expect(good.filter((text) => !formats[name]!(text))).toEqual([]);
    expect(bad.filter((text) => formats[name]!(text))).toEqual([]);
  });
});
