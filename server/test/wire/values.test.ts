import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import type { PropertyDefinition } from "../../src/edm/resource.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { openHub, vendor, type Answer, type TestHub } from "./hub.ts";

/** Of each primitive type: JSON texts that fit, with what comes back where that differs, and JSON texts that do not. */
interface Values {
  readonly fits: readonly (string | readonly [sent: string, back: string])[];
  readonly misfits: readonly string[];
  /** What a misfit is told. */
  readonly expected: string;
  /** Literals of $filter that find the last of those that fit. */
  readonly found: readonly string[];
}

const noNumbers = ["true", '"1"', "[1]", "{}"];
const kinds: Readonly<Record<string, Values>> = {
  Boolean: { fits: ["false", "true"], misfits: ["1", "0", '"true"', "[true]", "{}"], expected: "true or false", found: ["true", "TRUE"] },
  Byte: { fits: ["255", "0"], misfits: ["-1", "256", "1.5", ...noNumbers], expected: "an integer between 0 and 255", found: ["0", "00"] },
  SByte: { fits: ["127", "-128"], misfits: ["-129", "128", ...noNumbers], expected: "an integer between -128 and 127", found: ["-128"] },
  Int16: { fits: ["32767", "-32768"], misfits: ["-32769", "32768", ...noNumbers], expected: "an integer between -32768 and 32767", found: ["-32768"] },
  Int32: { fits: ["2147483647", "-2147483648"], misfits: ["2147483648", "-2147483649", "1e-1", ...noNumbers], expected: "an integer between", found: ["-2147483648"] },
  Int64: {
    fits: ['"12"', "-9007199254740993", "-9223372036854775808", "9223372036854775807"].map((text) => [text, text.replaceAll('"', "")] as const),
    misfits: ["9223372036854775808", "-9223372036854775809", "1.5", "true", '""', '"1e3"', "[1]", "{}"],
    expected: "an integer of 64 bits",
    found: ["9223372036854775807"],
  },
  Double: { fits: ["1", "-0.25", ["1e300", "1e+300"]], misfits: ['"INF"', ...noNumbers], expected: "a number", found: ["1e300", "1E+300"] },
  Decimal: {
    fits: [["1.50", "1.5"],
      ['"1.50"', "1.50"], ['"00.10"', "0.10"], ["12345678901234567890.5", "12345678901234567890.5"], ["2.5", "2.5"]],
    misfits: ["true", '"1e3"', '"."', '"1."', '""', "[1]", "{}"],
    expected: "a decimal number",
    found: ["2.5", "2.50"],
  },
  String: { fits: ['""', '"abcde"'], misfits: ["1", "true", '"abcdef"', '["a"]', "{}"], expected: "a string", found: ["'abcde'"] },
  Guid: {
    fits: ['"01234567-89ab-cdef-0123-456789abcdef"'],
    misfits: ['"01234567-89ab-cdef-0123-456789abcde"', '"{01234567-89ab-cdef-0123-456789abcdef}"', '"x1234567-89ab-cdef-0123-456789abcdef"', "1", '["01234567-89ab-cdef-0123-456789abcdef"]'],
    expected: "a GUID",
    found: ["01234567-89ab-cdef-0123-456789abcdef", "01234567-89AB-CDEF-0123-456789ABCDEF", "'01234567-89AB-cdef-0123-456789abcdef'"],
  },
  Date: { fits: ['"2024-02-29"', '"2026-12-31"'], misfits: ['"2026-02-29"', '"2026-12-32"', '"2026-13-01"', '"20261231"', '"2026-12-31T00:00:00Z"', "20261231"], expected: "a date", found: ["2026-12-31", "'2026-12-31'"] },
  TimeOfDay: { fits: ['"00:00"', '"23:59:59.999"', '"12:30:00"'], misfits: ['"24:00"', '"12:60"', '"12:30:60"', '"1:00"', '"12:30:00."', '"12:30Z"', "12"], expected: "a time", found: ["12:30:00"] },
  DateTimeOffset: { fits: ['"2026-12-31T23:59:59+01:00"'], misfits: ['"2026-12-31"', '"2026-12-31T23:59:59"', "1"], expected: "a date and time", found: ["2026-12-31T22:59:59Z", "'2026-12-31T22:59:59.000Z'"] },
  Duration: { fits: ['"P1D"', '"-PT1.5S"', '"P1DT2H3M4S"'], misfits: ['"P"', '"PT"', '"P1Y"', '"1D"', '"P1H"', '"P1DT"', "1"], expected: "a duration", found: ["duration'P1DT2H3M4S'"] },
  Binary: { fits: ['""', '"-_-_"', '"Zm9v"'], misfits: ['"a b"', '"Zg==="', '"ä"', "1", '["Zm9v"]'], expected: "binary data", found: ["binary'Zm9v'"] },
}; // prettier-ignore

