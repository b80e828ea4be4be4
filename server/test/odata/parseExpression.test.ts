import { describe, expect, test } from "vitest";
import { parseExpression } from "../../src/odata/parseExpression.ts";
import { refusal } from "./refusal.ts";
import { treeToText } from "./treeToText.ts";

const read = (text: string) => treeToText(parseExpression(text, "$filter"));

describe("precedence and association", () => {
  test.each([
    ["a or b and c", "(a or (b and c))"],
    ["a and b or c", "((a and b) or c)"],
    ["a or b or c", "((a or b) or c)"],
    ["(a or b) and c", "((a or b) and c)"],
    ["a eq 1 and b ne 2", "((a eq 1) and (b ne 2))"],
    ["a eq b gt c", "(a eq (b gt c))"],
    ["a gt b eq c lt d", "((a gt b) eq (c lt d))"],
    ["a add b mul c", "(a add (b mul c))"],
    ["a sub b sub c", "((a sub b) sub c)"],
    ["a sub (b sub c)", "(a sub (b sub c))"],
    ["a mul b divby c mod d div e", "((((a mul b) divby c) mod d) div e)"],
    ["a add 1 ge 2", "((a add 1) ge 2)"],
    ["not a and b", "((not a) and b)"],
    ["not a eq b", "((not a) eq b)"],
    ["not (a eq b)", "(not (a eq b))"],
    ["not(a eq b)", "(not (a eq b))"],
    ["not not a", "(not (not a))"],
    ["not a in (1,2)", "(not (a in [1, 2]))"],
    ["not a has ns.E'X'", "(not (a has <ns.E X>))"],
    ["-a add b", "((negate a) add b)"],
    ["-(a add b)", "(negate (a add b))"],
    ["- 5", "(negate 5)"],
    ["a add b in (1)", "(a add (b in [1]))"],
    ["style has ns.E'A,B' eq true", "((style has <ns.E A,B>) eq true)"],
    ["a EQ 1 AND b Lt 2 OR NOT c", "(((a eq 1) and (b lt 2)) or (not c))"],
    ["(  a  eq  1  )\t", "(a eq 1)"],
  ])("%s", (text, tree) => expect(read(text)).toBe(tree));
});

describe("literals", () => {
  test.each([
    ["null", "null"],
    ["TRUE", "true"],
    ["-5", "-5"],
    ["+5", "5"],
    ["007", "007"],
    ["9223372036854775808", "9223372036854775808"],
    ["3.14", "<decimal 3.14>"],
    ["1e-101", "<decimal 1e-101>"],
    ["-INF", "<decimal -INF>"],
    ["INF", "<decimal INF>"],
    ["NaN", "<decimal NaN>"],
    ["'it''s'", "'it's'"],
    ["''", "''"],
    ["''''", "'''"],
    ["'\u00e9\u{1f600}'", "'\u00e9\u{1f600}'"],
    ["2020-02-29", "<date 2020-02-29>"],
    ["-10000-04-01", "<date -10000-04-01>"],
    ["2020-01-01T00:00:00.1234567Z", "<dateTimeOffset 2020-01-01T00:00:00.1234567Z>"],
    ["2020-01-01t00:00z", "<dateTimeOffset 2020-01-01T00:00Z>"],
    ["2020-01-01T00:00:00+03:00", "<dateTimeOffset 2020-01-01T00:00:00+03:00>"],
    ["23:59:60.999999999999", "<timeOfDay 23:59:60.999999999999>"],
    ["01234567-89ab-CDEF-0123-456789abcdef", "<guid 01234567-89ab-CDEF-0123-456789abcdef>"],
    ["abcdef01-89ab-cdef-0123-456789abcdef", "<guid abcdef01-89ab-cdef-0123-456789abcdef>"],
    ["duration'-P6DT23H59M59.9999S'", "<duration -P6DT23H59M59.9999S>"],
    ["binary'Zm9v'", "<binary Zm9v>"],
    ["microsoft.graph.operationStatus'Completed'", "<microsoft.graph.operationStatus Completed>"],
    ["geography'SRID=0;Point(142.1 64.1)'", "<geography SRID=0;Point(142.1 64.1)>"],
    ["@p", "<alias p>"],
    ['[1, \'a\', "b" ,{"c" : d/e add 1}]', '<json [1,"a","b",{"c":d/e add 1}]>'],
    ["{}", "<json {}>"],
    ['[ [ 1 , 2 ] , {"a": [ ] } ]', '<json [[1,2],{"a":[]}]>'],
    ["[007,-01.50,0,0.5]", "<json [7,-1.50,0,0.5]>"],
  ])("%s", (text, tree) => expect(read(text)).toBe(tree));

  test.each([
    ["Null", "Null"],
    ["INFO", "INFO"],
    ["true/x", "true/x"],
    ["inf", "inf"],
    ["nan eq not_", "(nan eq not_)"],
    ["abcdef01", "abcdef01"],
    ["in in (1)", "(in in [1])"],
    ["date eq day", "(date eq day)"],
    ["\u00fcber/_1", "\u00fcber/_1"],
  ])("%s is a path, not a literal or operator", (text, tree) => expect(read(text)).toBe(tree));
});

