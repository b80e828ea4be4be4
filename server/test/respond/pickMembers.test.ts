import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pickMembers } from "../../src/respond/pickMembers.ts";
import { seeded } from "../fuzz/seeded.ts";

const cases: readonly (readonly [text: string, wanted: readonly string[], picked: string])[] = [
  ["{}", ["a"], ""],
  ['{"a":1,"b":2}', [], ""],
  ['{"a":1,"b":2}', ["a"], '"a":1'],
  ['{"a":1,"b":2,"c":null}', ["a", "c"], '"a":1,"c":null'],
  ['{"a":9007199254740993,"b":-1.50e3}', ["a", "b"], '"a":9007199254740993,"b":-1.50e3'],
  ['{"a":{"b":1,"c":["}",{"b":2}]},"b":"x,\\"b\\":3"}', ["b"], '"b":"x,\\"b\\":3"'],
  ['{"a":"ends in a backslash\\\\","b":true}', ["b"], '"b":true'],
  ['{"a\\"b":1,"\\u0001":2}', ['a"b', "\u0001"], '"a\\"b":1,"\\u0001":2'],
  ['{"b":[[],{}],"a":""}', ["b"], '"b":[[],{}]'],
];

describe("pickMembers", () => {
  test.each(cases)("%s %j", (text, wanted, picked) => {
    expect(pickMembers(text, (name) => wanted.includes(name))).toBe(picked);
  });

  test("picks what parsing and printing would", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(object, fc.func(fc.boolean()), (value, isWanted) => {
        const text = JSON.stringify(value);
        const kept = Object.fromEntries(Object.entries(JSON.parse(text) as object).filter(([name]) => isWanted(name)));
        expect(`{${pickMembers(text, isWanted)}}`).toBe(JSON.stringify(kept));
      }),
      seeded(),
    );
  });
});