const nameOf = (kind: string): string => `of${kind}`;
const properties = Object.fromEntries(
  Object.keys(kinds).map((kind): [string, PropertyDefinition] => [nameOf(kind), { type: `Edm.${kind}`, ...(kind === "String" ? { maxLength: 5 } : {}) }]),
);
const resources = securityGraph.resources.map((resource) => {
  if (resource.name !== "secureScores") return resource;
  const types = resource.types.map((type) => (type.kind === "entity" ? { ...type, properties: { ...type.properties, ...properties } } : type));
  return { ...resource, types };
});

const scores = "/v1.0/security/secureScores";
let hub: TestHub;
beforeAll(async () => {
  hub = await openHub({ model: createModel({ ...securityGraph, resources }) });
});
afterAll(() => hub.close());

const post = (name: string, json: string): Promise<Answer> => hub.post(scores, `{"${name}":${json},"vendorInformation":${JSON.stringify(vendor)}}`);
/** A member as it stands in the text of an answer, digit for digit. */
const memberOf = (answer: Answer, name: string): string | undefined => new RegExp(`"${name}":("(?:[^"\\\\]|\\\\.)*"|[^,}]+)`).exec(answer.text)?.[1];

describe.each(Object.entries(kinds))("Edm.%s (R108)", (kind, { fits, misfits, expected, found }) => {
  const name = nameOf(kind);

  test.each(fits.map((one) => (typeof one === "string" ? ([one, one] as const) : one)))("takes %s and gives %s back", async (sent, back) => {
    const made = await post(name, sent);
    expect(made.status, made.text).toBe(201);
    expect(memberOf(made, name)).toBe(back);
    expect(memberOf(await hub.get(`${scores}/${made.json.id}?$select=${name}`), name)).toBe(back);
  });

  test.each(misfits)("refuses %s, says where and what it expected, in a create and in a change", async (sent) => {
    const made = await post(name, sent);
    expect([made.status, made.json.error?.target], made.text).toEqual([400, name]);
    expect(made.json.error.message).toContain(`expected ${expected}`);
    const stored = await hub.post(scores, { vendorInformation: vendor });
    expect((await hub.patch(`${scores}/${stored.json.id}`, `{"${name}":${sent}}`)).status).toBe(400);
  });

  test.each(found)("is found by %s", async (literal) => {
    const last = fits.at(-1)!;
    const made = await post(name, typeof last === "string" ? last : last[0]);
    const answer = await hub.get(`${scores}?$filter=${name} eq ${encodeURIComponent(literal)}&$select=id`.replaceAll(" ", "%20"));
    expect(
      answer.json.value?.map((one: { id: string }) => one.id),
      answer.text,
    ).toContain(made.json.id);
  });
});

test("of an enumeration the members that a client may send are named, and no other", async () => {
  const answer = await hub.post("/v1.0/security/alerts", { severity: "grave", vendorInformation: vendor });
  expect(answer.json.error.message).toBe("Property 'severity': expected one of unknown, informational, low, medium, high, got \"grave\".");
});

test("undeclared objects of an open type are replaced by a PATCH, declared ones merged (R94)", async () => {
  const made = await hub.post(scores, { mood: { a: 1, b: 2 }, vendorInformation: vendor });
  expect((await hub.patch(`${scores}/${made.json.id}`, { mood: { b: 3 } })).status).toBe(204);
  expect((await hub.get(`${scores}/${made.json.id}`)).json.mood).toEqual({ b: 3 });
});