describe("paths", () => {
  test.each([
    ["a/b/c", "a/b/c"],
    ["$it/a", "$it/a"],
    ["$this eq 'x'", "($this eq 'x')"],
    ["$root/Employees('A1')/LastName", "$root/Employees{'A1'}/LastName"],
    ["a/ns.type/b", "a/ns.type/b"],
    ["items(1)/name", "items{1}/name"],
    ["items(a=1,b='x')", "items{a=1, b='x'}"],
    ["ns.f()", "ns.f{}"],
    ["ns.f( a=b/c , d=@e )/g", "ns.f{a=b/c, d=<alias e>}/g"],
    ["f(a=1)(2)", "f{a=1}/{2}"],
    ["tags/any()", "tags/any{}"],
    ["tags/any( t : t eq 'x' )", "tags/any{t: (t eq 'x')}"],
    ["a/b/ALL(x:x/y gt 1 and z)", "a/b/all{x: ((x/y gt 1) and z)}"],
    ["a/any(x:x/b/any(y:y eq x/c))", "a/any{x: x/b/any{y: (y eq x/c)}}"],
    ["tags/$count eq 0", "(tags/$count eq 0)"],
    ["tags/$count($filter=a gt 1;$search=b c) gt 2", "(tags/$count{filter (a gt 1)}{search (b AND c)} gt 2)"],
    ["a/$filter(b gt 3)(ID='x')/$count", "a/$filter{(b gt 3)}/{ID='x'}/$count"],
    ["p/@ns.Term#q eq 'x'", "(p/@ns.Term#q eq 'x')"],
    ["@a/b eq @c", "(@a/b eq <alias c>)"],
    ["@ns.Term/any(m:m)", "@ns.Term/any{m: m}"],
  ])("%s", (text, tree) => expect(read(text)).toBe(tree));
});

describe("functions and lists", () => {
  test.each([
    ["contains(tolower(id),'s')", "contains{tolower{id}, 's'}"],
    ["MatchesPattern( a , '^b' )", "matchespattern{a, '^b'}"],
    ["now()", "now{}"],
    ["mindatetime( )", "mindatetime{}"],
    ["substring(a,1,2)", "substring{a, 1, 2}"],
    ["geo.distance(a,b) lt 5", "(geo.distance{a, b} lt 5)"],
    ["cast(ns.T)", "cast{ns.T}"],
    ["cast(a/b,Edm.String)", "cast{a/b, Edm.String}"],
    ["isof(a, Collection(ns.T))", "isof{a, Collection(ns.T)}"],
    ["isof('ns.T')", "isof{ns.T}"],
    ["case(a gt 0:1,a lt 0 : -1,true:0)", "case{(a gt 0), 1, (a lt 0), -1, true, 0}"],
    ["a in ('x', 'y')", "(a in ['x', 'y'])"],
    ["a in ()", "(a in [])"],
    ["a in (null,ns.E'X',@p)", "(a in [null, <ns.E X>, <alias p>])"],
    ["a in (b/c)", "(a in b/c)"],
    ["a in b/c", "(a in b/c)"],
    ["a in @p", "(a in <alias p>)"],
    ['a in ["x","y"]', '(a in <json ["x","y"]>)'],
    ["[a,b] in [[1,2]]", "(<json [a,b]> in <json [[1,2]]>)"],
  ])("%s", (text, tree) => expect(read(text)).toBe(tree));
});

/** OData 4.01 URL conventions 5.1.1.5 to 5.1.1.11. */
describe("functions take their arguments, not one less or more", () => {
  const names = {
    0: "maxdatetime mindatetime now",
    1: "length tolower toupper trim date day fractionalseconds hour minute month second time totaloffsetminutes totalseconds year ceiling floor round geo.length",
    2: "concat contains endswith indexof startswith hassubset hassubsequence matchespattern geo.distance geo.intersects",
  };
  const cases = Object.entries(names).flatMap(([count, words]) => words.split(" ").map((name) => [name, Number(count), Number(count)] as const));

  test.each([...cases, ["substring", 2, 3] as const])("%s takes %i to %i", (name, fewest, most) => {
    const call = (count: number): string => `${name}(${Array.from({ length: count }, (_, index) => `a${index}`).join(",")})`;
    const wanted = fewest === most ? `${fewest}` : `${fewest} or ${most}`;
    for (let count = fewest; count <= most; count += 1) expect(read(call(count))).toBe(call(count).replace("(", "{").replace(")", "}").replaceAll(",", ", "));
    for (const count of [fewest - 1, most + 1].filter((one) => one >= 0)) {
      const message = `$filter: expected ${wanted} argument${most === 1 ? "" : "s"} for ${name}, found ${count}, at position 0.`;
      expect(refusal(() => read(call(count)))).toBe(message);
    }
  });
});

