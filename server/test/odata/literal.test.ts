import { expect, test } from "vitest";
import { isLiteral } from "../../src/odata/literal.ts";
import type { LexicalKind } from "../../src/odata/literal.ts";

const legal: Record<LexicalKind, string[]> = {
  boolean: ["true", "false"],
  integer: ["0", "-1", "+12", "1234567890123456789"],
  decimal: ["1", "-1.5", "1e5", "1.5E-10", "INF", "-INF", "NaN"],
  date: ["2020-01-31", "0000-02-29", "2000-02-29", "-0004-02-29", "-10000-12-31", "12345-01-01"],
  dateTimeOffset: ["2020-01-01T00:00Z", "2020-01-01T23:59:60.123456789012-12:30"],
  timeOfDay: ["00:00", "23:59:59", "12:00:00.1"],
  duration: ["P1D", "PT1H", "-P1DT2H3M4.5S", "PT0.000000001S"],
  guid: ["01234567-89ab-cdef-0123-456789ABCDEF"],
  binary: ["", "Zg", "Zg==", "Zm8", "Zm8=", "Zm9v", "-_-_"],
  enum: ["A", "A,B", "A,-1", "_x, y"],
};
const illegal: Record<LexicalKind, string[]> = {
  boolean: ["True", "1", "", "falsy", "trues"],
  integer: ["", "-", "1.0", "1e3", " 1"],
  decimal: ["", ".5", "5.", "1e", "e1", "inf", "+INF", "1_0"],
  date: [
    "2020-1-01",
    "2020-00-01",
    "2020-01-00",
    "2020-04-31",
    "1900-02-29",
    "02020-01-01",
    "202-01-01",
    "2020-01-01 ",
    "2020-13-01",
    "2020/01/01",
    "2020-01/01",
  ],
  dateTimeOffset: [
    "2020-01-01",
    "2020-01-01T00:00",
    "2020-01-01T24:00Z",
    "2020-01-01T00:00:00.Z",
    "2020-01-01T00:00+24:00",
    "2020-01-01 00:00Z",
    ...["+1:00", "+01:60", "+01.30", "+01:3", "-0a:00", "-00:0a", "*01:00", "+01:00Z"].map((zone) => `2020-01-01T00:00${zone}`),
  ],
  timeOfDay: [
    "24:00",
    "0:00",
    "00:60",
    "00:00:61",
    "00:00:00.",
    "00:00:00.1234567890123",
    "2a:00",
    "00:0a",
    "00-00",
    "00:00:0a",
    "00:00:00,1",
    "0/:00",
    "0::00",
  ],
  duration: ["", "P", "PT", "P1DT", "P1Y", "1D", "+P1D", "PT1.S", "P1H"],
  guid: [
    "",
    "01234567-89ab-cdef-0123-456789ABCDE",
    "01234567-89ab-cdef-0123-456789ABCDEFF",
    "0123456789abcdef0123456789abcdef",
    ...["G", "g", "@", "`", "/", ":"].map((letter) => `${letter}1234567-89ab-cdef-0123-456789ABCDEF`),
  ],
  binary: ["Z", "Zh", "Zg=", "Zm9v=", "Zm+/", "Zm9", "===="],
  enum: ["", "A,", ",A", "1A", "A;B"],
};

test.each(Object.keys(legal) as LexicalKind[])("%s", (kind) => {
  expect(legal[kind].filter((text) => !isLiteral(kind, text))).toEqual([]);
  expect(illegal[kind].filter((text) => isLiteral(kind, text))).toEqual([]);
});

test("the last day of each month is a date, the one behind it is not", () => {
  const days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].map((last, month) =>
    [last, last + 1].map((day) => `2020-${String(month + 1).padStart(2, "0")}-${day}`),
  );
  expect(days.map((pair) => pair.map((text) => isLiteral("date", text)))).toEqual(days.map(() => [true, false]));
});
