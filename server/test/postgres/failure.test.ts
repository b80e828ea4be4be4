import { expect, test } from "vitest";
import { DatabaseError } from "../../src/store/postgres/databaseError.ts";
import { failureOf, refusalOf } from "../../src/store/postgres/failure.ts";

const told = (code: string | undefined): (string | number | undefined)[] => {
  const error = new DatabaseError(Object.assign(new Error('relation "secret" at /var/lib: SELECT 1'), code === undefined ? {} : { code }), 0);
  const refusal = refusalOf(failureOf(error)!);
  expect(refusal?.message ?? "").not.toMatch(/secret|SELECT|\/var/);
  return [failureOf(error), refusal?.status, refusal?.extras.headers?.["Retry-After"]];
};

test.each([
  [undefined, "unreachable", 503, "1"],
  ["ECONNREFUSED", "unreachable", 503, "1"],
  ["08006", "unreachable", 503, "1"],
  ["57P01", "unreachable", 503, "1"],
  ["57P03", "unreachable", 503, "1"],
  ["53300", "unreachable", 503, "1"],
  ["53100", "full", 507, "1"],
  ["25006", "readonly", 503, "1"],
  ["57014", "time", 504, "5"],
  ["40001", "conflict", 503, "1"],
  ["40P01", "conflict", 503, "1"],
  ["55P03", "busy", 503, "1"],
  ["54000", "tooLong", 400, undefined],
  ["54001", "tooComplex", 400, undefined],
  ["42601", "other", undefined, undefined],
])("SQLSTATE %s is told as %s (%s, Retry-After %s) without anything of the database", (code, failure, status, retryAfter) => {
  expect(told(code)).toEqual([failure, status, retryAfter]);
});

test("what is not the database's stays what it is", () => {
  expect(failureOf(new RangeError("mine"))).toBeUndefined();
});
