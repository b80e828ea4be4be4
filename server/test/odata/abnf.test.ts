import { grammar } from "../../../tools/docs/grammarCounts.ts";
import { describe, expect, test } from "vitest";
import { cases, constraints, isPresent, type Case } from "./abnf/cases.ts";
import { spotOf, type Spot } from "./abnf/place.ts";
import { rules, TwiceGiven } from "./abnf/rules.ts";
import { SmallModel } from "./abnf/smallModel.ts";

interface Outcome {
  readonly one: Case;
  /** Absent: parsed. */
  readonly refused?: Spot;
  readonly twice: boolean;
}

const models = new Map(Object.entries(constraints).map(([suite, names]) => [suite, new SmallModel(names)]));

function put(one: Case): Outcome {
  const rule = rules[one.rule]!;
  try {
    rule.parse(one.input, models.get(one.suite)!);
    return { one, twice: false };
  } catch (error) {
    if (error instanceof TwiceGiven) return { one, twice: true };
    return { one, refused: spotOf(error, one.input, rule.pieces(one.input)), twice: false };
  }
}

const isGeo = ({ rule, input }: Case) => /^geo(?:graphy|metry)/.test(rule) || input.startsWith("SRID=");
const title = ({ rule, name, input }: Case) => `${rule}: ${name}: ${input}`;

describe.skipIf(!isPresent)("the cases of the OData ABNF (skipped where shared/conformance is not there)", () => {
  const outcomes = cases.filter((one) => one.suite !== "temporal" && !isGeo(one)).map(put);

  test("every rule but those of geography and geometry is put to a parser", () => {
    expect(cases.filter((one) => one.suite !== "temporal" && !isGeo(one) && rules[one.rule] === undefined).map(title)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(1000);
  });

  test.each(["core", "aggregation"])("%s: what must parse does", (suite) => {
    const wrong = outcomes.filter(({ one, refused }) => one.suite === suite && one.ok && refused !== undefined);
    expect(wrong.map(({ one, refused }) => `${title(one)} => ${refused!.message}`)).toEqual([]);
  });

  test.each(["core", "aggregation"])("%s: what must be refused is", (suite) => {
    expect(outcomes.filter(({ one, refused }) => one.suite === suite && !one.ok && refused === undefined).map(({ one }) => title(one))).toEqual([]);
  });

  test("R18 an option given twice parses, and is then refused", () => {
    expect(outcomes.filter(({ twice }) => twice).map(({ one }) => one.input.split("=")[0])).toEqual(["$format", "$format"]);
  });

  test.each(["core", "aggregation"])("%s: a refusal points at the word in which the first bad character stands, or which it ends", (suite) => {
    const refusals = outcomes.filter(({ one, refused }) => one.suite === suite && !one.ok && refused !== undefined);
    const astray = refusals.filter(({ one, refused }) => one.failAt! < refused!.from || one.failAt! > refused!.to);
    expect(astray.map(({ one, refused }) => `${title(one)} | ${one.failAt} not in ${refused!.from}-${refused!.to} | ${refused!.message}`)).toEqual([]);
  });

  test("tools/docs/grammarCounts.ts says how many cases of each rule there are, and come out right", () => {
    const byRule = Object.entries(Object.groupBy(outcomes, ({ one }) => (one.suite === "core" ? one.rule : `${one.rule} (aggregation)`)));
    const counts = byRule.map(([rule, all = []]) => {
      const refused = all.filter(({ one }) => !one.ok);
      const right = all.filter(({ one, refused: spot }) => one.ok === (spot === undefined)).length;
      return [rule, all.length, right, refused.length, refused.filter(({ one, refused: spot }) => spot?.from === one.failAt).length];
    });
    expect(grammar).toEqual(counts.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  });
});