describe("refusals say where and what", () => {
  test.each([
    ["", "expected an operand, found the end at position 0."],
    ["a eq", "expected an operand, found the end at position 4."],
    ["a eq )", "expected an operand, found ')' at position 5."],
    [" a", "expected an operand, found ' ' at position 0."],
    ["a b", "expected an operator, found 'b' at position 2."],
    ["a eq 1 b", "expected an operator, found 'b' at position 7."],
    ["(a eq 1", "expected an operator or ')', found the end at position 7."],
    ["a eq 'x", "expected the closing quote of the string that begins at position 5, found the end at position 7."],
    ["a eq 2020-13-01", "expected a date such as 2020-12-31, found '2020' at position 5."],
    ["a eq 2021-02-29", "expected a date such as 2020-12-31, found '2021' at position 5."],
    ["a eq 2020-01-01T00:00:00", "expected a date and time with Z or an offset, such as 2020-12-31T23:59:59Z, found '2020' at position 5."],
    ["a eq 24:00", "expected a time such as 23:59:59.999, found '24' at position 5."],
    ["a eq 5.", "expected the end of a number, found '.' at position 6."],
    ["a eq 5x", "expected the end of a number, found 'x' at position 6."],
    [
      "a eq datetime'2020-01-01'",
      "expected duration, binary, geography, geometry or the qualified name of an enumeration before a quote, found 'datetime' at position 5.",
    ],
    ["a eq duration'P'", "expected a duration such as P1DT2H, found 'P' at position 14."],
    ["a eq binary'Zh=='", "expected base64url text, found 'Zh' at position 12."],
    ["a eq ns.E''", "expected the members of an enumeration, found ''' at position 10."],
    ["contains(a)", "expected 2 arguments for contains, found 1, at position 0."],
    ["contains(a,b,c)", "expected 2 arguments for contains, found 3, at position 0."],
    ["contains(a", "expected ',' or ')', found the end at position 10."],
    ["substringof('a',b)", "expected ')', found ',' at position 15."],
    ["cast(a)or b", "accepted"],
    ["cast(1)", "expected the name of a type, found ')' at position 6."],
    ["any(x:x)", "any needs a collection in front of it, as in tags/any(...), at position 0."],
    ["tags/all()", "expected the name of a variable, found ')' at position 9."],
    ["tags/any(x x)", "expected ':', found 'x' at position 11."],
    ["tags/any()/x", "expected an operator, found '/' at position 10."],
    ["a/ b", "expected a name, $count, any or all, found ' ' at position 2."],
    ["$foo", "expected $it, $this, $these or $root, found '$foo' at position 0."],
    ["$root", "expected '/', found the end at position 5."],
    ["a/$value", "expected $count or $filter, found '$value' at position 2."],
    ["a in (b,c)", "expected an operator or ')', found ',' at position 7."],
    ["a in ('b',c)", "expected a literal, found 'c' at position 10."],
    ["a in 5", "expected a list such as ('a','b'), or a path or alias of a collection, found '5' at position 5."],
    ["items(b)", "expected a value, such as 'text', 42, a GUID or @alias, found 'b' at position 6."],
    ['["a]', "expected a closing double quote, found the end at position 4."],
    ["[1 2]", "expected ',' or ']', found '2' at position 3."],
    ["{a:1}", "expected a member name in double quotes, found 'a' at position 1."],
    ["a eq 'x' and \u{1f600}", "expected an operand, found '\u{1f600}' at position 13."],
  ])("%s", (text, message) => {
    const found = refusal(() => parseExpression(text, "$filter"));
    expect(found).toBe(message === "accepted" ? message : `$filter: ${message}`);
  });

  test("limits of depth, parts and length", () => {
    const deep = (levels: number) => "(".repeat(levels) + "a" + ")".repeat(levels);
    expect(read(deep(100))).toBe("a");
    expect(refusal(() => read(deep(101)))).toContain("nested deeper than 100 levels");
    expect(refusal(() => read(`${"not ".repeat(101)}a`))).toContain("nested deeper than 100 levels");
    expect(refusal(() => read(`${"[".repeat(101)}${"]".repeat(101)}`))).toContain("nested deeper than 100 levels");
    expect(refusal(() => read(Array.from({ length: 1001 }, () => "a").join(" or ")))).toContain("more than 2000 parts");
    expect(refusal(() => read(`a in (${"1,".repeat(2000)}1)`))).toContain("more than 2000 parts");
    expect(refusal(() => read(`a eq '${"x".repeat(8192)}'`))).toContain("longer than 8192 characters");
    expect(refusal(() => parseExpression("((a))", "$filter", { depth: 1, nodes: 9, length: 9 }))).toContain("deeper than 1 level");
  });

  test.each(["'".repeat(8001), '["'.repeat(50) + "\\".repeat(8000), `${"1".repeat(8191)}e`, `${"a.".repeat(4000)}'`, "((a".repeat(90), "case(".repeat(90)])(
    "text that invites backtracking is refused: %.10s",
    (text) => expect(refusal(() => read(text))).not.toBe("accepted"),
  );
});
